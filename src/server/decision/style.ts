/** The styles of the decision page, in addition to those of every page: one column, from 320 px, light and dark. */

export const DECISION_STYLE = `
  :root { --good: light-dark(#156c3a, #6fd79a); --bad: light-dark(#b3261e, #ff9d94);
    --shade: light-dark(#f3f5f8, #151a20); }
  main { width: min(42rem, 100%); }
  .brand { font-size: .85rem; font-weight: 600; color: var(--soft); margin: 0 0 1.2rem; }
  h1 { font-size: 1.45rem; line-height: 1.3; margin: 0 0 .3rem; overflow-wrap: anywhere; white-space: pre-wrap; }
  h2 { font-size: .95rem; margin: 1.5rem 0 .4rem; }
  .asks { margin: 0 0 1.1rem; }
  .why { margin-top: .6rem; }
  h2 .soft { font-weight: 400; }
  .user-text { white-space: pre-wrap; unicode-bidi: isolate; overflow-wrap: anywhere; }
  .banner { border: 1px solid var(--line); border-left: 5px solid var(--soft); border-radius: 8px;
    background: var(--shade); padding: .8rem 1rem; margin: 0 0 1.4rem; }
  .banner p { margin: .2rem 0 0; }
  .banner .headline { font-weight: 650; margin: 0; }
  .banner.good { border-left-color: var(--good); }
  .banner.good .headline { color: var(--good); }
  .banner.bad { border-left-color: var(--bad); }
  .banner.bad .headline { color: var(--bad); }
  table { width: 100%; table-layout: fixed; border-collapse: collapse; font-size: .95rem; }
  th, td { text-align: start; vertical-align: top; padding: .42rem .2rem; border-top: 1px solid var(--line);
    overflow-wrap: anywhere; }
  col:first-child { width: 34%; }
  th { font-weight: 500; color: var(--soft); padding-inline-end: 1rem; unicode-bidi: isolate; }
  td[colspan] { border-top: 0; padding-top: 0; }
  tr:last-child > * { border-bottom: 1px solid var(--line); }
  tr:has(+ tr > td[colspan]) > * { border-bottom: 0; }
  pre { margin: 0; padding: .7rem .8rem; background: var(--shade); border-radius: 8px; overflow: auto;
    max-height: 24rem; white-space: pre-wrap; overflow-wrap: anywhere; font: .82rem/1.5 ui-monospace, monospace; }
  details { margin-top: 1rem; }
  summary { cursor: pointer; color: var(--soft); padding: .2rem 0; }
  ul { list-style: none; margin: 0; padding: 0; }
  li { padding: .42rem .2rem; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
  li:last-child { border-bottom: 1px solid var(--line); }
  li .user-text { display: block; }
  .approve { color: var(--good); font-weight: 600; }
  .reject { color: var(--bad); font-weight: 600; }
  .due { margin: 1.4rem 0 0; }
  form { margin-top: 1.4rem; }
  label { display: block; font-weight: 500; margin-bottom: .35rem; }
  textarea { width: 100%; min-height: 5.5rem; resize: vertical; font: inherit; color: inherit; padding: .6rem .7rem;
    background: var(--shade); border: 1px solid var(--line); border-radius: 8px; }
  textarea:focus-visible, summary:focus-visible, pre:focus-visible { outline: 3px solid var(--accent);
    outline-offset: 2px; }
  .buttons { display: flex; gap: .7rem; margin-top: .9rem; }
  .buttons button { flex: 1; min-height: 3rem; font-weight: 600; }
  .buttons .yes { background: light-dark(#156c3a, #6fd79a); border-color: transparent; color: light-dark(#fff, #06210f); }
  .warning { margin: 0 0 1.1rem; padding: .6rem .8rem; border-left: 5px solid light-dark(#b26a00, #ffd08a);
    border-radius: 8px; background: var(--shade); font-weight: 600; }
  .buttons .no { border-color: var(--bad); color: var(--bad); }
  footer { margin-top: 1.6rem; padding-top: 1rem; border-top: 1px solid var(--line); }
  footer p { margin: 0 0 .4rem; }
  footer p:last-child { margin: 0; }
  @media (max-width: 30rem) {
    body { padding: 0; place-items: start stretch; }
    main { border: 0; border-radius: 0; box-shadow: none; padding: 1.2rem 1rem 2rem; min-height: 100vh; }
  }`;

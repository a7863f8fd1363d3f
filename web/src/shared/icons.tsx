/** The icons, drawn by hand on a grid of 24 pixels. They are decoration: the text beside them has their meaning. */

const PATHS = {
  inbox: "M4 4h16v16H4zM4 13h4l1.5 3h5l1.5-3h4",
  history: "M4 12a8 8 0 1 1 2.4 5.7M4 12V7m0 5h5M12 8v4.5l3 1.8",
  graph: "M4 9h5v6H4zM15 4h5v5h-5zM15 15h5v5h-5zM9 12h3V6.5h3M12 12v5.5h3",
  chart: "M4 20V4m0 16h16M8.5 16v-4M13 16V8m4.5 8v-6",
  plus: "M12 5v14M5 12h14",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  settings: "M4 7h10m4 0h2M4 17h2m4 0h10M16 5v4M8 15v4",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM16 16l4.5 4.5",
  check: "m5 12.5 4.5 4.5L19 7",
  cross: "M6 6l12 12M18 6 6 18",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  device: "M4 5h16v11H4zM9 20h6M12 16v4",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4.5l3 1.8",
  alert: "M12 4 3 19.5h18zM12 10v4.5m0 2.2v.3",
  chevron: "m9 6 6 6-6 6",
  back: "m15 6-6 6 6 6",
  signOut: "M14 8V5H5v14h9v-3M10 12h10m-3-3 3 3-3 3",
  user: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM5 20c.8-3.4 3.5-5 7-5s6.2 1.6 7 5",
  code: "m8 8-4 4 4 4m8-8 4 4-4 4",
  help: "M9 9.3A3 3 0 1 1 12 13v1.6m0 2.6v.3",
  comment: "M4 5h16v11H10l-4 4v-4H4z",
  download: "M12 4v11m-4-4 4 4 4-4M5 20h14",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

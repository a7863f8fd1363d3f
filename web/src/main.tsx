import "@mantine/core/styles.layer.css";
import "./shared/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { earlyRows } from "./early.ts";
import { addressAt, styleNonce } from "./shared/settings.ts";

// For a library that writes styles without Mantine.
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = styleNonce;

// The base path needs its final slash: without it the router finds no page.
const home = addressAt("/");
if (`${location.pathname}/` === home) history.replaceState(null, "", home + location.search + location.hash);

/** How long the first rendering waits for what was requested early, in ms. Rendering twice would take longer. */
const PATIENCE_MS = 50;

void Promise.race([earlyRows.promise, new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]).then(() =>
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);

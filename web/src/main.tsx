import "@mantine/core/styles.layer.css";
import "./shared/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { addressAt, styleNonce } from "./shared/settings.ts";

// For a library that writes styles without Mantine.
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = styleNonce;

// The base path needs its final slash: without it the router finds no page.
const home = addressAt("/");
if (`${location.pathname}/` === home) history.replaceState(null, "", home + location.search + location.hash);

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

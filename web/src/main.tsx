import "@mantine/core/styles.layer.css";
import "./shared/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { addressAt, styleNonce } from "./shared/settings.ts";

// Where a library of ours writes styles without asking Mantine.
(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = styleNonce;

// The slash at the end of the base belongs to it: the router has no page without it.
const home = addressAt("/");
if (`${location.pathname}/` === home) history.replaceState(null, "", home + location.search + location.hash);

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

/**
 * The class of `ws`. The package holds it as one module of its own: `ws` is CommonJS, and a bundler that writes ES modules
 * would leave its `require("events")` to fail at run time.
 */

export { WebSocket } from "ws";

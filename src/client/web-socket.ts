/**
 * The class of `ws`, as a separate module of the package. `ws` is CommonJS, and a bundler that writes ES modules would
 * leave its `require("events")`, which fails at run time.
 */

export { WebSocket } from "ws";

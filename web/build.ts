/**
 * Builds `web/dist`; `npm ci` runs it. Where only what the server runs on is installed there is nothing to build with:
 * the server says so when it starts, and everything but the inbox works.
 */

const vite = await import("vite").catch((error: NodeJS.ErrnoException) => {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  return null;
});
if (vite === null) console.warn("The web inbox is not built: development dependencies are not installed.");
else await vite.build({ root: import.meta.dirname, configFile: `${import.meta.dirname}/vite.config.ts` });

/** Loaded into the server with --import: it ends with the process that started it, however that ends. */

process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
// The server ends by its own rules.
process.channel?.unref();

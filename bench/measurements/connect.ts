import type { Measurement } from "../support/report.ts";
export const connect: Measurement = { name: "connect", about: "", run: async () => [] };

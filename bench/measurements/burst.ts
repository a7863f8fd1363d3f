import type { Measurement } from "../support/report.ts";
export const burst: Measurement = { name: "burst", about: "", run: async () => [] };

import type { Measurement } from "../support/report.ts";
export const timeouts: Measurement = { name: "timeouts", about: "", run: async () => [] };

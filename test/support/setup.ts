/** Runs for each test file. */

import { afterAll } from "vitest";
import { killLeftovers } from "./spawn.ts";

// Runs after the file's own hooks.
afterAll(killLeftovers);

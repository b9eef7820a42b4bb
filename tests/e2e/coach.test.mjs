// The coach speaks below the real error, and the Stage marks what it speaks of.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant&lesson=00-first-steps";

// What is done to the page that Trunk has staged, in this order: split the module, then write the policy.
import { stage } from "./split.mjs";
import { writePolicy } from "./csp.mjs";

const root = process.env.TRUNK_STAGING_DIR ?? "dist";
const { moved, stubs, laterName } = stage(root);
console.log(`${moved} functions moved to ${laterName}, ${stubs.length} are called from the first half`);
writePolicy(root);

// What is done to the page that Trunk has staged, in this order: split the module, add the lessons, move what is
// wanted first to the front, write the policy and the service worker.
import { stage } from "./split.mjs";
import { listLessons } from "./lessons.mjs";
import { hasten } from "./early.mjs";
import { writePolicy } from "./csp.mjs";
import { writeWorker } from "./worker.mjs";

const root = process.env.TRUNK_STAGING_DIR ?? "dist";
const { moved, stubs, laterName } = stage(root);
console.log(`${moved} functions moved to ${laterName}, ${stubs.length} are called from the first half`);
listLessons(root);
hasten(root);
writePolicy(root);
writeWorker(root);

// What is wanted first stands first: the module and its glue, and the list of lessons, which the page's first script
// reads. At the end of the head, where Trunk puts them, they would wait for that script. The script that boots the
// page waits neither for the styles nor for the end of the document: the module is compiled while it arrives
// (site/later.js waits for both before anything is drawn).
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const EARLY = /<link rel="modulepreload"[^>]*>|<link rel="preload"[^>]* as="fetch"[^>]*>|<script type="text\/plain" id="lessons">[^<]*<\/script>/g;
const BOOT = '<script type="module">';
const CHARSET = '<meta charset="utf-8">';

export function hasten(root) {
  const file = join(root, "index.html");
  const html = readFileSync(file, "utf8");
  const early = html.match(EARLY) ?? [];
  if (early.length !== 3 || html.split(BOOT).length !== 2 || !html.includes(CHARSET)) throw new Error(`index.html has ${early.length} of 3 things that are wanted first`);
  const rest = html.replaceAll(EARLY, "").replace(BOOT, '<script type="module" async>');
  writeFileSync(file, rest.replace(CHARSET, () => CHARSET + early.join("")));
}

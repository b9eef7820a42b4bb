// The lessons as the page fetches them: a file a lesson and language, named by what is in it, one with the states before
// its steps (embed/embedded.js), and the list of all in index.html. They are read and packed by the headless binary, so that a broken one fails the build and the page
// needs no parser to come alive.
import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LANGUAGES = ["vi", "en"];

/** Writes the lessons below `root`; gives the lines of the list: id, minutes, steps, titles, hash. */
export function writeLessons(root) {
  const folder = join(root, "lessons");
  const pack = ["run", "--quiet", "--locked", "--offline", "--bin", "layerlab", "--", "lessons", "pack", folder];
  // Trunk's own build has told cargo of the page's target and profile by its environment.
  const list = execFileSync("cargo", pack, { encoding: "utf8", env: { ...process.env, CARGO_BUILD_TARGET: undefined } });
  return list.trim().split("\n").map((row) => {
    const [id] = row.split("\t");
    const files = [...LANGUAGES, "steps"].map((kind) => join(folder, `${id}.${kind}`));
    const content = files.map((file) => readFileSync(file));
    const hash = createHash("sha256").update(Buffer.concat(content)).digest("hex").slice(0, 10);
    files.forEach((file) => renameSync(file, `${file}.${hash}.txt`));
    return `${row}\t${hash}`;
  });
}

/** Puts the list into the page. */
export function listLessons(root) {
  const file = join(root, "index.html");
  const list = `<script type="text/plain" id="lessons">${writeLessons(root).join("\n")}</script>`;
  const html = readFileSync(file, "utf8");
  if (!html.includes("</head>")) throw new Error("index.html has no head");
  writeFileSync(file, html.replace("</head>", () => `${list}</head>`));
}

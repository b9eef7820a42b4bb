// Writes the service worker of a built page: which files it keeps, and a version that follows from them.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Whether a name follows its file's content. */
const isLasting = (file) => /[-.][0-9a-f]{10,}[._]/.test(file);

export function writeWorker(root) {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const names = entries.map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)).split(sep).join("/"));
  const files = names.filter((name) => name !== "sw.js").sort();
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  const list = files.map((file) => [file === "index.html" ? "./" : file, isLasting(file)]);
  const text = readFileSync(new URL("worker.js", import.meta.url), "utf8")
    .replace("THE_VERSION", hash.digest("hex").slice(0, 16))
    .replace("THE_FILES", () => JSON.stringify(list));
  writeFileSync(join(root, "sw.js"), text);
}

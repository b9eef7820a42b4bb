// What the page weighs, by part, in bytes after brotli (quality 11); fails over the limits.
// First load = index.html and what it or a first-loaded script names, but for the machine's second half
// and its style (`later-*`) and what keeps the page for later (`offline-*`), which are fetched with the first key or click: tests/e2e/later.test.mjs holds it to that. Of the
// lessons a first visit opens the first, in Vietnamese.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

export const LIMITS = { page: 450_000, fonts: 85_000, embed: 6_000 };

// What another page loads before its reader does anything, and what the page loads when it is in one: neither is
// part of a first load of the page itself.
const EMBED = "layerlab.js";
const EMBEDDED = "embedded.js";

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).length;

const files = (root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    // What `layerlab dist` has packed beside a file is no file of the page.
    .filter((file) => !file.endsWith(".br") && statSync(file).size > 0);

const part = (file) =>
  ({ wasm: "machine and page", js: "scripts", css: "style", html: "frame", woff2: "fonts" })[
    file.split(".").pop()
  ] ?? "data";

/** Rows `{ file, part, raw, brotli, first }`, the largest first. */
export function ledger(root) {
  const all = files(root);
  const first = new Set([join(root, "index.html")]);
  for (const file of first) {
    if (!/\.(html|js|css)$/.test(file)) continue;
    const text = readFileSync(file, "utf8");
    for (const other of all) {
      const name = basename(other);
      if (text.includes(name) && !/^(later|offline)-/.test(name) && ![EMBED, EMBEDDED].includes(name)) first.add(other);
    }
  }
  const lessons = all.filter((file) => relative(root, file).startsWith("lessons"));
  const opened = lessons.filter((file) => file.includes(".vi.")).sort()[0];
  if (opened) first.add(opened);
  return all
    .map((file) => {
      const bytes = readFileSync(file);
      const row = { file: relative(root, file), part: part(file), raw: bytes.length };
      // Fonts are compressed already, in woff2 itself.
      const size = row.part === "fonts" ? bytes.length : brotli(bytes);
      return { ...row, brotli: size, first: first.has(file) };
    })
    .sort((a, b) => b.brotli - a.brotli);
}

const sum = (rows) => rows.reduce((total, row) => total + row.brotli, 0);

/** The sums that have a limit. */
export const totals = (rows) => ({
  page: sum(rows.filter((row) => row.first && row.part !== "fonts")),
  fonts: sum(rows.filter((row) => row.part === "fonts")),
  embed: sum(rows.filter((row) => row.file === EMBED)),
});

function main(root) {
  const rows = ledger(root);
  const line = (name, raw, size, note) =>
    console.log(`${name.padEnd(44)}${String(raw).padStart(10)}${String(size).padStart(10)}  ${note}`);
  line("part", "raw", "brotli", "");
  for (const row of rows) line(`${row.part}: ${row.file}`, row.raw, row.brotli, row.first ? "" : "later");
  if (!rows.some((row) => row.file === EMBED)) throw new Error(`${EMBED} is not in ${root}`);
  let over = false;
  for (const [name, size] of Object.entries(totals(rows))) {
    const what = { page: ", first load without fonts", embed: ", in another page before anything is done" }[name] ?? "";
    line(`= ${name}${what}`, "", size, `limit ${LIMITS[name]}`);
    over ||= size > LIMITS[name];
  }
  if (over) {
    console.error("the page is heavier than its limit");
    process.exit(1);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main(process.argv[2] ?? "dist");

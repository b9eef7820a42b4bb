// Which functions of the page's first half a first visit does not call: `node site/idle.mjs STAGED` after a build
// with LAYERLAB_STAGED=STAGED, which keeps the module as it was before it was split. Every function gets a few
// instructions that note that it was called, the page is opened in three ways, and the names of the larger ones that
// were never called go into `site/idle.txt`, by which `site/split.mjs` moves them to the second half. A name that a
// later compiler spells otherwise is in vain, not wrong.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Reader, number, read, signed, sized, vector, write } from "./wasm.mjs";
import { choice, plain, split } from "./split.mjs";
import { dist, open, root } from "../tests/e2e/harness.mjs";

/** A function's size in bytes below which a line of the list saves too little. */
const LEAST = 100;
const PAGE = 65_536;

const VISITS = [
  { language: "vi", theme: "light" },
  { language: "en", theme: "dark", width: 390, height: 844 },
  { language: "vi", theme: "dark", width: 720, height: 420, motion: true },
];

/** The module with a byte of memory of its own for each function, set by the first call. */
function counting(bytes) {
  const module = read(bytes);
  const memory = new Reader(module.raw.memory);
  const [count, flags, pages] = [memory.number(), memory.byte(), memory.number()];
  if (count !== 1) throw new Error("the module does not have one memory");
  const base = pages * PAGE;
  const most = flags & 1 ? number(memory.number()) : [];
  const code = module.code.map((body, at) => {
    const reader = new Reader(body);
    reader.all(() => (reader.number(), reader.byte()));
    const note = [0x41, ...signed(base + at), 0x41, 1, 0x3a, 0, 0];
    return sized(Buffer.concat([body.subarray(0, reader.at), Uint8Array.from(note), body.subarray(reader.at)]));
  });
  const wider = number(pages + Math.ceil(code.length / PAGE));
  const sections = { ...module.raw, memory: Buffer.from([1, flags, ...wider, ...most]), code: vector(code) };
  return { bytes: write(sections), base, count: code.length, sizes: module.code.map((body) => body.length) };
}

const staged = readFileSync(process.argv[2]);
const module = read(staged);
const imported = module.imports.filter((one) => one.kind === 0).length;
// The page that is opened was split by an earlier list; it only has to come alive, as it does by any.
const { moves, blobs, lists } = choice({ idle: false });
const { first, gone } = split(staged, moves, blobs, lists);
const instrumented = counting(first);
const file = readdirSync(dist).find((name) => name.endsWith("_bg.wasm"));
const called = new Set();
for (const visit of VISITS) {
  const lab = await open({
    ...visit,
    prepare: async (page) => {
      await page.route(`**/${file}`, (route) => route.fulfill({ body: instrumented.bytes, contentType: "application/wasm" }));
      await page.addInitScript(() => {
        for (const name of ["instantiate", "instantiateStreaming"]) {
          const real = WebAssembly[name];
          WebAssembly[name] = async (...given) => {
            const result = await real.apply(WebAssembly, given);
            globalThis.counted ??= (result.instance ?? result).exports.memory;
            return result;
          };
        }
      });
    },
  });
  await lab.page.waitForLoadState("networkidle");
  await lab.page.waitForTimeout(3000);
  const { base, count } = instrumented;
  const marks = await lab.page.evaluate(([base, count]) => [...new Uint8Array(globalThis.counted.buffer, base, count)], [base, count]);
  marks.forEach((mark, at) => mark && called.add(at));
  await lab.close();
}
const stays = module.code.map((_, at) => imported + at).filter((index) => !gone.has(index));
const idle = stays.filter((index, at) => !called.has(at) && instrumented.sizes[at] >= LEAST && module.names.has(index));
const names = [...new Set(idle.map((index) => plain(module.names.get(index))))].sort();
writeFileSync(join(root, "site/idle.txt"), `# Made by site/idle.mjs.\n${names.join("\n")}\n`);
console.log(`${called.size} of ${stays.length} functions were called; ${names.length} idle ones are listed`);
process.exit(0);

// Which functions of the page's first half a first visit does not call: `node site/idle.mjs STAGED` after a build
// with LAYERLAB_STAGED=STAGED, which keeps the module as it was before it was split. Every function gets a few
// instructions that note that it was called, the page is opened in several ways, read, resized and typed into until it
// misses its second half, and the names of the larger functions that were never called go into `site/idle.txt`, by
// which `site/split.mjs` moves them to the second half. A name that a later compiler spells otherwise is in vain, not
// wrong.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { KIND, Reader, number, read, signed, sized, vector, write } from "./wasm.mjs";
import { choice, plain, split } from "./split.mjs";
import { dist, open, root } from "../tests/e2e/harness.mjs";

/** A function's size in bytes below which a line of the list saves too little. */
const LEAST = 100;
const PAGE = 65_536;

const VISITS = [
  { language: "vi", theme: "light" },
  { language: "en", theme: "dark", width: 390, height: 844 },
  { language: "vi", theme: "dark", width: 720, height: 420, motion: true },
  { language: "en", theme: "light", path: "?embed=1" },
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
const imported = module.imports.filter((one) => one.kind === KIND.function).length;
const file = readdirSync(dist).find((name) => name.endsWith("_bg.wasm"));

/** The names of the functions of a first half that are called, and of those that are not, by what `act` does. */
async function count({ first, gone }, act) {
  const instrumented = counting(first);
  const called = new Set();
  for (const visit of VISITS) {
    const prepare = async (page) => {
      await page.route("**/later-*.wasm", (route) => route.abort());
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
    };
    const lab = await open({ ...visit, expected: [/./], prepare });
    await lab.page.waitForLoadState("networkidle");
    await lab.page.mouse.move(200, 200);
    await lab.page.mouse.wheel(0, 300);
    await lab.page.setViewportSize({ width: 800, height: 700 });
    await lab.page.waitForTimeout(3000);
    await act(lab.page);
    const { base, count } = instrumented;
    const marks = await lab.page.evaluate(([base, count]) => [...new Uint8Array(globalThis.counted.buffer, base, count)], [base, count]);
    marks.forEach((mark, at) => mark && called.add(at));
    await lab.close();
  }
  const stays = module.code.map((_, at) => imported + at).filter((index) => !gone.has(index));
  const of = (is) => stays.filter((index, at) => called.has(at) === is && (is || instrumented.sizes[at] >= LEAST));
  const names = (list) => list.flatMap((index) => module.names.get(index) ?? []);
  return { called: names(of(true)), idle: names(of(false)) };
}

// What a visit calls of the whole stays, whatever the list by module says: the compiler keeps one of several equal
// functions, under any of their names.
const whole = await count(split(staged, () => false), () => {});
const { moves } = choice("");
const stay = whole.called.filter(moves).map((name) => `! ${plain(name)}`);
// What only typing calls, until the second half is missed, and the page's words for that, stay too.
const kept = choice(stay.join("\n"));
const { called, idle } = await count(split(staged, kept.moves), async (page) => {
  await page.locator('[data-part="prompt"]').focus();
  for (const key of ["Shift", ..."ls -l", "ArrowLeft", "Backspace", "End", "Enter"]) await page.keyboard.press(key);
  await page.getByRole("alertdialog").waitFor();
});
const lines = [...new Set([...stay, ...idle.map(plain)])].sort();
writeFileSync(join(root, "site/idle.txt"), `# Made by site/idle.mjs: what moves, and with "!" what stays.\n${lines.join("\n")}\n`);
console.log(`${called.length} functions were called, ${idle.length} were not; ${stay.length} stay against the list by module`);
process.exit(0);

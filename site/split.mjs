// Splits the page's module in two: what the page needs to start and to run a learner's first commands, and
// what is fetched when it is needed (`site/later.txt` names it by Rust module).
//
// Both halves share one memory and one function table. In the first half a function that moved away leaves a
// few bytes that call it through the table; the first such call fetches the second half, which puts its
// functions into their places of the table (`site/later.js`). So any choice of functions is right; a bad one
// only fetches early.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join as path } from "node:path";
import { linked, movable, without } from "./constants.mjs";
import { demangled } from "./names.mjs";
import { KIND, join, memory, number, read, references, rewritten, signed, sized, text, vector, write } from "./wasm.mjs";

/** The module names of the imports that the split adds. */
const FIRST = "first";
const LATER = "./later";

const entries = (list) => list.split("\n").map((line) => line.replace(/(^|\s)#.*/, "").trim()).filter(Boolean);

/** A function's name without what tells one build's crates from another's. */
export const plain = (name) => name.replace(/\[[0-9a-f]{8,}\]/g, "");

/** Whether a function belongs to one of the Rust modules listed, by its name. */
export function chooser(list) {
  const lines = entries(list);
  const kept = lines.filter((line) => line.startsWith("!")).map((line) => line.slice(1).trim());
  const moved = lines.filter((line) => !line.startsWith("!"));
  const longest = (name, prefixes) =>
    Math.max(-1, ...prefixes.filter((one) => name.startsWith(one) && !/\w/.test(name[one.length] ?? "")).map((one) => one.length));
  return (name) => {
    const item = plain(name).replace(/^core::ptr::drop_in_place::</, "").replace(/^[<&]*(dyn |mut )?/, "");
    return longest(item, moved) > longest(item, kept);
  };
}

/** A function's size in bytes up to which calling it elsewhere saves nothing. */
const SMALL = 80;
/** A function's size up to which it is not even worth a place of its own. */
const TINY = 16;

/** The numbers of the functions to move: those chosen by name, and those that only they call. */
function moved(module, imported, uses, isLater) {
  const chosen = new Set();
  const count = module.functions.length;
  for (let at = 0; at < count; at++) {
    if (module.code[at].length > TINY && isLater(module.names.get(imported + at) ?? "")) chosen.add(imported + at);
  }
  // The compiler keeps one of several equal functions, under any of their names: small ones go by their callers.
  uses.forEach((list, at) => {
    if (chosen.has(imported + at)) return;
    for (const { index } of list) if (index >= imported && module.code[index - imported].length <= SMALL) chosen.delete(index);
  });
  const pinned = new Set(module.exports.filter((one) => one.kind === KIND.function).map((one) => one.index));
  for (const segment of module.elements) for (const index of segment.functions) pinned.add(index);
  for (const list of uses) for (const { op, index } of list) if (op === 0xd2) pinned.add(index);
  for (const one of pinned) if (module.exports.some((e) => e.kind === KIND.function && e.index === one)) chosen.delete(one);
  // What the first half can reach stays; so cycles of functions that only moved ones call move as well.
  const reached = new Set([...pinned].filter((index) => index >= imported && !chosen.has(index)));
  for (const index of reached) {
    for (const one of uses[index - imported]) if (one.index >= imported && !chosen.has(one.index)) reached.add(one.index);
  }
  for (let index = imported; index < imported + count; index++) if (!reached.has(index)) chosen.add(index);
  return chosen;
}

/** The constants that stay and those that move with the functions that have gone, by what the linker told of them. */
function parted(module, imported, gone, whole) {
  const here = new Map();
  for (const [index, name] of module.names) if (index >= imported) here.set(plain(name), here.get(plain(name)) || !gone.has(index));
  const all = linked(whole);
  for (const one of all.functions) one.name = plain(demangled(one.name));
  const known = all.functions.filter((one) => here.has(one.name)).length;
  if (known < all.functions.length / 2) throw new Error(`of ${all.functions.length} linked functions the page has only ${known}`);
  const bodies = module.code.filter((_, at) => !gone.has(imported + at));
  return without(module.data, movable(all, (name) => here.get(name), bodies));
}

/**
 * The two halves of a module as bytes, `first` and `later`; which functions have `gone` and `stubs` left of them.
 * `whole` is the module as the linker left it; without it all constants stay.
 */
export function split(bytes, isLater, whole) {
  const module = read(bytes);
  const imports = module.imports.filter((one) => one.kind === KIND.function);
  const imported = imports.length;
  const uses = module.code.map(references);
  const gone = moved(module, imported, uses, isLater);
  const data = whole ? parted(module, imported, gone, whole) : { stay: module.data, moved: [] };
  const type = (index) => (index < imported ? imports[index].type : module.functions[index - imported]);

  // Which moved functions the first half still names, and their places in the table.
  const places = new Map();
  let newPlaces = 0;
  for (const segment of module.elements) {
    if (segment.table !== 0) continue;
    segment.functions.forEach((index, at) => gone.has(index) && places.set(index, [...(places.get(index) ?? []), segment.offset + at]));
    newPlaces = Math.max(newPlaces, segment.offset + segment.functions.length);
  }
  const stubbed = new Set(places.keys());
  uses.forEach((list, at) => {
    if (!gone.has(imported + at)) for (const { index } of list) if (gone.has(index)) stubbed.add(index);
  });
  const stubs = [...stubbed].sort((a, b) => type(a) - type(b) || a - b);
  let tableEnd = newPlaces;
  for (const index of stubs) if (!places.has(index)) places.set(index, [tableEnd++]);

  // The first half's numbers: the loader's import, what stays, a caller for each type, a stub for each moved one.
  const kinds = [...new Set(stubs.map(type))];
  const stays = module.code.map((_, at) => imported + at).filter((index) => !gone.has(index));
  const here = new Map(imports.map((_, at) => [at, at]));
  stays.forEach((index, at) => here.set(index, imported + 1 + at));
  const callers = new Map(kinds.map((kind, at) => [kind, imported + 1 + stays.length + at]));
  stubs.forEach((index, at) => here.set(index, imported + 1 + stays.length + kinds.length + at));

  // The second half's numbers: what it calls of the first, then what moved.
  const moves = [...gone].sort((a, b) => a - b);
  const called = new Set();
  for (const index of moves) for (const one of uses[index - imported]) if (!gone.has(one.index)) called.add(one.index);
  const needs = [...called].sort((a, b) => a - b);
  const there = new Map([...needs, ...moves].map((index, at) => [index, at]));

  const first = firstHalf(module, { imports, imported, uses, type, data, places, newPlaces, tableEnd, stubs, kinds, stays, here, callers, needs });
  const later = laterHalf(module, { imported, uses, type, data, places, stubs, moves, needs, there });
  return { first, later, gone, stubs, moved: moves.length };
}

const short = (at) => `$${at.toString(36)}`;

function firstHalf(module, plan) {
  const { imports, imported, uses, type, data, places, newPlaces, tableEnd, stubs, kinds, stays, here, callers, needs } = plan;
  const renumber = (index) => here.get(index);
  const signatures = kinds.map((kind) => signature(module.types[kind]));
  const typeOf = new Map(kinds.map((kind, at) => [kind, module.types.length + 1 + at]));
  const types = [
    ...module.types,
    join([0x60], vector([]), vector([])),
    ...signatures.map(({ takes, gives }) => join([0x60], vector([...takes, [0x7f]]), vector(gives))),
  ];
  const flag = module.globals.length + module.imports.filter((one) => one.kind === KIND.global).length;
  const caller = (kind, at) => {
    const count = signatures[at].takes.length;
    return sized(
      join(
        [0, 0x23], number(flag), [0x45, 0x04, 0x40, 0x10], number(imported), [0x0b],
        gets(count), [0x20], number(count), [0x11], number(kind), [0, 0x0b],
      ),
    );
  };
  const stub = (index) => {
    const count = signatures[kinds.indexOf(type(index))].takes.length;
    return sized(join([0], gets(count), [0x41], signed(places.get(index)[0]), [0x10], number(callers.get(type(index))), [0x0b]));
  };
  // The loader stands between the imported functions and the others, wherever other imports stand.
  const plain = module.imports.map((one) =>
    join(text(one.module), text(one.name), [one.kind], one.kind === KIND.function ? number(one.type) : one.bytes),
  );
  const table = module.tables.map((bytes, at) => (at ? bytes : wider(bytes, tableEnd)));
  return write({
    ...module.raw,
    type: vector(types),
    import: vector([...plain, join(text(LATER), text("fetch"), [KIND.function], number(module.types.length))]),
    function: vector([...stays, ...kinds.map((kind) => ({ kind })), ...stubs].map((one) =>
      number(typeof one === "number" ? type(one) : typeOf.get(one.kind)),
    )),
    table: vector(table),
    global: vector([...module.globals.map((one) => join(one.type, one.start)), [0x7f, 1, 0x41, 0, 0x0b]]),
    export: vector([
      ...module.exports.map((one) =>
        join(text(one.name), [one.kind], number(one.kind === KIND.function ? renumber(one.index) : one.index)),
      ),
      ...shared(module).map(({ name, kind, index }) => join(text(name), [kind], number(index))),
      ...needs.map((index) => join(text(short(index)), [KIND.function], number(renumber(index)))),
      join(text("later"), [KIND.global], number(flag)),
    ]),
    element: vector([
      ...module.elements.map((one) => segment(one.table, one.offset, one.functions.map(renumber))),
      segment(0, newPlaces, stubs.filter((index) => places.get(index)[0] >= newPlaces).map(renumber)),
    ]),
    code: vector([
      ...stays.map((index) => rewritten(module.code[index - imported], uses[index - imported], renumber)),
      ...kinds.map(caller),
      ...stubs.map(stub),
    ]),
    count: module.raw.count && number(data.stay.length),
    data: memory(data.stay),
    ...(module.raw.start ? { start: number(renumber(startOf(module))) } : {}),
  });
}

function laterHalf(module, { imported, uses, type, data, places, stubs, moves, needs, there }) {
  const of = (name, kind, rest) => join(text(FIRST), text(name), [kind], rest);
  const byPlace = stubs.flatMap((index) => places.get(index).map((place) => [place, index])).sort((a, b) => a[0] - b[0]);
  const runs = [];
  for (const [place, index] of byPlace) {
    const last = runs.at(-1);
    if (last && last.place + last.functions.length === place) last.functions.push(there.get(index));
    else runs.push({ place, functions: [there.get(index)] });
  }
  return write({
    type: module.raw.type,
    import: vector([
      ...shared(module).map((one) => of(one.name, one.kind, one.bytes)),
      ...needs.map((index) => of(short(index), KIND.function, number(type(index)))),
    ]),
    function: vector(moves.map((index) => number(type(index)))),
    element: vector(runs.map((run) => segment(0, run.place, run.functions))),
    code: vector(moves.map((index) => rewritten(module.code[index - imported], uses[index - imported], (one) => there.get(one)))),
    data: memory(data.moved),
  });
}

/** Tables, memory and globals, which both halves number alike. */
function shared(module) {
  const all = [];
  const add = (kind, items, bytes) => {
    const from = module.imports.filter((one) => one.kind === kind);
    if (from.length) throw new Error("imported tables, memories and globals are not known");
    items.forEach((item, index) => all.push({ kind, index, name: `_${"ftmg"[kind]}${index}`, bytes: bytes(item) }));
  };
  // A table may have grown by the time the second half comes: its least size is not asked for.
  add(KIND.table, module.tables, (bytes) => [bytes[0], 0, 0]);
  add(KIND.memory, module.memories, () => [0, 0]);
  add(KIND.global, module.globals, (one) => one.type);
  return all;
}

const gets = (count) => Buffer.concat(Array.from({ length: count }, (_, at) => join([0x20], number(at))));
const segment = (table, offset, functions) =>
  join(table ? [2, ...number(table)] : [0], [0x41], signed(offset), [0x0b], table ? [0] : [], vector(functions.map(number)));

function signature(bytes) {
  const takes = [...bytes.subarray(2, 2 + bytes[1])].map((one) => [one]);
  const gives = [...bytes.subarray(3 + bytes[1])].map((one) => [one]);
  return { takes, gives };
}

function startOf(module) {
  const bytes = module.raw.start;
  let value = 0;
  bytes.forEach((byte, at) => (value += (byte & 127) * 2 ** (7 * at)));
  return value;
}

/** A table type whose least and greatest size hold `size` places. */
function wider(bytes, size) {
  const numbers = [];
  for (let at = 2, value = 0, shift = 0; at < bytes.length; at++) {
    value += (bytes[at] & 127) * 2 ** shift;
    shift += 7;
    if (bytes[at] < 128) (numbers.push(value), (value = 0), (shift = 0));
  }
  return join([bytes[0], bytes[1]], ...numbers.map((one) => number(Math.max(one, size + 1))));
}

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

/** wasm-bindgen's script, which gives the first half its loader and waits for the second where that was begun, and for the page. */
function patched(glue) {
  const patches = [
    [/return \{\s*__proto__: null,/, (found) => `${found} "${LATER}": { fetch: fetchLaterNow },`],
    [/return __wbg_finalize_init\(instance, module\);\s*\}\s*export/, (found) => `await later.coming; await laidOut; ${found}`],
    [/wasm\.__wbindgen_start\(\);/, (found) => `if (later.module) putLater(later.module); ${found}`],
  ];
  return patches.reduce((text, [place, change]) => {
    if (!place.test(text)) throw new Error(`wasm-bindgen's script has no ${place}`);
    return text.replace(place, change);
  }, glue);
}

/**
 * Whether a function moves, by its name (`later.txt` by module; before it `counted`, the lines of `idle.txt`, one by
 * one).
 */
export function choice(counted = readFileSync(new URL("idle.txt", import.meta.url), "utf8")) {
  const list = readFileSync(new URL("later.txt", import.meta.url), "utf8");
  const isLater = chooser(list);
  const named = new Map(entries(counted).map((line) => (line.startsWith("! ") ? [line.slice(2), false] : [line, true])));
  return {
    moves: (name) => named.get(plain(name)) ?? isLater(name),
  };
}

/** The page's module as the linker left it. */
const LINKED = path(process.env.CARGO_TARGET_DIR ?? "target", "wasm32-unknown-unknown/web/web.wasm");

/** Splits what Trunk has staged; names follow contents, so that a browser may keep each file for ever. */
export function stage(root) {
  const names = readdirSync(root);
  const wasm = names.find((name) => name.endsWith("_bg.wasm"));
  const script = wasm.replace("_bg.wasm", ".js");
  const { moves } = choice();
  const whole = readFileSync(path(root, wasm));
  if (process.env.LAYERLAB_STAGED) writeFileSync(process.env.LAYERLAB_STAGED, whole);
  const halves = split(whole, moves, readFileSync(LINKED));
  const [firstName, laterName] = [`web-${hash(halves.first)}_bg.wasm`, `later-${hash(halves.later)}.wasm`];
  rmSync(path(root, wasm));
  writeFileSync(path(root, firstName), halves.first);
  writeFileSync(path(root, laterName), halves.later);
  const glue = readFileSync(path(root, script), "utf8");
  const sheets = ["build", "inspect", "browser"].map((name) => readFileSync(new URL(`../styles/${name}.css`, import.meta.url)));
  const style = Buffer.concat(sheets);
  const styleName = `later-${hash(style)}.css`;
  writeFileSync(path(root, styleName), style);
  const offline = readFileSync(new URL("offline.js", import.meta.url));
  const offlineName = `offline-${hash(offline)}.js`;
  writeFileSync(path(root, offlineName), offline);
  const loader = readFileSync(new URL("later.js", import.meta.url), "utf8")
    .replace("LATER_WASM", laterName)
    .replace("LATER_CSS", styleName)
    .replace("OFFLINE_JS", offlineName);
  const text = patched(glue) + loader;
  const scriptName = `web-${hash(text)}.js`;
  rmSync(path(root, script));
  writeFileSync(path(root, scriptName), text);
  const page = path(root, "index.html");
  const html = readFileSync(page, "utf8").replaceAll(wasm, firstName).replaceAll(script, scriptName);
  writeFileSync(page, html);
  return { ...halves, firstName, laterName };
}

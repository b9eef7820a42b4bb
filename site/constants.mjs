// Which constants only the second half uses: read from what the linker keeps with `--emit-relocs` (WebAssembly tool
// conventions, Linking.md), which says for every place in code and data whose address stands there.
//
// The linked module and the page's are not the same: between them wasm-bindgen and wasm-opt rename, merge and inline
// functions. Addresses stay. A function that is gone since counts as used by those who called it, and what looks like
// an address in a function of the first half counts as one, so a doubtful constant stays.
import { ID, KIND, Reader, read, walk } from "./wasm.mjs";

/** What stands in a section of relocations and takes an addend, by its number; the first group names data. */
const ADDRESSES = new Set([3, 4, 5, 11, 14, 15, 16, 17, 21, 23, 25]);
const ADDENDS = new Set([...ADDRESSES, 8, 9, 22]);
const FUNCTIONS = new Set([0, 1, 2, 12, 18, 19, 24, 26]);

/** Symbols by what they are: their numbers in the table. */
const SYMBOL = { function: 0, data: 1, section: 3 };
const UNDEFINED = 0x10;
const NAMED = 0x40;
const TABLE = 8;

/** A linked module: its functions and constants, and which of them name which. */
export function linked(bytes) {
  const reader = new Reader(bytes, 8);
  const sections = [];
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const length = reader.number();
    const part = new Reader(bytes.subarray(reader.at, (reader.at += length)));
    sections.push({ id, part, name: id === 0 ? part.name() : "" });
  }
  const of = (id) => sections.find((one) => one.id === id).part;
  const custom = (name) => {
    const found = sections.find((one) => one.name === name);
    if (!found) throw new Error(`the linked module has no section ${name}`);
    return found.part;
  };
  const bodies = places(of(ID.code), (part) => part.number());
  const segments = places(of(ID.data), (part, segment) => {
    if (part.number() !== 0 || part.byte() !== 0x41) throw new Error("a data segment of a form that is not known");
    segment.offset = part.number();
    part.byte();
    return part.number();
  });
  const symbols = symbolTable(custom("linking"), segments);
  const constants = grouped(symbols);
  const module = read(bytes);
  const imported = module.imports.filter((one) => one.kind === KIND.function).length;
  const functions = bodies.map((_, at) => ({
    index: imported + at,
    name: module.names.get(imported + at) ?? "",
    names: new Set(),
    calls: new Set(),
  }));
  for (const { at, symbol } of relocations(custom("reloc.CODE"), symbols)) {
    const owner = functions[holding(bodies, at)];
    if (symbol.group) owner.names.add(symbol.group);
    else if (symbol.kind === SYMBOL.function) owner.calls.add(symbol.index);
  }
  for (const { at, symbol } of relocations(custom("reloc.DATA"), symbols)) {
    const segment = segments[holding(segments, at)];
    if (symbol.group) constants[holding(constants, segment.offset + at - segment.from)]?.names.add(symbol.group);
  }
  return { functions, constants };
}

/** The constants in order of place; those that share a byte are one. */
function grouped(symbols) {
  const groups = [];
  for (const one of symbols.filter((one) => one.to > one.from).sort((one, other) => one.from - other.from)) {
    if (!groups.length || groups.at(-1).to <= one.from) groups.push({ from: one.from, to: one.to, names: new Set() });
    one.group = groups.at(-1);
    one.group.to = Math.max(one.group.to, one.to);
  }
  return groups;
}

/** Where the items of a section stand, counted from the section's start; `head` reads up to an item's length. */
function places(part, head) {
  return part.all(() => {
    const place = {};
    const length = head(part, place);
    place.from = part.at;
    place.to = part.at += length;
    return place;
  });
}

/** The number of the range that holds a place; -1 if none does. */
function holding(ranges, at) {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle].to <= at) low = middle + 1;
    else high = middle;
  }
  return ranges[low] && ranges[low].from <= at ? low : -1;
}

function symbolTable(part, segments) {
  part.number();
  while (part.at < part.bytes.length) {
    const kind = part.byte();
    const table = new Reader(part.take(part.number()));
    if (kind === TABLE) return table.all(() => symbol(table, segments));
  }
  throw new Error("the linked module has no symbols");
}

function symbol(table, segments) {
  const kind = table.byte();
  const flags = table.number();
  if (kind === SYMBOL.section) return { kind, index: table.number() };
  if (kind !== SYMBOL.data) {
    const index = table.number();
    if (!(flags & UNDEFINED) || flags & NAMED) table.name();
    return { kind, index };
  }
  table.name();
  if (flags & UNDEFINED) return { kind };
  const [segment, offset, size] = [table.number(), table.number(), table.number()];
  // What is zero at the start has no segment.
  if (!segments[segment]) return { kind };
  const from = segments[segment].offset + offset;
  return { kind, from, to: from + size };
}

function* relocations(part, symbols) {
  part.number();
  for (let left = part.number(); left; left--) {
    const type = part.number();
    const at = part.number();
    const index = part.number();
    if (ADDENDS.has(type)) part.skip();
    if (ADDRESSES.has(type) || FUNCTIONS.has(type)) yield { at, symbol: symbols[index] };
  }
}

/** The numbers in a function's code that may be addresses. */
function numbers(body) {
  const reader = new Reader(body);
  reader.all(() => (reader.number(), reader.byte()));
  const found = [];
  walk(reader, () => {}, (value) => found.push(value));
  return found;
}

/**
 * The ranges of memory that only the second half reads, in order: of the linked module's constants those that nothing
 * names that stays. `stays` says of a function's name whether the first half has one of it (nothing if neither half
 * has), `bodies` is the first half's code.
 */
export function movable({ functions, constants }, stays, bodies) {
  const callers = new Map();
  for (const one of functions) for (const index of one.calls) callers.set(index, [...(callers.get(index) ?? []), one]);
  const known = new Map();
  // A function that is in neither half was put into its callers.
  const isHere = (one) => {
    if (known.has(one)) return known.get(one);
    known.set(one, false);
    const here = stays(one.name) ?? (callers.get(one.index)?.some(isHere) || !callers.has(one.index));
    known.set(one, here);
    return here;
  };
  const kept = new Set();
  const keep = (one) => {
    for (const list = [one]; list.length; ) {
      const next = list.pop();
      if (kept.has(next)) continue;
      kept.add(next);
      list.push(...next.names);
    }
  };
  for (const one of functions) if (isHere(one)) one.names.forEach(keep);
  for (const body of bodies) {
    for (const value of numbers(body)) {
      const at = holding(constants, value);
      if (at >= 0) keep(constants[at]);
    }
  }
  return constants.filter((one) => !kept.has(one)).map(({ from, to }) => ({ from, to }));
}

/** Fewer bytes than these are cleared where they stand; more are cut out. */
const CUT = 1024;

/** Segments without these ranges, and the ranges as segments of their own. */
export function without(segments, ranges) {
  const stay = [];
  const moved = [];
  for (const { offset, bytes } of segments) {
    const rest = Buffer.from(bytes);
    let start = 0;
    for (const { from, to } of ranges) {
      const [low, high] = [Math.max(from - offset, 0), Math.min(to - offset, bytes.length)];
      if (low >= high) continue;
      const last = moved.at(-1);
      const piece = bytes.subarray(low, high);
      if (last && last.offset + last.bytes.length === offset + low) last.bytes = Buffer.concat([last.bytes, piece]);
      else moved.push({ offset: offset + low, bytes: piece });
      rest.fill(0, low, high);
      if (high - low < CUT) continue;
      if (low > start) stay.push({ offset: offset + start, bytes: rest.subarray(start, low) });
      start = high;
    }
    if (start < bytes.length) stay.push({ offset: offset + start, bytes: rest.subarray(start) });
  }
  return { stay, moved };
}

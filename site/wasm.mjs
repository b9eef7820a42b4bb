// As much of WebAssembly's binary format (core specification, chapter 5) as splitting a module needs:
// sections, and where in a function's code other functions are named.

/** Reads numbers, names and bytes from where it stands. */
export class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** An unsigned LEB128 number, below 2^32. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  /** Goes past a signed or unsigned LEB128 number. */
  skip() {
    while (this.byte() >= 128);
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }

  name() {
    return new TextDecoder().decode(this.take(this.number()));
  }

  /** What `read` says of each of as many things as the next number counts. */
  all(read) {
    return Array.from({ length: this.number() }, (_, at) => read(at));
  }

  /** The bytes that `pass` goes over. */
  over(pass) {
    const from = this.at;
    pass();
    return this.bytes.subarray(from, this.at);
  }
}

/** An unsigned number as LEB128. */
export function number(value) {
  const bytes = [];
  do {
    const rest = Math.floor(value / 128);
    bytes.push((value % 128) | (rest ? 128 : 0));
    value = rest;
  } while (value);
  return bytes;
}

/** A constant of `i32.const`: signed LEB128. */
export function signed(value) {
  const bytes = [];
  for (;;) {
    const low = value & 127;
    value >>= 7;
    if ((value === 0 && !(low & 64)) || (value === -1 && low & 64)) return [...bytes, low];
    bytes.push(low | 128);
  }
}

export const join = (...parts) => Buffer.concat(parts.map((part) => Uint8Array.from(part)));
export const text = (value) => join(number(Buffer.byteLength(value)), Buffer.from(value));
export const vector = (items) => join(number(items.length), Buffer.concat(items.map((item) => Uint8Array.from(item))));
export const sized = (bytes) => join(number(bytes.length), bytes);
const limits = (reader) => (reader.byte() & 1 ? [reader.skip(), reader.skip()] : reader.skip());

/** The sections in the order of the format: their ids. */
export const ID = {
  type: 1, import: 2, function: 3, table: 4, memory: 5, global: 6, export: 7, start: 8, element: 9, count: 12,
  code: 10, data: 11,
};

/** Things that are imported or exported, by the number that stands for their kind. */
export const KIND = { function: 0, table: 1, memory: 2, global: 3 };

/** A module from its sections' contents; those without one are left out. */
export function write(sections) {
  const parts = [Buffer.from([0, 97, 115, 109, 1, 0, 0, 0])];
  for (const [name, id] of Object.entries(ID)) {
    if (sections[name]) parts.push(Buffer.from([id]), sized(sections[name]));
  }
  return Buffer.concat(parts);
}

/** A module's sections by name as bytes, and what is in those that name functions. */
export function read(bytes) {
  const reader = new Reader(bytes, 8);
  const raw = {};
  const names = new Map();
  while (reader.at < bytes.length) {
    const id = reader.byte();
    const part = new Reader(reader.take(reader.number()));
    const known = Object.entries(ID).find(([, number]) => number === id)?.[0];
    if (known) raw[known] = part.bytes;
    else if (id === 0 && part.name() === "name") functionNames(part, names);
    else if (id !== 0) throw new Error(`section ${id} is not known`);
  }
  const of = (name) => new Reader(raw[name] ?? Uint8Array.of(0));
  const imports = of("import");
  const exports = of("export");
  const code = of("code");
  const elements = of("element");
  const globals = of("global");
  const types = of("type");
  const tables = of("table");
  const memories = of("memory");
  const data = of("data");
  return {
    raw,
    names,
    types: types.all(() => types.over(() => (types.byte(), types.take(types.number()), types.take(types.number())))),
    imports: imports.all(() => {
      const [module, name] = [imports.name(), imports.name()];
      const kind = imports.byte();
      const at = imports.at;
      if (kind === KIND.function) return { module, name, kind, type: imports.number() };
      if (kind === KIND.table) (imports.byte(), limits(imports));
      else if (kind === KIND.memory) limits(imports);
      else imports.take(2);
      return { module, name, kind, bytes: imports.bytes.subarray(at, imports.at) };
    }),
    functions: ((part) => part.all(() => part.number()))(of("function")),
    tables: tables.all(() => tables.over(() => (tables.byte(), limits(tables)))),
    memories: memories.all(() => memories.over(() => limits(memories))),
    globals: globals.all(() => {
      const type = globals.take(2);
      return { type, start: globals.over(() => walk(globals, () => {})) };
    }),
    exports: exports.all(() => ({ name: exports.name(), kind: exports.byte(), index: exports.number() })),
    elements: elements.all(() => element(elements)),
    data: data.all(() => segment(data)),
    code: code.all(() => code.take(code.number())),
  };
}

/** An active segment of function numbers: `{ table, offset, functions }`. */
function element(reader) {
  const flags = reader.number();
  if (flags !== 0 && flags !== 2) throw new Error(`element segments of form ${flags} are not known`);
  const table = flags === 2 ? reader.number() : 0;
  if (reader.byte() !== 0x41) throw new Error("an element segment's place is not a constant");
  const offset = reader.number();
  if (offset >= 64 && reader.bytes[reader.at - 1] & 64) throw new Error("an element segment's place is negative");
  reader.byte();
  if (flags === 2) reader.byte();
  return { table, offset, functions: reader.all(() => reader.number()) };
}

/** An active segment of the memory: `{ offset, bytes }`. */
function segment(reader) {
  const flags = reader.number();
  if (flags !== 0 || reader.byte() !== 0x41) throw new Error(`data segments of form ${flags} are not known`);
  const offset = reader.number();
  reader.byte();
  return { offset, bytes: reader.take(reader.number()) };
}

/** A data section of such segments. */
export const memory = (segments) =>
  vector(segments.map(({ offset, bytes }) => join([0, 0x41], signed(offset), [0x0b], number(bytes.length), bytes)));

function functionNames(reader, names) {
  while (reader.at < reader.bytes.length) {
    const id = reader.byte();
    const part = new Reader(reader.take(reader.number()));
    if (id === 1) part.all(() => names.set(part.number(), part.name()));
  }
}

const nothing = () => {};

/**
 * Goes over an expression to its end; `use(opcode, from, to, number)` for each function named, `hold(value)` for each
 * number that may be an address: of `i32.const`, and what a load or store adds to one.
 */
export function walk(reader, use, hold = nothing) {
  let depth = 1;
  while (depth) {
    const op = reader.byte();
    if (op === 0x0b) depth--;
    else if (op === 0x02 || op === 0x03 || op === 0x04) (depth++, reader.skip());
    else if (op === 0x10 || op === 0x12 || op === 0xd2) {
      const from = reader.at;
      const index = reader.number();
      use(op, from, reader.at, index);
    } else if (op === 0x0c || op === 0x0d || (op >= 0x20 && op <= 0x26) || op === 0x3f || op === 0x40 || op === 0xd0)
      reader.skip();
    else if (op === 0x0e) (reader.all(() => reader.skip()), reader.skip());
    else if (op === 0x11 || op === 0x13) (reader.skip(), reader.skip());
    else if (op >= 0x28 && op <= 0x3e) (reader.skip(), hold(reader.number()));
    else if (op === 0x1c) reader.all(() => reader.skip());
    else if (op === 0x41) hold(reader.number());
    else if (op === 0x42) reader.skip();
    else if (op === 0x43) reader.take(4);
    else if (op === 0x44) reader.take(8);
    else if (op === 0xfc) further(reader);
    else if (!(op <= 0x01 || op === 0x05 || op === 0x0f || op === 0x1a || op === 0x1b || (op >= 0x45 && op <= 0xc4) || op === 0xd1))
      throw new Error(`instruction 0x${op.toString(16)} is not known`);
  }
}

function further(reader) {
  const op = reader.number();
  if (op <= 7) return;
  if (op === 10) return reader.take(2);
  if (op === 11) return reader.take(1);
  if (op === 12 || op === 14) return (reader.skip(), reader.skip());
  if (op >= 15 && op <= 17) return reader.skip();
  throw new Error(`instruction 0xfc ${op} is not known`);
}

/** The functions that a body names: `{ from, to, index }`, places counted from the body's start. */
export function references(body) {
  const reader = new Reader(body);
  reader.all(() => (reader.number(), reader.byte()));
  const found = [];
  walk(reader, (op, from, to, index) => found.push({ op, from, to, index }));
  return found;
}

/** A body, sized, with each function's number put through `renumber`. */
export function rewritten(body, found, renumber) {
  const parts = [];
  let at = 0;
  for (const { from, to, index } of found) {
    parts.push(body.subarray(at, from), Uint8Array.from(number(renumber(index))));
    at = to;
  }
  return sized(Buffer.concat([...parts, body.subarray(at)]));
}

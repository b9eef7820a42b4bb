// Rust's mangled names (the v0 scheme, RFC 2603) as wasm-bindgen writes them out, but without what tells crates of one
// name apart: the linked module has the ones, the page's module the others.

const BASIC = {
  a: "i8", b: "bool", c: "char", d: "f64", e: "str", f: "f32", h: "u8", i: "isize", j: "usize", l: "i32", m: "u32", n: "i128",
  o: "u128", p: "_", s: "i16", t: "u16", u: "()", v: "...", x: "i64", y: "u64", z: "!",
};
const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SPECIAL = { C: "closure", S: "shim" };
/** How deep a name may nest. */
const DEEP = 400;

/** A mangled name as it is written out; any other name as it is. */
export function demangled(name) {
  if (!name.startsWith("_R")) return name;
  try {
    const [, mangled, copy] = /^_R([^.]*)(.*)$/.exec(name);
    return new Mangled(mangled).path(true) + copy;
  } catch {
    return name;
  }
}

class Mangled {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.deep = 0;
    /** Lifetimes that the binders around have named. */
    this.bound = 0;
  }

  next() {
    if (this.at >= this.text.length) throw new RangeError("the name ends");
    return this.text[this.at++];
  }

  eat(letter) {
    if (this.text[this.at] !== letter) return false;
    this.at++;
    return true;
  }

  /** A number in base 62: "_" is 0. */
  base62() {
    if (this.eat("_")) return 0;
    let value = 0;
    for (let letter = this.next(); letter !== "_"; letter = this.next()) value = value * 62 + DIGITS.indexOf(letter);
    return value + 1;
  }

  /** What a letter may stand before: 0 without it. */
  optional(letter) {
    return this.eat(letter) ? this.base62() + 1 : 0;
  }

  /** A name's part; letters beyond ASCII are not read. */
  identifier() {
    if (this.eat("u")) throw new RangeError("punycode");
    let length = 0;
    do length = length * 10 + Number(this.next());
    while (length && /\d/.test(this.text[this.at]));
    this.eat("_");
    const from = this.at;
    this.at += length;
    return this.text.slice(from, this.at);
  }

  /** What stands at an earlier place. */
  back(read) {
    const place = this.base62();
    const at = this.at;
    this.at = place;
    const found = read();
    this.at = at;
    return found;
  }

  /** Items up to an "E". */
  list(read) {
    const items = [];
    while (!this.eat("E")) items.push(read());
    return items;
  }

  /** Reads something that nests. */
  inside(read) {
    if (++this.deep > DEEP) throw new RangeError("too deep");
    const found = read();
    this.deep--;
    return found;
  }

  path(isValue) {
    return this.inside(() => {
      const kind = this.next();
      switch (kind) {
        case "C":
          this.optional("s");
          return this.identifier();
        case "N": {
          const space = this.next();
          const parent = this.path(isValue);
          const number = this.optional("s");
          const name = this.identifier();
          if (space >= "a") return name ? `${parent}::${name}` : parent;
          return `${parent}::{${SPECIAL[space] ?? space}${name && `:${name}`}#${number}}`;
        }
        case "M":
        case "X":
        case "Y": {
          if (kind !== "Y") (this.optional("s"), this.path(false));
          const type = this.type();
          return kind === "M" ? `<${type}>` : `<${type} as ${this.path(false)}>`;
        }
        case "I": {
          const parent = this.path(isValue);
          return `${parent}${isValue ? "::" : ""}<${this.list(() => this.argument()).join(", ")}>`;
        }
        case "B":
          return this.back(() => this.path(isValue));
      }
      throw new RangeError(`no path begins with ${kind}`);
    });
  }

  argument() {
    if (this.eat("L")) return this.lifetime(this.base62());
    if (this.eat("K")) return this.constant();
    return this.type();
  }

  lifetime(index) {
    if (!index) return "'_";
    const depth = this.bound - index;
    return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`;
  }

  /** What may be `for<'a>` something. */
  binder(read) {
    const count = this.optional("G");
    const names = Array.from({ length: count }, () => (this.bound++, this.lifetime(1)));
    const found = `${count ? `for<${names.join(", ")}> ` : ""}${read()}`;
    this.bound -= count;
    return found;
  }

  type() {
    return this.inside(() => {
      const kind = this.next();
      if (kind in BASIC) return BASIC[kind];
      switch (kind) {
        case "R":
        case "Q": {
          const index = this.eat("L") ? this.base62() : 0;
          return `&${index ? `${this.lifetime(index)} ` : ""}${kind === "Q" ? "mut " : ""}${this.type()}`;
        }
        case "P":
          return `*const ${this.type()}`;
        case "O":
          return `*mut ${this.type()}`;
        case "A":
          return `[${this.type()}; ${this.constant()}]`;
        case "S":
          return `[${this.type()}]`;
        case "T": {
          const types = this.list(() => this.type());
          return `(${types.join(", ")}${types.length === 1 ? "," : ""})`;
        }
        case "F":
          return this.binder(() => this.signature());
        case "D": {
          const bounds = this.binder(() => this.list(() => this.bounds()).join(" + "));
          if (!this.eat("L")) throw new RangeError("no lifetime");
          const index = this.base62();
          return `dyn ${bounds}${index ? ` + ${this.lifetime(index)}` : ""}`;
        }
        case "B":
          return this.back(() => this.type());
      }
      this.at--;
      return this.path(false);
    });
  }

  signature() {
    const unsafe = this.eat("U") ? "unsafe " : "";
    const abi = this.eat("K") ? `extern "${this.eat("C") ? "C" : this.identifier().replaceAll("_", "-")}" ` : "";
    const takes = this.list(() => this.type()).join(", ");
    return `${unsafe}${abi}fn(${takes})${this.eat("u") ? "" : ` -> ${this.type()}`}`;
  }

  /** A trait of `dyn`, with what it says of its types. */
  bounds() {
    const parts = [];
    const path = this.open(parts);
    while (this.eat("p")) {
      const name = this.identifier();
      parts.push(`${name} = ${this.type()}`);
    }
    return parts.length || path.generic ? `${path.text}<${parts.join(", ")}>` : path.text;
  }

  /** A trait's path whose arguments may be followed by more of them. */
  open(parts) {
    if (this.eat("B")) return this.back(() => this.open(parts));
    if (!this.eat("I")) return { text: this.path(false) };
    const text = this.path(false);
    parts.push(...this.list(() => this.argument()));
    return { text, generic: true };
  }

  constant() {
    if (this.eat("B")) return this.back(() => this.constant());
    const kind = this.next();
    if (kind === "p") return "_";
    if (!"abchijlmnostxy".includes(kind)) throw new RangeError(`constants of type ${kind} are not known`);
    const minus = this.eat("n") ? "-" : "";
    const end = this.text.indexOf("_", this.at);
    const value = BigInt(`0x${this.text.slice(this.at, end) || "0"}`);
    this.at = end + 1;
    if (kind === "b") return value ? "true" : "false";
    if (kind === "c") throw new RangeError("characters are not known");
    return `${minus}${value}${BASIC[kind]}`;
  }
}

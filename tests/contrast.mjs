// The contrast of every pair of colours that the style sheets put on each other, in both themes and for every hue of a
// layer: 4.5 to 1 for text, 3 to 1 for what is drawn (WCAG 2.2, 1.4.3 and 1.4.11). Fails on a pair below that, and on a
// token that no pair tests.
//
//   node tests/contrast.mjs
import { readdirSync, readFileSync } from "node:fs";

const SHEETS = readdirSync("styles").filter((name) => name.endsWith(".css")).sort();
const read = (name) => readFileSync(`styles/${name}`, "utf8").replace(/\/\*[^]*?\*\//g, "");
/** The hues that layers take: `src/diagram/hue.rs`. */
const HUES = [110, 137, 164, 191, 218, 245, 272, 299, 326, 353];
const TEXT = 4.5;
const DRAWN = 3;

/** Splits at commas that are in no parentheses. */
function parts(text) {
  const found = [""];
  let depth = 0;
  for (const sign of text) {
    depth += sign === "(" ? 1 : sign === ")" ? -1 : 0;
    if (sign === "," && depth === 0) found.push("");
    else found[found.length - 1] += sign;
  }
  return found.map((part) => part.trim());
}

/** Tokens that are colours, each with its light and its dark value. */
const TOKENS = new Map(
  [...read("tokens.css").matchAll(/--([\w-]+):\s*light-dark\(([^;]+)\);/g)]
    .filter(([, name]) => !name.startsWith("shadow"))
    .map(([, name, pair]) => [name, parts(pair)]),
);

const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);

/** A colour as linear sRGB and its opacity. */
function colour(text, hue = 0) {
  if (text.startsWith("#")) {
    const digits = text.length < 6 ? [...text.slice(1)].map((digit) => digit + digit).join("") : text.slice(1);
    const [r, g, b, a = 255] = digits.match(/../g).map((pair) => Number.parseInt(pair, 16));
    return { rgb: [r, g, b].map((c) => linear(c / 255)), alpha: a / 255 };
  }
  const oklch = text.match(/^oklch\(([\d.]+) ([\d.]+) (.+)\)$/);
  if (!oklch) throw new Error(`no colour: ${text}`);
  const [L, C] = [Number(oklch[1]), Number(oklch[2])];
  const angle = ((oklch[3] === "var(--h)" ? hue : Number(oklch[3])) * Math.PI) / 180;
  const [a, b] = [C * Math.cos(angle), C * Math.sin(angle)];
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return { rgb: rgb.map((c) => Math.min(1, Math.max(0, c))), alpha: 1 };
}

const luminance = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function ratio(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** Pairs that stand in different rules: what is written or drawn on which ground. */
const on = (grounds, inks, least) => grounds.split(" ").flatMap((ground) => inks.split(" ").map((ink) => [ink, ground, least]));
const PAIRS = [
  ...on("bg paper sunk stage host earth", "ink ink-2 ink-3", TEXT),
  ...on("bg paper sunk host stage", "accent st-failed st-running", TEXT),
  ...on("mute-bg", "ink ink-2 st-paused st-restart st-dead st-created st-exited", TEXT),
  ...on("ok-bg", "ink ink-2 st-running", TEXT),
  ...on("bad-bg", "ink ink-2 st-failed", TEXT),
  ...on("accent-bg", "ink ink-2 accent", TEXT),
  ...on("accent", "on-accent", TEXT),
  ...on("ink", "paper", TEXT),
  ...on("wr-fill paper stage", "wr-ink", TEXT),
  ...on("vol-top", "ink", TEXT),
  ...on("earth host", "net-1 net-2", TEXT),
  ...on("term-bg term-bar", "term-ink term-dim", TEXT),
  ...on("term-bg", "ansi-green ansi-blue ansi-cyan ansi-yellow ansi-red ansi-magenta", TEXT),
  ...on("pl", "pl-ink", TEXT),
  ...on("paper", "pl-text", TEXT),
  // What is drawn: marks of states, lines, the fingerprint, the wall.
  ...on("wr-fill host", "wr-line", DRAWN),
  ...on("host", "st-running st-paused st-restart st-failed st-dead st-created st-exited accent", DRAWN),
  ...on("earth", "net-1 net-2 vol-line ink-3", DRAWN),
  ...on("vol-top", "ink-2", DRAWN),
  ...on("stage host earth", "wall", DRAWN),
  ...on("pl", "pl-text", DRAWN),
  ...on("term-bg", "term-dim", DRAWN),
];

/** Tokens of which nobody has to tell anything: lines and faces beside what does, and the glint of a cached step. */
const DECORATION = ["vol", "hatch", "line", "line-2", "glint", "pl-side", "pl-top", "pl-line"];

/** Rules that set a ground and an ink at once. */
function stated() {
  const pairs = [];
  for (const sheet of SHEETS) {
    for (const [, selector, body] of read(sheet).matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
      const ground = body.match(/(?:^|[;\s])background(?:-color)?:\s*var\(--([\w-]+)\)/)?.[1];
      const ink = body.match(/(?:^|[;\s])color:\s*var\(--([\w-]+)\)/)?.[1];
      // A mark in a box is drawn, not written.
      const least = /::|\bi\b|\.i\b/.test(selector) ? DRAWN : TEXT;
      if (ground && ink && TOKENS.has(ground) && TOKENS.has(ink)) pairs.push([ink, ground, least, `${sheet}: ${selector.trim()}`]);
    }
  }
  return pairs;
}

function check() {
  const problems = [];
  const tested = new Set(DECORATION);
  let count = 0;
  let tightest = [Infinity, ""];
  for (const [ink, ground, least, where = ""] of [...PAIRS, ...stated()]) {
    for (const name of [ink, ground]) {
      if (!TOKENS.has(name)) problems.push(`--${name} is no token`);
      tested.add(name);
    }
    for (const theme of [0, 1]) {
      for (const hue of ground === "pl" || ink.startsWith("pl") ? HUES : [0]) {
        const [above, below] = [ink, ground].map((name) => colour(TOKENS.get(name)[theme], hue).rgb);
        const found = ratio(above, below);
        const what = `--${ink} on --${ground}, ${["light", "dark"][theme]}${hue ? `, hue ${hue}` : ""}${where && ` (${where})`}`;
        count += 1;
        if (found / least < tightest[0]) tightest = [found / least, `${what}: ${found.toFixed(2)}`];
        if (found < least) problems.push(`${what}: ${found.toFixed(2)}, less than ${least}`);
      }
    }
  }
  for (const name of TOKENS.keys()) if (!tested.has(name)) problems.push(`--${name} is in no pair`);
  console.log(`${count} pairs of colours; the tightest is ${tightest[1]}`);
  return [...new Set(problems)];
}

const problems = check();
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}

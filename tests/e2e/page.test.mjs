// The page as such: it loads, it stays at home, everybody can use it, and it is as light as the ledger says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ledger, LIMITS, totals } from "../../site/ledger.mjs";
import { dist, open, root, test } from "./harness.mjs";

const SIZES = [
  { name: "desktop-light", width: 1440, height: 900, theme: "light" },
  { name: "desktop-dark", width: 1440, height: 900, theme: "dark" },
  { name: "phone", width: 390, height: 844, theme: "light" },
  { name: "embed", width: 720, height: 420, theme: "light" },
];

for (const size of SIZES) {
  test(`${size.name}: the frame is there and axe finds nothing`, async () => {
    const lab = await open(size);
    assert.equal(await lab.page.title(), "Layerlab");
    assert.ok(await lab.page.getByRole("main").isVisible());
    assert.ok(await lab.page.getByRole("heading", { level: 1 }).isVisible());
    const { scrolls, width } = await lab.page.evaluate(() => ({
      scrolls: document.documentElement.scrollWidth,
      width: innerWidth,
    }));
    assert.ok(scrolls <= width, `the page is ${scrolls} px wide in a window of ${width}`);
    await lab.page.evaluate(() => document.fonts.ready);
    await lab.shot(size.name);
    assert.deepEqual(await lab.violations(), []);
    await lab.close();
  });
}

test("the fonts are the page's own", async () => {
  const lab = await open();
  const loaded = await lab.page.evaluate(async () => {
    const fonts = ["16px Inter", "600 16px Inter", '16px "JetBrains Mono"', '700 16px "JetBrains Mono"'];
    const faces = await Promise.all(fonts.map((font) => document.fonts.load(font, "aế→")));
    return faces.map((found) => found.map((face) => face.status).join());
  });
  assert.deepEqual(loaded, ["loaded", "loaded", "loaded", "loaded"]);
  await lab.close();
});

test("the first load is what the ledger counts, and within the limit", async () => {
  const rows = ledger(dist);
  const lab = await open({ language: "vi" });
  await lab.page.waitForLoadState("networkidle");
  const fetched = new Set(lab.requests.map((path) => (path === "/" ? "index.html" : path.slice(1))));
  const counted = new Set(rows.filter((row) => row.first).map((row) => row.file));
  const uncounted = [...fetched].filter((file) => rows.some((row) => row.file === file) && !counted.has(file));
  assert.deepEqual(uncounted, [], "fetched at first, but counted as fetched later");
  assert.ok([...fetched].some((file) => file.endsWith(".wasm")));
  for (const [name, size] of Object.entries(totals(rows))) assert.ok(size <= LIMITS[name], `${name}: ${size}`);
  await lab.close();
});

test("the page's content policy forbids foreign scripts and foreign addresses", async () => {
  const lab = await open({ expected: [/Content Security Policy/, /left the origin/] });
  const outcome = await lab.page.evaluate(async () => {
    const violated = [];
    document.addEventListener("securitypolicyviolation", (event) => violated.push(event.effectiveDirective));
    await fetch("https://example.com/").catch(() => {});
    const script = document.createElement("script");
    script.textContent = "globalThis.sneaked = true";
    document.body.append(script);
    await new Promise((done) => setTimeout(done, 50));
    return { violated, sneaked: globalThis.sneaked ?? false };
  });
  assert.deepEqual(outcome, { violated: ["connect-src", "script-src-elem"], sneaked: false });
  await lab.close();
});

test("the table of advances says what the browser measures", async () => {
  const table = advances();
  const lab = await open();
  const wrong = await lab.page.evaluate(async (table) => {
    await Promise.all([400, 600].map((weight) => document.fonts.load(`${weight} 100px Inter`)));
    const canvas = document.createElement("canvas").getContext("2d");
    const far = [];
    for (const [sign, ...expected] of table)
      [400, 600].forEach((weight, at) => {
        canvas.font = `${weight} 1000px Inter`;
        const measured = canvas.measureText(sign).width;
        if (Math.abs(measured - expected[at]) > 1) far.push(`${sign} ${weight}: ${measured}, not ${expected[at]}`);
      });
    return far;
  }, table);
  assert.ok(table.length > 300);
  assert.deepEqual(wrong, []);
  await lab.close();
});

/** `[character, advance at 400, advance at 600]`, read from the source of the table. */
function advances() {
  const source = readFileSync(join(root, "src", "diagram", "advances.rs"), "utf8");
  return [...source.matchAll(/\(0x([0-9a-f]+), &\[([^\]]*)\]\)/g)].flatMap(([, first, run]) =>
    [...run.matchAll(/\((\d+), (\d+)\)/g)].map(([, regular, semibold], at) => {
      const sign = String.fromCodePoint(parseInt(first, 16) + at);
      return [sign, Number(regular), Number(semibold)];
    }),
  );
}

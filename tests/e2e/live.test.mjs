// What runs until ^C: it redraws in place, ends with ^C, and leaves the page its frames.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

/** What the page's own code may take of one frame, in milliseconds: nine in ten keep to it on any machine. */
const FRAME = 8;
/** What no frame may take, whatever else the machine that runs the test is doing. */
const WORST = 50;

/** Measures from now on how long each callback of a frame takes, with all that it sets off at once. */
const measure = (lab) =>
  lab.page.evaluate(() => {
    globalThis.frames = [];
    const ask = globalThis.requestAnimationFrame.bind(globalThis);
    globalThis.requestAnimationFrame = (callback) =>
      ask((time) => {
        const began = performance.now();
        callback(time);
        Promise.resolve().then(() => globalThis.frames.push(performance.now() - began));
      });
  });

async function watch(line, wait, check) {
  const lab = await open({ path: "?seed=1" });
  await lab.run("docker run -d --name web nginx:alpine", 60_000);
  await lab.run("docker run -d --name loop alpine sh -c 'while true; do echo tick; sleep 0.2; done'", 60_000);
  await measure(lab);
  await lab.type(line);
  await lab.page.waitForTimeout(500);
  await lab.page.evaluate(() => (globalThis.frames.length = 0));
  await lab.page.waitForTimeout(wait);
  const frames = await lab.page.evaluate(() => globalThis.frames);
  assert.ok(await lab.page.locator("html[data-busy]").count(), `${line} still runs`);
  await check(await lab.terminalText(), lab);
  await lab.page.locator('[data-part="prompt"]').press("Control+c");
  await lab.idle();
  const sorted = frames.toSorted((a, b) => a - b);
  const worst = sorted.at(-1) ?? 0;
  console.log(`${line}: ${frames.length} frames, median ${(sorted[sorted.length >> 1] ?? 0).toFixed(1)} ms, worst ${worst.toFixed(1)} ms`);
  await lab.close();
  return [sorted[Math.floor(sorted.length * 0.9)] ?? 0, worst];
}

const count = (text, pattern) => [...text.matchAll(pattern)].length;

for (const [line, wait, check] of [
  // One table stands there, however often it was drawn.
  ["docker stats", 3500, (text) => assert.equal(count(text, /^CONTAINER ID +NAME +CPU/gm), 1)],
  ["docker logs -f loop", 3000, (text) => assert.ok(count(text, /^tick$/gm) > 10)],
  ["ping -i 0.5 127.0.0.1", 3000, (text) => assert.ok(count(text, /icmp_seq=\d+/g) >= 4)],
  [
    "docker events",
    1000,
    async (_, lab) => {
      // Nothing happens by itself; ^C is all that ends it.
      assert.ok(await lab.page.locator("html[data-busy]").count());
    },
  ],
]) {
  test(`${line} runs until ^C and holds no frame for long`, { timeout: 120_000 }, async () => {
    const [most, worst] = await watch(line, wait, check);
    assert.ok(most <= FRAME && worst <= WORST, `nine of ten frames in ${most.toFixed(1)} ms, the worst in ${worst.toFixed(1)} ms`);
  });
}

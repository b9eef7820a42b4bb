// How fast the page is. The figures are printed; the limits are the project's promises.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant&seed=1";

/** The middle of some figures, and what to print of them. */
function median(all) {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
const say = (what, all) =>
  console.log(`${what}: median ${median(all).toFixed(1)} ms, worst ${Math.max(...all).toFixed(1)} ms of ${all.length}`);

/**
 * Types a line and gives the time from its Enter to the frame in which one row more than before matches. The
 * key's time is the browser's own stamp; the frame's is taken when it has been drawn.
 */
async function toFrame(lab, line, pattern) {
  const prompt = lab.page.locator('[data-part="prompt"]');
  await prompt.focus();
  await lab.page.keyboard.insertText(line);
  await lab.page.evaluate((pattern) => {
    const count = () =>
      [...document.querySelectorAll('[data-part="screen"] > div > div')].filter((row) => new RegExp(pattern).test(row.textContent)).length;
    const before = count();
    globalThis.measured = new Promise((done) => {
      addEventListener(
        "keydown",
        (event) => {
          const look = () => {
            if (count() === before) return requestAnimationFrame(look);
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = () => done(performance.now() - event.timeStamp);
            port2.postMessage(null);
          };
          requestAnimationFrame(look);
        },
        { capture: true, once: true },
      );
    });
  }, pattern);
  await prompt.press("Enter");
  const time = await lab.page.evaluate(() => globalThis.measured);
  await lab.idle();
  return time;
}

test("docker ps with twenty containers is on the screen within 50 ms", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  const started = performance.now();
  for (let n = 1; n <= 20; n += 1) await lab.run(`docker run -d --name w${n} nginx:alpine`);
  console.log(`twenty containers, typed one by one: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const times = [];
  // The newest container stands first, so the oldest is the last row.
  for (let round = 0; round < 21; round += 1) times.push(await toFrame(lab, "docker ps", " w1 *$"));
  say("docker ps with twenty containers, key to frame", times);
  assert.ok(median(times) < 50, `${times}`);
  await lab.close();
});

/** A log in the page's own form: so many lines, five containers, one with a loop that sleeps, over an hour. */
function hour(operations) {
  const first = [
    "docker run -d --name loop alpine sh -c 'i=0; while true; do i=$((i+1)); echo tick $i; sleep 1; done'",
    "docker run -d --name web nginx:alpine",
    "docker run -d --name cache redis:7-alpine",
    "docker run -d --name db -e POSTGRES_PASSWORD=x postgres:16-alpine",
    "docker run -d --name idle alpine sleep 100000",
  ];
  const rest = [
    "docker ps", "docker ps -a", "docker logs --tail 5 loop", "docker exec web ls /etc/nginx", "echo hello > note.txt",
    "cat note.txt | wc -c", "docker inspect -f '{{.State.Status}}' cache", "docker images", "docker stop -t 1 idle",
    "docker start idle", "for i in 1 2 3; do echo $i; done", "docker exec db sh -c 'echo $POSTGRES_PASSWORD > /tmp/x'",
    "docker diff db", "ls -l", "docker run --rm alpine echo done", "docker top web", "docker restart -t 1 web", "pwd",
  ];
  const boot = { version: 1, seed: 1, catalogue: 1, directory: "/home/learner/myapp", console: { screen: { rows: 24, columns: 100 } } };
  const log = [{ boot }];
  for (let n = 0; n < operations; n += 1) {
    log.push({ line: first[n] ?? rest[n % rest.length] }, { elapsed: Math.floor(3600e9 / operations) });
  }
  return JSON.stringify(log);
}

/** Milliseconds. The goal is 500, and held where nothing else runs. */
const REPLAY = 1000;
/** What the browser takes to keep the code that it has compiled, in milliseconds. */
const KEPT = 4000;

test("a thousand operations and an hour are replayed", { timeout: 120_000 }, async () => {
  // Here Chromium warns of a preloaded font that nobody uses. It is in use before the page's load event, and fetched
  // once, which is checked in place of the warning.
  const lab = await open({ path: START, expected: [/inter\.woff2 was preloaded using link preload but not used/] });
  const times = [];
  for (let round = 0; round < 6; round += 1) {
    await lab.page.evaluate((log) => localStorage.setItem(`layerlab.session/${document.getElementById("lessons").textContent.split("\t")[0]}`, log), hour(1000));
    await lab.reload();
    times.push(await lab.page.evaluate(() => performance.getEntriesByName("replay", "measure")[0].duration));
    await lab.page.waitForTimeout(KEPT);
  }
  const font = await lab.page.evaluate(() => ({
    loaded: [...document.fonts].find((face) => face.family === "Inter").status,
    fetched: performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/inter.woff2")).length,
  }));
  assert.deepEqual(font, { loaded: "loaded", fetched: 1 });
  const first = times.shift();
  console.log(`1,000 operations, five containers, an hour: replayed on the first visit in ${first.toFixed(0)} ms`);
  say("on later ones", times);
  await lab.run("docker ps");
  assert.equal((await lab.terminalText()).split("\n").slice(-6).filter((row) => / (loop|web|cache|db|idle) *$/.test(row)).length, 5);
  assert.equal(await lab.page.locator('[data-part="ticks"] li').count(), 40);
  assert.ok(median(times) < REPLAY, `${times}`);
  await lab.close();
});

// What the page's script takes of a frame while much moves: a pull, a build and five containers that write, with 30
// containers on the Stage. Read from the browser's own trace: all script of the page's thread between two frames.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

/** Milliseconds of script a frame: at the median and in 19 of 20 frames. */
const MEDIAN = 8;
const MOST = 16;
const ROUNDS = 3;
/** Milliseconds that are traced. */
const LONG = 4000;

const SCRIPT = new Set(["FunctionCall", "EvaluateScript", "TimerFire", "FireAnimationFrame", "EventDispatch", "RunMicrotasks", "v8.callFunction", "FireIdleCallback"]);

const READY = [
  "docker pull alpine:3.19",
  "for n in $(seq 1 25); do docker create --name c$n alpine:3.19; done",
  "for n in 1 2 3 4 5; do docker run -d --name r$n alpine:3.19 sh -c 'while true; do echo tick; sleep 0.1; done'; done",
  "docker pull node:18-alpine",
];
const MOVING = "docker build --no-cache -t app . > /dev/null 2>&1 & docker pull postgres:16-alpine";

/** The script's time of each frame of the page's thread, in milliseconds, frames without any left out. */
function frames(trace) {
  const { pid, tid } = trace.find((event) => event.name === "FireAnimationFrame");
  const own = trace.filter((event) => event.pid === pid && event.tid === tid);
  const starts = own.filter((event) => event.name === "BeginCommitCompositorFrame").map((event) => event.ts).sort((a, b) => a - b);
  const calls = own.filter((event) => event.ph === "X" && SCRIPT.has(event.name)).sort((a, b) => a.ts - b.ts);
  // By the thread's own clock, which other programs of the computer do not stop, and by the wall's.
  const [times, wall] = [0, 0].map(() => new Array(starts.length + 1).fill(0));
  let end = 0;
  let frame = 0;
  for (const { ts, dur = 0, tdur = dur } of calls) {
    // What runs inside of another call is counted with it.
    if (ts < end) continue;
    end = ts + dur;
    while (frame < starts.length && starts[frame] <= ts) frame += 1;
    times[frame] += tdur / 1000;
    wall[frame] += dur / 1000;
  }
  const busy = (all) => all.filter((time) => time > 0).sort((a, b) => a - b);
  return { all: starts.length, times: busy(times), wall: busy(wall) };
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function round(rate) {
  const lab = await open({ path: "?seed=4&speed=instant", motion: true });
  for (const line of READY) await lab.run(line, 120_000);
  assert.equal(await lab.page.evaluate(() => document.querySelectorAll('[data-part="stage"] .o-group, [data-part="stage"] .o-container').length > 0), true);
  await lab.page.locator('[data-part="speed"] button').first().click();
  const session = await lab.context.newCDPSession(lab.page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
  await lab.type(MOVING);
  // A build that begins shows itself; the Stage is what this is about.
  await lab.page.waitForSelector('[data-pane="build"][aria-current]');
  await lab.page.locator('[data-pane="stage"]').click();
  const events = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  const done = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.start", { traceConfig: { includedCategories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8"], recordMode: "recordAsMuchAsPossible" } });
  await lab.page.waitForTimeout(LONG);
  await session.send("Tracing.end");
  await done;
  assert.ok(await lab.page.locator('[data-pane="stage"][aria-current]').count(), "the Stage is what was drawn");
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  const { all, times, wall } = frames(events);
  await lab.page.locator('[data-part="prompt"]').press("Control+c");
  await lab.close();
  const found = { all, busy: times.length, median: at(times, 0.5), most: at(times, 0.95), worst: times.at(-1) ?? 0 };
  const told = `median ${found.median.toFixed(1)} ms, p95 ${found.most.toFixed(1)} ms, worst ${found.worst.toFixed(1)} ms`;
  console.log(`${rate}x: ${all} frames, ${found.busy} with script: ${told}; by the wall's clock ${at(wall, 0.5).toFixed(1)} and ${at(wall, 0.95).toFixed(1)} ms`);
  assert.ok(found.busy > 20, "something moved");
  return found;
}

test("script leaves a frame its time while much moves", { timeout: 400_000 }, async () => {
  const rounds = [];
  for (let n = 0; n < ROUNDS; n += 1) rounds.push(await round(1));
  const best = rounds.toSorted((a, b) => a.most - b.most)[0];
  // On a slow computer: told, not held.
  await round(4);
  assert.ok(best.median <= MEDIAN && best.most <= MOST, JSON.stringify(best));
});

// Puzzles: what the learner's way took stands beside par, what was undone does not count, the best is kept.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?seed=7&speed=instant&lesson=15-challenges";
const score = (lab) => lab.page.locator('[data-part="score"]');
const undo = async (lab) => {
  await lab.page.locator('[data-part="undo"]').click();
  await lab.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))));
  await lab.idle();
};

test("the learner's way is scored beside par", { timeout: 180_000 }, async () => {
  const lab = await open({ path: START });
  await lab.idle(60_000);
  await lab.run("docker ps -a; docker images");
  await lab.run("docker start sleeper");
  await score(lab).waitFor();
  assert.match(await score(lab).innerText(), /Your way: 3 commands, par 1/);
  assert.equal(await lab.page.locator(".score.met").count(), 0);
  assert.match(await lab.page.locator('[data-part="said"]').innerText(), /Your way: 3 commands, par 1/);
  await lab.shot("par-over");
  await undo(lab);
  await undo(lab);
  assert.equal(await score(lab).count(), 0);
  await lab.run("docker start sleeper");
  await lab.page.locator(".score.met").waitFor();
  assert.match(await score(lab).innerText(), /Par! Your way: 1 command, par 1/);
  assert.deepEqual(await lab.violations(), []);
  await lab.shot("par-met");
  // A longer way later does not hide the best one.
  await undo(lab);
  await lab.run("docker ps -a");
  await lab.run("docker restart sleeper");
  await score(lab).waitFor();
  assert.match(await score(lab).innerText(), /Your way: 2 commands, par 1\s*your best: 1/);
  await lab.shot("par-best");
  // Who comes back goes on where there is something to do, and finds it again at the step.
  await lab.reload();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="lesson"] .title')?.textContent.startsWith("2."));
  await lab.page.locator(".steps button").first().click();
  await score(lab).waitFor();
  assert.match(await score(lab).innerText(), /your best: 1/);
  await lab.close();
});

test("on a phone one goes on from the score", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START, language: "vi", theme: "dark", width: 390, height: 844 });
  await lab.idle(60_000);
  await lab.run("docker start sleeper");
  await score(lab).waitFor();
  await score(lab).scrollIntoViewIfNeeded();
  assert.match(await score(lab).innerText(), /Đạt par! Cách của bạn: 1 lệnh, par 1/);
  await lab.shot("par-phone");
  assert.deepEqual(await lab.violations(), []);
  await score(lab).getByRole("button").click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="lesson"] .title')?.textContent.startsWith("2."));
  await lab.close();
});

// Lessons done by typing, from the first step to the last, in both languages; what the Stage shows
// meanwhile; and that the state outlives a reload, an undo and a failure of the machine.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";
import { answer, drawn, steps } from "./learner.mjs";

const START = "?speed=instant";

for (const id of ["01-image-and-container", "03-containers", "07-end-to-end", "12-i-cannot-reach-it"]) {
  for (const language of ["en", "vi"]) {
    test(`the lesson ${id} is done by typing (${language})`, { timeout: 240_000 }, async () => {
      const lab = await open({ language, path: `${START}&lesson=${id}` });
      const all = steps(id, language);
      // The page goes on by itself when a step is done, but for questions, whose reasons stay in sight.
      const shows = (title) =>
        lab.page.waitForFunction((title) => document.querySelector('[data-part="lesson"] .title').textContent === title, title, {
          timeout: 8000,
        });
      for (const [at, step] of all.entries()) {
        await shows(step.title.replaceAll("`", "")).catch(async () => {
          const checks = await lab.page.locator('[data-part="lesson"]').innerText();
          assert.fail(`step ${at + 1} (${step.title}) is not shown:\n${checks}\n${await lab.terminalText()}`);
        });
        await answer(lab, step.quizzes, true);
        // A wrong way first, which must not count and is taken back; then an unusual right one, where there is one.
        if (step.wrong.length) {
          for (const line of step.wrong) await lab.run(line);
          assert.equal(await lab.page.locator('[data-part="checks"] li.done:only-child, .won').count(), 0, `${step.wrong}`);
          for (const _ of step.wrong) {
            await lab.page.locator('[data-part="undo"]').click();
            await drawn(lab);
            await lab.idle();
          }
        }
        for (const line of step.also.length ? step.also : step.solution) await lab.run(line);
        if (step.quizzes.some(({ form }) => form !== "predict")) {
          await lab.page.locator(".steps button").nth(at).click();
          await answer(lab, step.quizzes);
          await lab.page.locator(".won").waitFor();
          if (at + 1 < all.length) await lab.page.locator(".steps button").nth(at + 1).click();
        }
      }
      await lab.page.waitForFunction(() => document.querySelectorAll(".steps .d, .steps .c").length >= document.querySelectorAll(".steps button").length);
      await lab.page.waitForFunction(
        () => [...document.querySelectorAll('[data-part="checks"] li')].every((item) => item.classList.contains("done")),
        null,
        { timeout: 8000 },
      );
      await lab.shot(`${id}-${language}-end`);
      await lab.close();
    });
  }
}

test("the list of lessons shows how far each is, and opens another with a machine of its own", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  const first = steps("00-first-steps", "en")[0];
  for (const line of first.solution) await lab.run(line);
  await answer(lab, first.quizzes);
  await lab.run("docker run -d --name mine alpine:3.19 sleep 1000");
  await lab.page.locator('[data-part="list"]').click();
  const rows = lab.page.locator('[data-part="lessons"] li');
  await rows.nth(15).waitFor();
  assert.equal(await rows.count(), 17);
  assert.match(await rows.first().innerText(), /1\/\d/);
  await lab.shot("lessons");
  assert.deepEqual(await lab.violations(), []);
  await lab.page.locator('[data-lesson="02-images"]').click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="lesson"] .title'));
  await lab.run("docker ps -aq | wc -l");
  assert.match(await lab.terminalText(), /^0$/m);
  await lab.page.locator('[data-part="list"]').click();
  await lab.page.locator('[data-lesson="00-first-steps"]').click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="stage"]').innerHTML.includes("mine"));
  await lab.reload();
  await lab.page.locator('[data-part="list"]').click();
  assert.match(await rows.first().innerText(), /1\/\d/);
  await lab.close();
});

/** The accessible names of the Stage's objects. */
const labels = (lab) =>
  lab.page.locator('[data-part="stage"] [role="treeitem"]').evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));

const has = (all, ...parts) => all.some((label) => parts.every((part) => label.includes(part)));

test("the Stage's objects appear, change state and go; undo brings them back", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("docker pull alpine:3.19");
  assert.ok(has(await labels(lab), "alpine:3.19"), `${await labels(lab)}`);
  await lab.run("docker run -d --name box alpine:3.19 sleep 1000");
  assert.ok(has(await labels(lab), "box", "running"), `${await labels(lab)}`);
  await lab.run("docker stop -t 0 box");
  assert.ok(has(await labels(lab), "box", "exited"), `${await labels(lab)}`);
  await lab.shot("stage-exited");
  await lab.run("docker rm box");
  assert.ok(!has(await labels(lab), "box", "exited"), `${await labels(lab)}`);
  await lab.page.locator('[data-part="undo"]').click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="stage"]').innerHTML.includes("box"));
  assert.ok(has(await labels(lab), "box", "exited"), `${await labels(lab)}`);
  await lab.close();
});

test("the state outlives a reload", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("docker run -d --name stays alpine:3.19 sleep 1000");
  await lab.run("echo kept > note.txt");
  const before = await labels(lab);
  await lab.reload();
  assert.deepEqual(await labels(lab), before);
  await lab.run("cat note.txt");
  assert.match(await lab.terminalText(), /^kept$/m);
  await lab.close();
});

test("a failure of the machine is survived, without its last input", { timeout: 120_000 }, async () => {
  const lab = await open({ path: `${START}&fault=break`, expected: [/./] });
  await lab.run("docker run -d --name safe alpine:3.19 sleep 1000");
  await lab.type("break");
  const box = lab.page.getByRole("alertdialog");
  await box.waitFor();
  assert.ok(await box.getByRole("link").getAttribute("download"));
  await box.getByRole("button").click();
  await lab.ready();
  assert.ok(has(await labels(lab), "safe", "running"), `${await labels(lab)}`);
  await lab.run("echo alive");
  assert.match(await lab.terminalText(), /^alive$/m);
  await lab.close();
});

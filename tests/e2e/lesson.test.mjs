// The first lesson, done by typing, from its first step to its last, in both languages; what the Stage shows
// meanwhile; and that the state outlives a reload, an undo and a failure of the machine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { open, root, test } from "./harness.mjs";

/** The steps of a lesson's file: title and solution. */
function steps(language) {
  const text = readFileSync(join(root, "lessons", "01-image-and-container", `${language}.md`), "utf8");
  return text
    .split(/^## /m)
    .slice(1)
    .map((part) => ({
      title: part.match(/^(.*?) \{#/)[1],
      solution: part.match(/^```solution\n([^]*?)^```/m)[1].trim().split("\n"),
    }));
}

const START = "?speed=instant";

for (const language of ["en", "vi"]) {
  test(`the lesson is done by typing (${language})`, { timeout: 240_000 }, async () => {
    const lab = await open({ language, path: START });
    const all = steps(language);
    assert.ok(all.length >= 10);
    // The page goes on by itself when a step is done.
    const shows = (title) =>
      lab.page.waitForFunction(
        (title) => document.querySelector('[data-part="lesson"]').textContent.includes(title),
        title,
        { timeout: 8000 },
      );
    for (const [at, step] of all.entries()) {
      await shows(step.title).catch(async () => {
        const checks = await lab.page.locator('[data-part="lesson"]').innerText();
        assert.fail(`step ${at + 1} (${step.title}) is not shown:\n${checks}\n${await lab.terminalText()}`);
      });
      for (const line of step.solution) await lab.run(line);
    }
    await lab.page.waitForFunction(
      () => {
        const items = [...document.querySelectorAll('[data-part="checks"] li')];
        return items.every((item) => item.classList.contains("done"));
      },
      null,
      { timeout: 8000 },
    );
    await lab.shot(`lesson-${language}-end`);
    await lab.close();
  });
}

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

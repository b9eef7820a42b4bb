// How the Stage moves: what is new comes in, what has gone goes out, nothing of it holds up the typing, and
// where motion is not wanted there is none.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant";
const RUN = "docker run -d --name web --network mynet -p 3000:80 -v app-data:/app/data nginx:alpine";
/** What a run brings below the ground. */
const KINDS = ["o-leg", "o-mount", "o-port", "o-socket", "o-browser"];

async function ready(lab) {
  await lab.run("docker pull nginx:alpine");
  await lab.run("docker volume create app-data");
  await lab.run("docker network create mynet");
  await lab.page.waitForFunction(() => !document.querySelector(".fresh"), null, { timeout: 5000 });
}

/** Notes the classes of what moves until the page is still again. */
async function moved(lab, mark, line) {
  await lab.page.evaluate((mark) => {
    globalThis.seen = new Set();
    globalThis.watch = new MutationObserver(() => {
      for (const one of document.querySelectorAll(`[data-part="stage"] .${mark}`)) {
        const moving = one.getAnimations({ subtree: true }).length > 0;
        for (const name of one.classList) if (name.startsWith("o-")) seen.add(moving ? name : `${name} still`);
      }
    });
    watch.observe(document.querySelector('[data-part="stage"]'), { subtree: true, childList: true, attributes: true });
  }, mark);
  await lab.run(line);
  // Typing goes on meanwhile.
  await lab.page.locator('[data-part="prompt"]').focus();
  await lab.page.keyboard.insertText("echo typed");
  assert.equal(await lab.page.locator('[data-part="prompt"]').inputValue(), "echo typed");
  await lab.page.keyboard.press("Control+u");
  await lab.page.waitForFunction((mark) => !document.querySelector(`.${mark}`), mark, { timeout: 5000 });
  return lab.page.evaluate(() => {
    watch.disconnect();
    return [...seen];
  });
}

test("a run's objects move in, and out when it is removed", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START, motion: true });
  await ready(lab);
  const came = await moved(lab, "fresh", RUN);
  for (const kind of [...KINDS, "o-container", "o-writable"]) assert.ok(came.includes(kind), `${kind} is not in ${came}`);
  const went = await moved(lab, "gone", "docker rm -f web");
  for (const kind of [...KINDS, "o-container", "o-writable"]) assert.ok(went.includes(kind), `${kind} is not in ${went}`);
  assert.ok(!went.some((kind) => kind.startsWith("o-volume") || kind.startsWith("o-network")), `${went}`);
  const rail = await moved(lab, "gone", "docker network rm mynet");
  assert.ok(rail.includes("o-network"), `${rail}`);
  const drum = await moved(lab, "gone", "docker volume rm app-data");
  assert.ok(drum.includes("o-volume"), `${drum}`);
  await lab.close();
});

test("without motion what is new is marked and stands still", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await ready(lab);
  const came = await moved(lab, "fresh", RUN);
  for (const kind of KINDS) assert.ok(came.includes(`${kind} still`) && !came.includes(kind), `${kind}: ${came}`);
  await lab.close();
});

test("the arrows lead to what is below the ground", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await ready(lab);
  await lab.run(RUN);
  await lab.page.locator('[data-part="stage"] [role="treeitem"][tabindex="0"]').focus();
  const reached = new Set();
  // Left to right, and down and up again in every column.
  for (let column = 0; column < 24; column += 1) {
    const keys = [...Array(12).fill("ArrowDown"), ...Array(12).fill("ArrowUp"), "ArrowRight"];
    for (const key of keys) {
      reached.add(await lab.page.evaluate(() => document.activeElement.getAttribute("aria-label")));
      await lab.page.keyboard.press(key);
    }
  }
  const all = lab.page.locator('[data-part="stage"] [role="treeitem"]');
  const names = await all.evaluateAll((items) => items.map((item) => item.getAttribute("aria-label")));
  assert.ok(names.length > 15, names.join("\n"));
  for (const name of [...names, "Network mynet", "Volume app-data", "Socket 0.0.0.0:3000", "Your browser"])
    assert.ok([...reached].some((label) => label.startsWith(name)), `${name} is not in ${[...reached].join("\n")}`);
  await lab.close();
});

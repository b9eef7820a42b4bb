// Every motion of the Stage: what moves when it begins, and what stands when it has ended. A command is one sentence of
// motion: when it is over nothing is marked, and nothing that has gone is left.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant&seed=4";
const STAGE = '[data-part="stage"]';

/** Command, marks that are seen on the way (mark and kind), what stands at the end, and what does not. */
const MOTIONS = [
  ["docker pull nginx:alpine", ["fresh o-layer", "fresh o-image"], [".o-image", ".o-layer"], []],
  ["docker volume create data", ["fresh o-volume"], ['[data-key="volume:data"]'], []],
  ["docker network create back", ["fresh o-network"], [".o-network.net-2"], []],
  [
    "docker run -d --name web --network back -v data:/data -p 8080:80 nginx:alpine",
    ["fresh o-band", "fresh o-ghosts", "fresh o-container", "fresh o-writable", "fresh o-leg", "fresh o-mount", "fresh o-port", "fresh o-socket", "fresh o-browser"],
    [".o-container.st-running", ".o-writable", ".o-leg.on", ".o-port .plug", ".o-browser"],
    [],
  ],
  ["docker exec web sh -c 'echo new > /new.txt'", ["wrote o-writable"], [".o-writable"], []],
  ["docker exec web sed -i s/Welcome/Hello/ /usr/share/nginx/html/index.html", ["wrote o-writable", "copied o-writable"], [".o-writable"], []],
  ["docker pause web", [], [".o-container.st-paused .held .trace", ".o-container .bars"], [".st-running"]],
  ["docker unpause web", [], [".o-container.st-running .on .trace"], [".held", ".bars"]],
  ["docker commit web site:1", ["fresh o-layer", "fresh o-image"], [".o-image"], []],
  ["docker run -d --name slow alpine:3.19 sleep 1000", ["fresh o-container"], [".o-container.st-running"], []],
  ["docker stop slow", ["stopping o-container"], [".o-container.st-failed .off .trace"], [".stopping", ".grace"]],
  ["docker rm slow", ["gone o-container", "gone o-ghosts", "gone o-writable"], [], [".st-failed"]],
  ["docker kill web", ["gone o-port", "gone o-socket"], [".o-container.st-failed", ".o-writable"], [".o-port", ".o-socket", ".o-browser"]],
  ["docker rm web", ["gone o-container", "gone o-writable", "gone o-band", "gone o-mount"], ['[data-key="volume:data"]'], [".o-container", ".o-mount"]],
  ["docker rmi site:1", ["gone o-image", "gone o-layer"], [".o-image"], []],
  ["docker network rm back", ["gone o-network"], [], [".o-network.net-2"]],
  ["docker volume rm data", ["gone o-volume"], [], [".o-volume"]],
];

/** Notes the marks of what moves from now on. */
const watch = (lab) =>
  lab.page.evaluate((stage) => {
    globalThis.seen = new Set();
    const look = () => {
      for (const mark of ["fresh", "gone", "wrote", "copied", "stopping"])
        for (const one of document.querySelectorAll(`${stage} .${mark}`))
          for (const name of one.classList) if (name.startsWith("o-")) seen.add(`${mark} ${name}`);
    };
    globalThis.watching?.disconnect();
    globalThis.watching = new MutationObserver(look);
    watching.observe(document.querySelector(stage), { subtree: true, childList: true, attributes: true });
  }, STAGE);

test("every motion begins and ends", { timeout: 240_000 }, async () => {
  const lab = await open({ path: START, motion: true });
  for (const [line, moving, there, gone] of MOTIONS) {
    // A container's grace period passes as slowly as it does for the learner.
    const slow = line === "docker stop slow";
    if (slow) await lab.page.locator('[data-part="speed"] button').nth(1).click();
    await watch(lab);
    await lab.run(line, 60_000);
    if (slow) await lab.page.locator('[data-part="speed"] button').nth(2).click();
    await lab.page.waitForFunction((stage) => !document.querySelector(`${stage} :is(.fresh, .gone, .wrote)`), STAGE, { timeout: 5000 });
    const seen = await lab.page.evaluate(() => [...seen]);
    if (/new\.txt/.test(line)) assert.ok(!seen.includes("copied o-writable"), "what is new is copied from nowhere");
    for (const mark of moving) assert.ok(seen.includes(mark), `${line}: ${mark} is not in ${seen}`);
    for (const selector of there) assert.ok((await lab.page.locator(`${STAGE} ${selector}`).count()) > 0, `${line}: no ${selector}`);
    for (const selector of gone) assert.equal(await lab.page.locator(`${STAGE} ${selector}`).count(), 0, `${line}: ${selector}`);
    // What is over lies still.
    await lab.page.waitForFunction((stage) => document.querySelector(stage).getAnimations({ subtree: true }).every((one) => one.playState !== "running"), STAGE, { timeout: 3000 });
  }
  await lab.close();
});

test("a build's plates wait, run and stand in its graph, and its image on the Stage", { timeout: 120_000 }, async () => {
  const lab = await open({ path: "?seed=4", motion: true });
  await lab.run("docker pull node:18-alpine", 60_000);
  // Steps are there from the beginning; what becomes of them is seen on the way.
  await lab.page.evaluate((stage) => {
    globalThis.looks = new Set();
    new MutationObserver(() => {
      for (const one of document.querySelectorAll(`${stage} .o-step`)) for (const name of one.classList) looks.add(name);
    }).observe(document.querySelector(stage), { subtree: true, childList: true, attributes: true });
  }, STAGE);
  await lab.run("docker build -t app .", 60_000);
  const looks = await lab.page.evaluate(() => [...looks]);
  for (const look of ["wait", "going", "built"]) assert.ok(looks.includes(look), `${look} is not in ${looks}`);
  const last = await lab.page.locator(`${STAGE} .o-step`).evaluateAll((all) => all.map((one) => one.classList.value));
  assert.ok(last.length > 0 && last.every((look) => !/\b(wait|going)\b/.test(look)), `${last}`);
  await lab.page.locator('[data-pane="stage"]').click();
  await lab.page.waitForSelector(`${STAGE} [aria-label^="Image app"]`);
  await lab.close();
});

test("typing is not held up, and a new command ends the motion of the one before", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START, motion: true });
  await lab.run("docker pull nginx:alpine");
  await lab.run("docker run -d --name web nginx:alpine");
  await lab.type("docker pause web");
  await lab.page.keyboard.insertText("docker ps");
  assert.equal(await lab.page.locator('[data-part="prompt"]').inputValue(), "docker ps");
  await lab.page.keyboard.press("Enter");
  await lab.idle();
  await lab.page.waitForFunction((stage) => !document.querySelector(`${stage} .fresh`), STAGE, { timeout: 3000 });
  await lab.close();
});

// The timeline: every moment of a sitting can be looked at, the present is what it was afterwards, undo goes on from
// there, and two moments can be laid beside each other.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant&seed=4";
const LINES = [
  "docker pull alpine:3.19", "docker volume create data", "docker network create back", "docker images", "docker volume ls",
  "docker run -d --name web -v data:/data -p 8080:80 nginx:alpine", "docker run -d --name db --network back alpine:3.19 sleep 1000",
  "docker ps", "docker exec web sed -i s/Welcome/Hello/ /usr/share/nginx/html/index.html", "docker diff web",
  "docker pause db", "docker ps -a", "docker unpause db", "docker stop -t 0 db", "docker start db",
  "docker commit web site:1", "docker tag site:1 site:2", "docker run -d --name site site:2", "docker network connect back site", "docker logs site",
  "docker rename site shop", "docker kill shop", "docker rm shop", "docker rmi site:1", "docker volume create more",
  "docker run --rm alpine:3.19 echo hi", "docker create --name later alpine:3.19", "docker rm -f web", "docker network rm back", "docker ps -a",
];

/** What is on the Stage: the keys and names of its objects, and where they are. */
const stage = (lab) =>
  lab.page.evaluate(() =>
    [...document.querySelectorAll('[data-part="stage"] g[data-key]:not(.gone)')]
      .map((one) => `${one.dataset.key} ${one.style.transform} ${one.querySelector(":scope > [role=treeitem]")?.getAttribute("aria-label") ?? ""}`)
      .sort(),
  );
const tick = (lab, n) => lab.page.locator('[data-part="ticks"] button').nth(n);
const settled = (lab) => lab.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));

async function look(lab, n) {
  await tick(lab, n).click();
  await lab.page.waitForFunction((n) => document.querySelectorAll('[data-part="ticks"] button')[n].ariaCurrent === "step", n);
  await settled(lab);
}

test("every moment of thirty commands is there, forwards and back", { timeout: 240_000 }, async () => {
  const lab = await open({ path: START });
  const then = [];
  for (const line of LINES) {
    await lab.run(line);
    await lab.page.locator('[data-pane="stage"]').click();
    await settled(lab);
    then.push(await stage(lab));
  }
  assert.equal(await lab.page.locator('[data-part="ticks"] li').count(), LINES.length);
  const now = await stage(lab);
  const screen = await lab.terminalText();
  // What a command left behind while it is the newest may be folded otherwise by what settled since: names are compared.
  const names = (all) => all.map((one) => one.split(" ")[0]);
  for (const n of [...LINES.keys(), ...[...LINES.keys()].reverse()]) {
    await look(lab, n);
    assert.deepEqual(names(await stage(lab)), names(then[n]), `after ${LINES[n]}`);
  }
  await lab.page.locator('[data-part="ticks"] button').last().click();
  await settled(lab);
  assert.deepEqual(await stage(lab), now, "the present is as it was");
  assert.equal(await lab.terminalText(), screen);
  await lab.run("docker volume ls -q");
  assert.match(await lab.terminalText(), /\ndata\nmore(\n|$)/);
  await lab.close();
});

test("undo after looking back undoes the newest command", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  for (const line of LINES.slice(0, 8)) await lab.run(line);
  await look(lab, 1);
  assert.ok(!(await stage(lab)).some((one) => one.startsWith("container:")), "no container yet");
  await lab.page.locator('[data-part="undo"]').click();
  await lab.page.waitForFunction(() => document.querySelectorAll('[data-part="ticks"] li').length === 7);
  await lab.page.locator('[data-part="undo"]').click();
  await lab.page.waitForFunction(() => document.querySelectorAll('[data-part="ticks"] li').length === 6);
  await settled(lab);
  assert.equal(await lab.page.locator(".past").count(), 0, "the present is looked at");
  const left = (await stage(lab)).filter((one) => one.startsWith("container:"));
  assert.equal(left.length, 1, `${left}`);
  await lab.page.locator('[data-part="redo"]').click();
  await lab.page.waitForFunction(() => document.querySelectorAll('[data-part="ticks"] li').length === 7);
  await lab.run("docker ps --format '{{.Names}}'");
  assert.match(await lab.terminalText(), /\ndb\nweb(\n|$)/);
  await lab.close();
});

test("two moments are laid beside each other", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  for (const line of LINES.slice(0, 14)) await lab.run(line);
  await lab.page.locator('[data-part="compare"]').click();
  const panel = lab.page.locator('[data-part="moments"]');
  await panel.waitFor();
  assert.match(await panel.innerText(), /Changed[^]*db: running → exited/i);
  await panel.locator("select").first().selectOption("6");
  await lab.page.waitForFunction(() => document.querySelectorAll('[data-part="moments"] .add').length === 1);
  assert.match(await panel.innerText(), /Added[^]*db \(exited[^]*Changed[^]*web: writable/i);
  assert.equal(await lab.page.locator('[data-part="stage"] .is-new.o-container').count(), 1);
  assert.equal(await lab.page.locator('[data-part="stage"] .is-changed.o-container').count(), 1);
  // The later moment is what the Stage shows.
  await panel.locator("select").nth(1).selectOption("7");
  await lab.page.waitForSelector(".past");
  assert.match(await panel.innerText(), /db \(running\)/);
  assert.deepEqual(await lab.violations(), []);
  await lab.shot("compare");
  await panel.locator("select").first().press("Escape");
  await panel.waitFor({ state: "detached" });
  await lab.close();
});

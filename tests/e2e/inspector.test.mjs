// The inspector: what is selected on the Stage, with its files by layer, its logs, its states, and the command that
// shows the same.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant";
const RUN = "docker run -d --name web -p 8080:80 -v site:/data nginx:alpine";

/** Chooses an object of the Stage by its accessible name, as a click does. */
async function choose(lab, name, title = name.split(" ").at(-1)) {
  await lab.page.locator(`[data-part="stage"] g:has(> [role=treeitem][aria-label^="${name}"])`).first().dispatchEvent("click");
  await lab.page.waitForSelector(`[data-part="inspector"][aria-label$="${title}"]`);
}

async function tab(lab, name) {
  await lab.page.locator(".itabs button", { hasText: name }).click();
  await lab.page.waitForSelector(`.ibody[aria-label="${name}"]`);
}
const body = (lab) => lab.page.locator(".ibody").innerText();

async function web(options = {}) {
  const lab = await open({ path: START, ...options });
  await lab.run(RUN);
  await lab.run("docker exec web sed -i s/Welcome/Xin-chao/ /usr/share/nginx/html/index.html");
  await lab.run("docker exec web rm /usr/share/nginx/html/50x.html");
  await lab.run("curl -s localhost:8080 > /dev/null");
  return lab;
}

test("a container is inspected tab by tab", { timeout: 180_000 }, async () => {
  const lab = await web();
  await choose(lab, "Container web");
  assert.match(await body(lab), /nginx:alpine/);
  await tab(lab, "Files");
  await lab.page.locator('[data-part="layer-files"] button', { hasText: "index.html" }).click();
  await lab.page.waitForSelector('[data-part="story"]');
  assert.match(await lab.page.locator('[data-part="story"]').innerText(), /copied/);
  const row = lab.page.locator('[data-part="layer-files"] li.wr', { hasText: "50x.html" });
  assert.match(await row.innerText(), /D\s*whiteout/);
  await lab.shot("inspector-files");
  // One layer alone.
  await lab.page.locator(".strip button").first().click();
  await lab.page.waitForFunction(() => !document.querySelector('[data-part="layer-files"] li:not(.wr)'));
  await tab(lab, "Logs");
  assert.match(await body(lab), /GET \/ HTTP\/1\.1/);
  await tab(lab, "Processes");
  assert.match(await body(lab), /nginx: master process/);
  await tab(lab, "Network");
  assert.match(await body(lab), /8080 → 80\/tcp/);
  await tab(lab, "Stats");
  assert.ok((await lab.page.locator(".charts polyline").count()) >= 2);
  await tab(lab, "JSON");
  assert.match(await body(lab), /"Name": "\/web"/);
  // The command below types the same.
  await lab.page.locator(".insp footer .same").click();
  await lab.page.waitForFunction(() => !document.documentElement.hasAttribute("data-busy"));
  assert.match(await lab.terminalText(), /docker inspect web/);
  await lab.close();
});

test("the states' edges run their commands, and the past is inspected as it was", { timeout: 180_000 }, async () => {
  const lab = await web();
  await choose(lab, "Container web");
  await lab.page.locator('[data-part="life"] button', { hasText: /^pause$/ }).click();
  await lab.page.waitForFunction(() => document.querySelector(".insp .state")?.textContent.includes("Paused"));
  const closed = lab.page.locator('[data-part="life"] button[aria-disabled="true"]', { hasText: /^stop$/ });
  assert.equal(await closed.count(), 1);
  await tab(lab, "Files");
  assert.equal(await lab.page.locator('[data-part="layer-files"] li.wr', { hasText: "50x.html" }).count(), 1);
  // Before the file was deleted.
  await lab.page.locator('[data-part="ticks"] button').nth(1).click();
  await lab.page.waitForFunction(() => !document.querySelector('[data-part="layer-files"] .gone'));
  await lab.close();
});

test("images, layers, volumes and networks are inspected too", { timeout: 180_000 }, async () => {
  const lab = await web();
  await choose(lab, "Image nginx:alpine");
  assert.match(await body(lab), /80\/tcp/);
  await choose(lab, "Layer", "nginx:alpine");
  await lab.page.waitForSelector(".score");
  assert.match(await body(lab), /Efficiency/);
  await lab.shot("inspector-layers");
  await choose(lab, "Volume site");
  assert.match(await body(lab), /\/var\/lib\/docker\/volumes\/site\/_data/);
  await choose(lab, "Network bridge");
  assert.match(await body(lab), /172\.17\.0\.0\/16/);
  // Escape leads back to the prompt.
  await lab.page.locator(".insp").press("Escape");
  await lab.page.waitForSelector('[data-part="inspector"]', { state: "detached" });
  await lab.close();
});

for (const [language, theme] of [["vi", "light"], ["en", "dark"]]) {
  test(`by keyboard, without a violation (${language}, ${theme})`, { timeout: 180_000 }, async () => {
    const lab = await web({ language, theme });
    await lab.page.locator('[role=treeitem][aria-label^="Container web"]').focus();
    await lab.page.keyboard.press("Enter");
    await lab.page.waitForFunction(() => document.activeElement?.classList.contains("insp"));
    const names = await lab.page.locator(".itabs button").allInnerTexts();
    assert.equal(names.length, 8);
    for (const name of names) {
      await tab(lab, name);
      assert.deepEqual(await lab.violations(), []);
      await lab.shot(`inspector-${language}-${theme}-${names.indexOf(name)}`);
    }
    await lab.close();
  });
}

test("on a phone and in an embedded page it lies over the rest and can be closed", { timeout: 180_000 }, async () => {
  for (const size of [{ width: 390, height: 844 }, { width: 720, height: 420, path: `${START}&embed` }]) {
    const lab = await web(size);
    await choose(lab, "Container web");
    await tab(lab, "Files");
    await lab.shot(`inspector-${size.width}`);
    const box = await lab.page.locator(".insp").boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= size.width && box.y + box.height <= size.height + 1, JSON.stringify(box));
    await lab.page.locator(".insp .shut").click();
    await lab.page.waitForSelector('[data-part="inspector"]', { state: "detached" });
    await lab.close();
  }
});

test("a group of the Stage opens, and each of what it holds can be chosen from it", { timeout: 180_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("for n in $(seq 12); do docker run -d --name n$n alpine:3.19 sleep 10000; done");
  const group = lab.page.locator('[data-part="stage"] [role=treeitem][aria-label^="Group of"]').first();
  const label = await group.getAttribute("aria-label");
  const count = Number(label.match(/\d+/));
  // By keyboard, as by mouse.
  await group.focus();
  await lab.page.keyboard.press("Enter");
  await lab.page.waitForSelector('[data-part="members"]');
  assert.equal(await lab.page.locator(".insp h2").innerText(), "alpine:3.19 · Running");
  const members = lab.page.locator('[data-part="members"] button');
  assert.ok((await members.count()) >= count, `${await members.count()} of ${label}`);
  await lab.shot("inspector-group");
  await members.filter({ hasText: "n3" }).first().focus();
  await lab.page.keyboard.press("Enter");
  await lab.page.waitForSelector('[data-part="inspector"][aria-label="Inspector: n3"]');
  // It has left its group and stands open; the focus went along.
  await lab.page.waitForSelector('[data-part="stage"] [role=treeitem][aria-label^="Container n3,"][aria-selected=true]');
  await lab.page.waitForFunction(() => document.activeElement?.closest(".insp"));
  await lab.close();
});

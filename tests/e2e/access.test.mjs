// Every view without a violation, in both themes and languages; every action by keyboard alone; every object of the
// Stage by name.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant&seed=4";
const LINES = [
  "docker build -t myapp:1.0 .",
  "docker run -d --name web -p 3000:3000 -v data:/data myapp:1.0",
  "docker run -d --name worker alpine:3.19 sleep 1000",
  "docker kill worker",
  "docker network create back",
  "docker run -d --name web2 -p 3000:3000 myapp:1.0",
];
const settled = (lab) => lab.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));

/** Views, each with how to get there from the one before. */
const VIEWS = {
  "the Stage with the coach": (lab) => lab.page.locator('[data-pane="stage"]').click(),
  "a build": (lab) => lab.page.locator('[data-pane="build"]').click(),
  files: (lab) => lab.page.locator('[data-pane="files"]').click(),
  "the browser": (lab) => lab.page.locator('[data-pane="browser"]').click(),
  "the kitchen": async (lab) => {
    await lab.page.locator('[data-pane="stage"]').click();
    await lab.page.locator('[data-part="lens"] button').nth(1).click();
  },
  "the past": async (lab) => {
    await lab.page.locator('[data-part="lens-told"] .pri').click();
    await lab.page.locator('[data-pane="stage"]').click();
    await lab.page.locator('[data-part="ticks"] button').nth(1).click();
  },
  "two moments": (lab) => lab.page.locator('[data-part="compare"]').click(),
  switches: async (lab) => {
    await lab.page.locator('[data-part="compare"]').click();
    await lab.page.locator(".tools button[aria-expanded]").first().click();
  },
  sharing: (lab) => lab.page.locator('[data-part="share"]').click(),
  "an audience": async (lab) => {
    await lab.page.locator('[data-part="share"]').click();
    await lab.page.locator('[data-part="present"]').click();
  },
  "the list of lessons": async (lab) => {
    await lab.page.locator('[data-part="present"]').click();
    await lab.page.locator('[data-part="list"]').click();
  },
};

for (const language of ["vi", "en"]) {
  for (const theme of ["light", "dark"]) {
    test(`no view has a violation (${language}, ${theme})`, { timeout: 300_000 }, async () => {
      const lab = await open({ path: START, language, theme });
      for (const line of LINES) await lab.run(line);
      for (const [name, go] of Object.entries(VIEWS)) {
        await go(lab);
        await settled(lab);
        await lab.shot(`view-${name.replaceAll(" ", "-")}-${language}-${theme}`);
        assert.deepEqual(await lab.violations(), [], name);
      }
      await lab.close();
    });
  }
}

test("a phone's views have no violation", { timeout: 180_000 }, async () => {
  for (const theme of ["light", "dark"]) {
    const lab = await open({ path: START, width: 390, height: 844, theme, language: "vi" });
    for (const line of LINES) await lab.run(line);
    for (const pane of ["stage", "build", "files", "browser"]) {
      await lab.page.locator(`[data-pane="${pane}"]`).click();
      await settled(lab);
      assert.deepEqual(await lab.violations(), [], pane);
    }
    await lab.close();
  }
});

/** What can be acted on and is in sight; a tab order that goes round once must come by all of it. */
const ACTIONS = 'button:not(:disabled), a[href], input, textarea, select, summary, [role="treeitem"][tabindex="0"]';

test("the tab key leads to every action in every view, and Enter does it", { timeout: 300_000 }, async () => {
  const lab = await open({ path: START });
  for (const line of LINES) await lab.run(line);
  for (const [name, go] of Object.entries(VIEWS)) {
    await go(lab);
    await settled(lab);
    await lab.page.evaluate((actions) => {
      const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.tabIndex >= 0 && !one.closest("[inert]");
      globalThis.missing = new Set([...document.querySelectorAll(actions)].filter(seen));
    }, ACTIONS);
    const count = await lab.page.evaluate(() => missing.size);
    for (let step = 0; step < count * 2 + 30; step += 1) {
      const left = await lab.page.evaluate(() => {
        missing.delete(document.activeElement);
        return missing.size;
      });
      if (left === 0) break;
      await lab.page.keyboard.press("Tab");
    }
    const missed = await lab.page.evaluate(() => [...missing].map((one) => one.outerHTML.slice(0, 120)));
    assert.deepEqual(missed, [], `${name}: ${count} actions`);
  }
  await lab.close();
});

test("each kind of action is done by keyboard alone", { timeout: 180_000 }, async () => {
  const lab = await open({ path: START });
  for (const line of LINES.slice(0, 3)) await lab.run(line);
  const enter = async (selector) => {
    await lab.page.locator(selector).first().focus();
    await lab.page.keyboard.press("Enter");
    await settled(lab);
  };
  await enter('[data-part="ticks"] li:nth-child(1) button');
  await lab.page.waitForSelector(".past");
  await enter(".past button");
  await lab.page.waitForSelector(".past", { state: "detached" });
  await enter('[data-part="undo"]');
  await lab.page.waitForFunction(() => document.querySelectorAll('[data-part="ticks"] li').length === 2);
  await enter('[data-part="redo"]');
  await lab.page.waitForFunction(() => document.querySelectorAll('[data-part="ticks"] li').length === 3);
  for (const pane of ["build", "files", "browser", "stage"]) {
    await enter(`[data-pane="${pane}"]`);
    await lab.page.waitForSelector(`[data-pane="${pane}"][aria-current]`);
  }
  await lab.page.locator('[role=treeitem][aria-label^="Container web"]').focus();
  await lab.page.keyboard.press("Enter");
  await lab.page.waitForFunction(() => document.activeElement?.classList.contains("insp"));
  await enter('[data-part="life"] button:not([aria-disabled="true"])');
  await lab.idle();
  await lab.page.locator(".insp").press("Escape");
  await lab.page.waitForFunction(() => document.activeElement?.dataset.part === "prompt");
  await enter('[data-part="compare"]');
  await lab.page.locator('[data-part="moments"] select').first().focus();
  await lab.page.keyboard.press("ArrowUp");
  await lab.page.keyboard.press("Escape");
  await lab.page.waitForSelector('[data-part="moments"]', { state: "detached" });
  await enter('[data-part="lens"] button:nth-child(2)');
  await lab.page.waitForSelector('[data-part="lens-told"]');
  await enter('[data-part="lens-told"] .pri');
  await lab.page.keyboard.press("F8");
  await lab.page.waitForSelector(".app.present");
  await lab.close();
});

test("every object of the Stage has a name in the tree, in both languages", { timeout: 180_000 }, async () => {
  for (const language of ["vi", "en"]) {
    const lab = await open({ path: START, language });
    for (const line of [...LINES, "docker volume create unused", "for n in 1 2 3 4 5 6 7 8 9; do docker create busybox; done"]) await lab.run(line);
    await lab.page.locator('[data-pane="stage"]').click();
    await settled(lab);
    const { named, silent } = await lab.page.evaluate(() => {
      const all = [...document.querySelectorAll('[data-part="stage"] g[data-key]')];
      const name = (one) => one.querySelector(":scope > [role=treeitem]")?.getAttribute("aria-label");
      const kind = (one) => one.dataset.key.split(":")[0];
      return { named: all.map(name).filter(Boolean), silent: all.filter((one) => !name(one)).map(kind) };
    });
    // Bands, ghosts and remarks say nothing that an object's name does not.
    for (const kind of silent) assert.ok(["band", "ghosts", "note", "fold", "feet"].includes(kind), kind);
    const said = named.join("\n");
    for (const name of ["web", "worker", "myapp:1.0", "data", "unused", "back", "bridge", "host", "none", "busybox"]) assert.ok(said.includes(name), `${name} is not in\n${said}`);
    await lab.close();
  }
});

// What is kept in the browser: several tabs, no room, storage forbidden or damaged, other forms. Nothing is lost that
// could be kept, and the page always starts.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FLAGS, Lab, lab as machine, open, root, test } from "./harness.mjs";

const START = "?speed=instant&lesson=01-image-and-container";
const KEY = "layerlab.session/01-image-and-container";
const all = (lab) => lab.page.evaluate(() => Object.fromEntries(Object.entries(localStorage)));
const get = (lab, key) => lab.page.evaluate((key) => localStorage.getItem(key), key);
const put = (lab, values) => lab.page.evaluate((values) => Object.entries(values).forEach(([key, value]) => localStorage.setItem(key, value)), values);
const ticks = (lab) => lab.page.locator('[data-part="ticks"] li').count();
const share = (lab) => lab.page.locator('[data-part="share"]').click();
const told = (lab) => lab.page.locator('[data-part="unkept"]');

test("two tabs of one lesson keep both sessions", { timeout: 120_000 }, async () => {
  const one = await open({ path: START });
  await one.run("echo before");
  const two = await open({ path: START, context: one.context });
  assert.equal(await ticks(two), 1);
  await one.run("echo in-one");
  await two.run("echo in-two");
  await one.run("echo one-again");
  await two.run("echo two-again");
  const kept = await all(one);
  assert.match(kept[KEY], /one-again/);
  assert.doesNotMatch(kept[KEY], /in-two/);
  const beside = Object.entries(kept).filter(([key]) => key.startsWith("layerlab.beside/"));
  assert.equal(beside.length, 1);
  assert.match(beside[0][1], /in-two.*two-again/);
  await share(two);
  assert.match(await told(two).innerText(), /another tab/);
  assert.deepEqual(await two.violations(), []);
  await two.shot("keeping-beside");
  // Each tab comes back to its own.
  for (const [lab, text] of [[one, "one-again"], [two, "two-again"]]) {
    await lab.reload();
    assert.equal(await ticks(lab), 3);
    assert.match(await lab.terminalText(), new RegExp(`^${text}$`, "m"));
  }
  // When its tab is gone, the one beside is taken back like any that was laid aside, and the other is not lost.
  await two.page.close();
  await share(one);
  await Promise.all([one.page.waitForNavigation(), one.page.locator('[data-part="aside"]').click()]);
  await one.ready();
  assert.match(await one.terminalText(), /^two-again$/m);
  assert.match((await all(one))["layerlab.log.aside"], /one-again/);
  await one.close();
});

test("tabs of different lessons don't meet", { timeout: 120_000 }, async () => {
  const one = await open({ path: START });
  await one.run("echo in-one");
  const two = await open({ path: "?speed=instant&lesson=02-images", context: one.context });
  await two.run("echo in-two");
  await one.run("echo one-again");
  const kept = await all(one);
  assert.match(kept[KEY], /one-again/);
  assert.match(kept["layerlab.session/02-images"], /in-two/);
  assert.equal(await one.page.locator("html[data-unkept]").count(), 0);
  await two.close({ keep: true });
  await one.close();
});

test("without room the page goes on, says so, and loses nothing that was there", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("echo kept");
  await lab.page.evaluate(() => {
    for (let size = 1 << 20; size >= 1; size >>= 1) {
      for (let n = 0; ; n += 1) {
        try {
          localStorage.setItem(`filler${size}.${n}`, "x".repeat(size));
        } catch {
          break;
        }
      }
    }
  });
  await lab.run("docker run -d --name web nginx:alpine");
  await lab.run("echo lost-if-closed");
  // Some letters may have had room; what there was is still there.
  assert.match(await get(lab, KEY), /echo kept/);
  assert.doesNotMatch(await get(lab, KEY), /lost-if-closed/);
  await lab.page.locator('html[data-unkept="full"]').waitFor({ state: "attached" });
  await share(lab);
  assert.match(await told(lab).innerText(), /no room/);
  assert.deepEqual(await lab.violations(), []);
  await lab.shot("keeping-full");
  await share(lab);
  // The learner makes room: what was done meanwhile is kept with the next command.
  await lab.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("filler")).forEach((key) => localStorage.removeItem(key)));
  await lab.run("echo room");
  assert.match(await get(lab, KEY), /lost-if-closed.*room/);
  assert.equal(await lab.page.locator("html[data-unkept]").count(), 0);
  await lab.reload();
  assert.equal(await ticks(lab), 4);
  await lab.close();
});

test("whatever stands in the storage, the page starts and throws nothing away", { timeout: 240_000 }, async () => {
  const good = await open({ path: START });
  await good.run("echo good");
  const log = await get(good, KEY);
  const keys = ["lesson", "progress", "par", "own", "fault", "lang", "theme", "speed", "log.aside", "form"].map((key) => `layerlab.${key}`);
  for (const damaged of ["", "{", "null", "[]", log.slice(0, -20), log.replace("boot", "root"), "\u0000\ufffd".repeat(9), "9".repeat(9999)]) {
    await put(good, { [KEY]: damaged });
    await good.reload();
    await good.run("echo alive");
    assert.match(await good.terminalText(), /^alive$/m, damaged.slice(0, 20));
    const kept = await all(good);
    assert.ok(Object.entries(kept).some(([key, value]) => key.startsWith("layerlab.unread/") && value === damaged), `${damaged.slice(0, 20)} is thrown away`);
    assert.match(kept[KEY], /alive/);
    await good.page.evaluate(() => Object.keys(localStorage).filter((key) => /unread|session/.test(key)).forEach((key) => localStorage.removeItem(key)));
  }
  for (const damaged of ["", "\n\t\n", "{\"a\":1}", "1=1=1 =\t=\n", "ÿ".repeat(999)]) {
    await put(good, Object.fromEntries(keys.map((key) => [key, damaged])));
    await good.reload();
    await good.run("echo alive");
    assert.match(await good.terminalText(), /^alive$/m);
  }
  await put(good, { [KEY]: "unreadable", "layerlab.lang": "en" });
  await good.reload();
  await share(good);
  const [download] = await Promise.all([good.page.waitForEvent("download"), good.page.locator('[data-part="unread"]').click()]);
  assert.equal(download.suggestedFilename(), "layerlab-unread.txt");
  await good.close();
});

test("a replay that brought the page down does not come again, and is kept", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("echo once");
  const log = await get(lab, KEY);
  // As if the tab had died in the midst of it: nothing takes the mark away.
  await lab.page.evaluate(() => addEventListener("pagehide", () => sessionStorage.setItem("layerlab.replaying", "1")));
  await lab.reload();
  assert.equal(await ticks(lab), 0);
  assert.equal(await get(lab, "layerlab.unread/0"), log);
  // Another tab is not to be blamed for it.
  const other = await open({ path: START, context: lab.context });
  await other.run("echo fine");
  await other.reload();
  assert.equal(await ticks(other), 1);
  await other.close({ keep: true });
  await lab.close();
});

test("what the first form kept is moved, all of it", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("echo first");
  const one = await get(lab, KEY);
  await lab.page.goto(new URL("?speed=instant&lesson=02-images", lab.page.url()).href);
  await lab.ready();
  await lab.run("echo second");
  const two = await get(lab, "layerlab.session/02-images");
  await lab.page.evaluate(() => localStorage.clear());
  const old = one.replace("echo first", "echo older");
  await put(lab, { "layerlab.log.1": one, "layerlab.log.1/02-images": two, "layerlab.log.1/01-image-and-container": old, "layerlab.log.unread": "what", "layerlab.lesson": "01-image-and-container", "layerlab.progress": "02-images=3" });
  await lab.page.goto(new URL("?speed=instant", lab.page.url()).href);
  await lab.ready();
  assert.match(await lab.terminalText(), /^first$/m);
  const kept = await all(lab);
  assert.equal(kept[KEY], one);
  assert.equal(kept["layerlab.session/02-images"], two);
  assert.equal(kept["layerlab.log.aside"], `${old}\n`);
  assert.equal(kept["layerlab.unread/0"], "what");
  assert.equal(kept["layerlab.form"], "2");
  assert.deepEqual(Object.keys(kept).filter((key) => /log\.1|log\.unread/.test(key)), []);
  assert.equal(kept["layerlab.progress"].includes("02-images=3"), true);
  await lab.close();
});

test("what a newer version keeps is left alone", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  const newer = { "layerlab.form": "3", [KEY]: "what only a newer one reads", "layerlab.sessions.3": "more" };
  await put(lab, newer);
  await lab.reload();
  await lab.run("echo older");
  await lab.page.locator('html[data-unkept="newer"]').waitFor({ state: "attached" });
  const kept = await all(lab);
  for (const [key, value] of Object.entries(newer)) assert.equal(kept[key], value);
  await share(lab);
  assert.match(await told(lab).innerText(), /newer version/);
  await lab.close();
});

test("where the browser forbids storage the page works and says so", { timeout: 120_000 }, async () => {
  const { server } = await machine();
  const modules = process.env.LAYERLAB_NODE_MODULES ?? join(root, "node_modules");
  const { chromium } = createRequire(join(modules, "anchor.js"))("playwright-core");
  // A reader's own setting: no site may keep anything.
  const profile = mkdtempSync(join(tmpdir(), "layerlab-profile-"));
  mkdirSync(join(profile, "Default"));
  writeFileSync(join(profile, "Default", "Preferences"), JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } }));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.LAYERLAB_CHROMIUM ?? "/usr/bin/chromium",
    args: FLAGS,
    viewport: { width: 1440, height: 900 },
    locale: "en",
    reducedMotion: "reduce",
    serviceWorkers: "block",
  });
  const page = await context.newPage();
  const lab = new Lab(page, context, new URL(server.address).origin, []);
  await page.goto(server.address + START);
  await lab.ready();
  assert.equal(await page.evaluate(() => { try { return Boolean(localStorage); } catch (error) { return error.name; } }), "SecurityError");
  await lab.run("docker run --rm alpine:3.19 echo works");
  assert.match(await lab.terminalText(), /^works$/m);
  await share(lab);
  assert.match(await told(lab).innerText(), /keeps nothing/);
  await lab.shot("keeping-blocked");
  await page.locator('[data-part="theme"]').click();
  await lab.close();
  rmSync(profile, { recursive: true, force: true });
});

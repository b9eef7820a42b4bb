// The page keeps itself: it opens with the server gone, and a newer version waits until the reader takes it.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "../../site/serve.mjs";
import { writeWorker } from "../../site/worker.mjs";
import { Lab, dist, lab as machine, test } from "./harness.mjs";

/** A server of its own over a copy of the page, so that it can go away and change. */
async function visit(language = "en") {
  const { browser } = await machine();
  const folder = mkdtempSync(join(tmpdir(), "layerlab-"));
  cpSync(dist, folder, { recursive: true, filter: (path) => !path.endsWith(".br") });
  const server = await serve(folder);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: language, reducedMotion: "reduce" });
  const page = await context.newPage();
  const lab = new Lab(page, context, new URL(server.address).origin, [/ERR_CONNECTION_REFUSED/]);
  await page.goto(`${server.address}?speed=instant`);
  await lab.ready();
  const end = async () => {
    await server.close().catch(() => {});
    await lab.close();
    rmSync(folder, { recursive: true });
  };
  return { lab, folder, server, end };
}

const kept = (lab) => lab.page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated", null, { timeout: 30_000 });
const newer = (lab) => lab.page.locator("#newer");

test("whoever only reads keeps nothing", { timeout: 60_000 }, async () => {
  const { lab, end } = await visit();
  await lab.page.waitForTimeout(1000);
  assert.equal(await lab.page.evaluate(() => navigator.serviceWorker.getRegistrations().then((all) => all.length)), 0);
  await end();
});

test("the page opens with the server gone, other lessons too", { timeout: 120_000 }, async () => {
  const { lab, server, end } = await visit();
  await lab.run("docker run -d --name kept alpine:3.19 sleep 1000");
  await kept(lab);
  await server.close();
  await lab.reload();
  await lab.run("docker ps --format '{{.Names}}'");
  assert.match(await lab.terminalText(), /^kept$/m);
  await lab.page.locator('[data-part="list"]').click();
  await lab.page.locator('[data-lesson="05-side-by-side"]').click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="lesson"] .title'));
  await lab.run("echo still here");
  assert.match(await lab.terminalText(), /^still here$/m);
  await lab.shot("offline");
  await end();
});

test("a newer version is offered and waits", { timeout: 120_000 }, async () => {
  const { lab, folder, end } = await visit("vi");
  await lab.run("echo before");
  await kept(lab);
  const index = join(folder, "index.html");
  writeFileSync(index, readFileSync(index, "utf8").replace("<title>Layerlab</title>", "<title>Layerlab 2</title>"));
  writeWorker(folder);
  await lab.reload();
  await newer(lab).waitFor();
  assert.equal(await lab.page.title(), "Layerlab");
  assert.deepEqual(await lab.violations(), []);
  await lab.shot("offline-newer");
  // Who wants it later goes on with the old one, and is asked again another time.
  await newer(lab).getByRole("button").nth(1).click();
  await lab.run("echo goes on");
  await lab.reload();
  assert.equal(await lab.page.title(), "Layerlab");
  await newer(lab).waitFor();
  await Promise.all([lab.page.waitForNavigation(), newer(lab).getByRole("button").first().click()]);
  await lab.ready();
  assert.equal(await lab.page.title(), "Layerlab 2");
  assert.match(await lab.terminalText(), /^goes on$/m);
  await lab.page.waitForTimeout(500);
  assert.equal(await newer(lab).count(), 0);
  await end();
});

// A session as a link and as a file: what is shared is there for whoever opens it, and nobody's own session is lost.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { open, root, test } from "./harness.mjs";

const START = "?speed=instant";
const link = readFileSync(join(root, "tests", "sessions", "s1.link"), "utf8").trim();

const share = async (lab) => {
  await lab.page.locator('[data-part="share"]').click();
  const field = lab.page.locator('[data-part="link"]');
  await field.waitFor();
  return field.inputValue();
};
/** The session that is stored of the lesson that is open. */
const stored = (lab) => lab.page.evaluate(() => localStorage.getItem(`layerlab.session/${localStorage.getItem("layerlab.lesson")}`));
const visiting = (lab) => lab.page.locator('[data-part="visiting"]');
const ticks = (lab) => lab.page.locator('[data-part="ticks"] li').count();

test("a link brings the machine as it was, with its timeline", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("docker run -d --name shared alpine:3.19 sleep 1000");
  await lab.run("echo 'xin chào' > note.txt");
  const address = await share(lab);
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/#s1=[\w-]+$/);
  await lab.page.locator('[data-part="copy"]').click();
  await lab.page.locator('[data-part="share-panel"] [role="status"] span').waitFor();
  assert.deepEqual(await lab.violations(), []);
  await lab.shot("share");
  await lab.close();

  const guest = await open({ path: START + new URL(address).hash });
  await visiting(guest).waitFor();
  assert.equal(await ticks(guest), 2);
  assert.ok((await guest.page.locator('[data-part="stage"]').innerHTML()).includes("shared"));
  await guest.page.locator('[data-part="ticks"] li button').first().click();
  assert.deepEqual(await guest.violations(), []);
  await guest.shot("share-visiting");
  // Whoever only looks stores nothing, and finds the same again.
  assert.equal(await stored(guest), null);
  await guest.reload();
  assert.equal(await ticks(guest), 2);
  // Whoever goes on makes it their own.
  await guest.run("cat note.txt; docker ps --format '{{.Names}}'");
  assert.match(await guest.terminalText(), /^xin chào\nshared$/m);
  assert.equal(new URL(guest.page.url()).hash, "");
  await guest.reload();
  assert.equal(await ticks(guest), 3);
  await guest.close();
});

test("a shared session takes no place of the reader's own", { timeout: 120_000 }, async () => {
  const lab = await open({ path: `${START}&lesson=01-image-and-container` });
  await lab.run("docker run -d --name own alpine:3.19 sleep 1000");
  const own = await stored(lab);
  // The link is pasted over the address of the open page.
  await lab.page.evaluate((link) => void (location.hash = link), link);
  await visiting(lab).waitFor();
  await lab.ready();
  await lab.page.waitForFunction(() => document.querySelectorAll('[data-part="ticks"] li').length >= 40);
  assert.equal(await stored(lab), own);
  await lab.page.locator('[data-part="mine"]').click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="stage"]')?.innerHTML.includes("own"));
  // The second time the reader goes on in it: the own one is laid aside, and can be taken back.
  await lab.page.evaluate((link) => void (location.hash = link), link);
  await visiting(lab).waitFor();
  await lab.ready();
  await lab.idle();
  await lab.run("echo mine now");
  assert.match(await lab.terminalText(), /^mine now$/m);
  assert.match(await stored(lab), /hello-world/);
  await lab.reload();
  await lab.page.locator('[data-part="share"]').click();
  await lab.page.locator('[data-part="aside"]').click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="stage"]')?.innerHTML.includes("own"));
  assert.match(await stored(lab), /--name own/);
  await lab.close();
});

test("a damaged link says so and leaves the page as it is", { timeout: 120_000 }, async () => {
  for (const [hash, said] of [
    [link.slice(0, -9), /missing or changed/],
    [link.replace("s1=", "s1=x"), /missing or changed/],
    ["s1=", /missing or changed/],
    ["s7=abc", /another version/],
  ]) {
    const lab = await open({ path: `${START}#${hash}` });
    await lab.page.locator('[data-part="share-trouble"]').waitFor();
    assert.match(await lab.page.locator('[data-part="share-trouble"]').innerText(), said);
    await lab.run("echo alive");
    assert.match(await lab.terminalText(), /^alive$/m);
    if (hash === "s1=") await lab.shot("share-damaged");
    await lab.close();
  }
});

test("a session is saved as a file and opened from one, a fault's report too", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START, language: "vi" });
  await lab.run("echo from a file > kept.txt");
  await share(lab);
  const [download] = await Promise.all([lab.page.waitForEvent("download"), lab.page.locator('[data-part="save"]').click()]);
  const file = readFileSync(await download.path(), "utf8");
  assert.ok(JSON.parse(file)[0].boot);
  await lab.close();
  for (const text of [file, `RuntimeError: unreachable\nMozilla/5.0\n${file}`]) {
    const guest = await open({ path: START, language: "vi" });
    await guest.page.locator('[data-part="share"]').click();
    await guest.page.locator('[data-part="open"]').setInputFiles({ name: "s.json", mimeType: "application/json", buffer: Buffer.from(text) });
    await visiting(guest).waitFor();
    await guest.shot("share-file-vi");
    await guest.run("cat kept.txt");
    assert.match(await guest.terminalText(), /^from a file$/m);
    await guest.close();
  }
  const guest = await open({ path: START });
  await guest.page.locator('[data-part="share"]').click();
  await guest.page.locator('[data-part="open"]').setInputFiles({ name: "s.txt", mimeType: "text/plain", buffer: Buffer.from("no session") });
  await guest.page.locator('[data-part="share-trouble"]').waitFor();
  await guest.close();
});

test("starting over and forgetting everything ask first", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("docker run -d --name gone alpine:3.19 sleep 1000");
  const answers = [];
  lab.page.on("dialog", (dialog) => (answers.shift() ? dialog.accept() : dialog.dismiss()));
  await share(lab);
  answers.push(false);
  await lab.page.locator('[data-part="forget"]').click();
  assert.ok(await stored(lab));
  answers.push(true);
  await Promise.all([lab.page.waitForNavigation(), lab.page.locator('[data-part="forget"]').click()]);
  await lab.ready();
  assert.deepEqual(await lab.page.evaluate(() => Object.keys(localStorage).filter((key) => /log|session|progress|theme/.test(key))), []);
  assert.equal(await ticks(lab), 0);
  await lab.run("echo again");
  await share(lab);
  answers.push(true);
  await Promise.all([lab.page.waitForNavigation(), lab.page.locator('[data-part="restart"]').click()]);
  await lab.ready();
  assert.equal(await ticks(lab), 0);
  await lab.close();
});

test("on a phone the panel fits", { timeout: 60_000 }, async () => {
  const lab = await open({ path: START, width: 390, height: 844, language: "vi" });
  await lab.page.locator('[data-part="share"]').click();
  await lab.page.locator('[data-part="share-panel"]').waitFor();
  assert.ok(await lab.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await lab.shot("share-phone");
  assert.deepEqual(await lab.violations(), []);
  await lab.close();
});

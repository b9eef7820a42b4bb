// Lessons at an address of the page's own origin, `?lesson=PATH`, and what their author sees while writing.
import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { serve } from "../../site/serve.mjs";
import { dist, open, test } from "./harness.mjs";

const SHARED = "---\nminutes: 5\nimages: alpine:3.19\n---\n\n## one\n\n```check\ncontainer mine running\n```\n\n```solution\ndocker run -d --name mine alpine:3.19 sleep 1000\n```\n\n## two\n\n```check\nno container mine\n```\n\n```solution\ndocker rm -f mine\n```\n";
const told = (says) => `# Being written\n\nAbout it.\n\n## One {#one}\n\n${says}\n\n\`\`\`check\nmine runs\n\`\`\`\n\n## Two {#two}\n\nNow the end: ${says}\n\n\`\`\`check\nmine is gone\n\`\`\`\n`;

// The page, and lessons beside it.
const site = mkdtempSync(join(tmpdir(), "layerlab-site-"));
for (const name of readdirSync(dist)) symlinkSync(join(dist, name), join(site, name));
mkdirSync(join(site, "mine"));
const put = (name, text) => writeFileSync(join(site, name), text);
put("mine/lesson.md", SHARED);
put("mine/en.md", told("First words."));
put("one.md", `<!-- lesson.md -->\n${SHARED}\n<!-- en.md -->\n${told("In one file.")}`);
const server = await serve(site);
after(() => (rmSync(site, { recursive: true }), server.close()));

const START = "?seed=7&speed=instant&lesson=";
const visit = (lesson, options = {}) => open({ address: server.address, path: START + lesson, ...options });
const pane = (lab) => lab.page.locator('[data-part="lesson"]');
const shows = (lab, text) =>
  lab.page
    .waitForFunction((text) => document.querySelector('[data-part="lesson"]')?.innerText.includes(text), text, { timeout: 8000 })
    .catch(async () => assert.fail(`no "${text}" in:\n${await lab.page.locator("body").innerText()}\n${lab.problems.join("\n")}`));

test("a lesson is opened from a folder, its lesson.md or one file", { timeout: 120_000 }, async () => {
  for (const [path, text] of [
    ["./mine/", "First words."],
    ["mine/lesson.md", "First words."],
    ["./mine", "First words."],
    ["one.md", "In one file."],
  ]) {
    const lab = await visit(path);
    await shows(lab, text);
    await lab.close();
  }
  // Told in another language only.
  const lab = await visit("./mine/", { language: "vi", expected: [/404/] });
  await shows(lab, "First words.");
  await lab.close();
});

test("what can't be opened is said plainly", { timeout: 120_000 }, async () => {
  for (const [path, text, expected] of [
    ["https://evil.example/lesson/", "not from https://evil.example"],
    ["//evil.example/lesson/", "not from http://evil.example"],
    ["data:text/plain,x", "not from data:"],
    ["nothing", "There is no lesson of this name"],
    ["./nowhere/", "There is no lesson at", /404/],
  ]) {
    const lab = await visit(encodeURIComponent(path), { expected: expected ? [expected] : [] });
    await shows(lab, text);
    // The list is at hand.
    await lab.page.locator('[data-part="list"]').click();
    await lab.page.locator('[data-lesson="02-images"]').waitFor();
    await lab.close();
  }
});

test("a lesson that is being written is drawn anew, its session goes on", { timeout: 120_000 }, async () => {
  put("mine/en.md", told("First words."));
  const lab = await visit("./mine/");
  await shows(lab, "First words.");
  await lab.run("docker run -d --name mine alpine:3.19 sleep 1000");
  await shows(lab, "Now the end: First words.");
  put("mine/en.md", told("Better words."));
  await shows(lab, "Now the end: Better words.");
  await lab.run("docker ps");
  assert.match(await lab.terminalText(), /mine$/m);
  // A mistake is told with its place; the version before stays, and goes when it is mended.
  put("mine/en.md", told("![a](x.png)"));
  const card = lab.page.getByRole("alert");
  await card.waitFor({ timeout: 8000 });
  assert.match(await card.innerText(), /mine\/en\.md:7/);
  assert.match(await pane(lab).innerText(), /Now the end: Better words/);
  await lab.shot("address-draft");
  assert.deepEqual(await lab.violations(), []);
  put("mine/en.md", told("Last words."));
  await shows(lab, "Now the end: Last words.");
  await card.waitFor({ state: "detached" });
  // The step that is looked at stays, where steps move about.
  await lab.page.locator(".steps button").first().click();
  await shows(lab, "About it.");
  put("mine/en.md", told("Very last words."));
  await shows(lab, "Very last words.");
  await shows(lab, "About it.");
  await lab.close();
});

test("a lesson that was broken from the beginning is shown once it is mended", { timeout: 60_000 }, async () => {
  put("mine/en.md", "# Being\n\n## One {#none}\n");
  for (const [theme, width, height] of [
    ["light", 1440, 900],
    ["dark", 390, 844],
  ]) {
    const lab = await visit("./mine/", { theme, width, height });
    await shows(lab, "mine/en.md:3");
    await lab.shot(`address-broken-${theme}`);
    assert.deepEqual(await lab.violations(), []);
    await lab.close();
  }
  const lab = await visit("./mine/");
  await shows(lab, "mine/en.md:3");
  put("mine/en.md", told("Mended words."));
  await shows(lab, "Mended words.");
  await lab.close();
});

test("elsewhere than at its author's the page looks once, unless it is asked to", { timeout: 60_000 }, async () => {
  put("mine/en.md", told("First words."));
  const address = server.address.replace("127.0.0.1", "page.localhost");
  for (const [query, live] of [
    ["./mine/", false],
    ["./mine/&live", true],
  ]) {
    const lab = await visit(query, { address });
    await shows(lab, "First words.");
    await lab.page.waitForTimeout(3000);
    const asked = lab.requests.filter((path) => path === "/mine/en.md").length;
    assert.equal(asked > 1, live, `${asked} requests`);
    await lab.close();
  }
});

// Lessons of one's own: dropped on the page as a folder or a file, or chosen in a field. They have a machine and a
// progress of their own, stay in the browser, and what is wrong with one is told with its place.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { open, test } from "./harness.mjs";

const START = "?seed=7&speed=instant";
const SHARED = "---\nminutes: 5\nimages: alpine:3.19\n---\n\n## one\n\n```check\ncontainer mine running\n```\n\n```solution\ndocker run -d --name mine alpine:3.19 sleep 1000\n```\n\n## two\n\n```check\nno container mine\n```\n\n```solution\ndocker rm -f mine\n```\n";
const told = (title, says = "Do it.") => `# ${title}\n\nAbout it.\n\n## One {#one}\n\n${says}\n\n\`\`\`check\nmine runs\n\`\`\`\n\n## Two {#two}\n\n\`\`\`check\nmine is gone\n\`\`\`\n`;

const folder = mkdtempSync(join(tmpdir(), "layerlab-own-"));
after(() => rmSync(folder, { recursive: true }));

/** Writes files below the folder; gives the path of the first name's folder or file. */
function put(files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return (name) => join(folder, name);
}

/** Drags files or folders over the page, and drops them unless told not to. */
async function drag(lab, paths, end = true) {
  const session = await lab.context.newCDPSession(lab.page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", ...(end ? ["drop"] : [])]) await session.send("Input.dispatchDragEvent", { type, x: 200, y: 300, data });
  await session.detach();
}

const shows = (lab, text) =>
  lab.page
    .waitForFunction((text) => document.querySelector('[data-part="lesson"]')?.innerText.includes(text), text, { timeout: 8000 })
    .catch(async () => assert.fail(`no "${text}" in:\n${await lab.page.locator("body").innerText()}\n${lab.problems.join("\n")}`));
const title = (lab) => lab.page.locator(".crumb b").innerText();
const list = async (lab) => {
  await lab.page.locator('[data-part="list"]').click();
  await lab.page.locator('[data-part="own"]').waitFor();
};

test("a folder that is dropped is a lesson with a machine of its own, and stays", { timeout: 120_000 }, async () => {
  const at = put({ "00-first-steps/lesson.md": SHARED, "00-first-steps/en.md": told("My own lesson"), "00-first-steps/vi.md": told("Bài của tôi") });
  const lab = await open({ path: START });
  await lab.run("docker run -d --name before alpine:3.19 sleep 1000");
  await drag(lab, [at("00-first-steps")], false);
  await lab.page.locator('[data-part="hover"]').waitFor();
  await lab.shot("own-hover");
  await drag(lab, [at("00-first-steps")]);
  await shows(lab, "About it.");
  assert.equal(await lab.page.locator('[data-part="hover"]').count(), 0);
  assert.equal(await title(lab), "My own lesson");
  await lab.run("docker ps -aq | wc -l");
  assert.match(await lab.terminalText(), /^0$/m);
  await lab.run("docker run -d --name mine alpine:3.19 sleep 1000");
  await shows(lab, "mine is gone");
  // A reload keeps the lesson and its session.
  await lab.reload();
  await shows(lab, "mine is gone");
  assert.equal(await title(lab), "My own lesson");
  // The built-in lesson of the same name has its own progress and its own machine.
  await list(lab);
  assert.match(await lab.page.locator('[data-lesson="00-first-steps"]').innerText(), /0\/\d/);
  assert.match(await lab.page.locator('[data-part="own"] .all').innerText(), /My own lesson[^]*1\/2/);
  await lab.shot("own-list");
  assert.deepEqual(await lab.violations(), []);
  await lab.page.locator('[data-lesson="00-first-steps"]').click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="stage"]').innerHTML.includes("before"));
  // The other language.
  await list(lab);
  await lab.page.locator('[data-part="own"] [data-lesson]').click();
  await shows(lab, "mine is gone");
  await lab.page.getByRole("button", { name: "VI", exact: true }).click();
  await lab.page.waitForFunction(() => document.querySelector(".crumb b").textContent === "Bài của tôi");
  // What is removed is gone, and the page shows another lesson.
  await list(lab);
  await lab.page.locator('[data-part="own"] .forget').click();
  await lab.page.waitForFunction(() => !document.querySelector('[data-part="own"] .all'));
  assert.deepEqual(await lab.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("layerlab.own/"))), []);
  await lab.close();
});

test("a folder of lessons fills the list; a new version takes the place of the old one", { timeout: 120_000 }, async () => {
  const lessons = Object.fromEntries(["a", "b"].flatMap((name) => [[`all/${name}/lesson.md`, SHARED], [`all/${name}/en.md`, told(`Lesson ${name}`)]]));
  const at = put({ ...lessons, "all/README.md": "# What this is\n" });
  const lab = await open({ path: START });
  await drag(lab, [at("all")]);
  const own = lab.page.locator('[data-part="own"] [data-lesson]');
  await own.nth(1).waitFor();
  assert.equal(await own.count(), 2);
  await own.nth(0).click();
  await shows(lab, "Do it.");
  put({ "all/b/en.md": told("Lesson b", "Do it better.") });
  await drag(lab, [at("all/b")]);
  await shows(lab, "Do it better.");
  // Also of the one that is open.
  put({ "all/b/en.md": told("Lesson b", "Do it best.") });
  await drag(lab, [at("all/b")]);
  await shows(lab, "Do it best.");
  await list(lab);
  assert.equal(await own.count(), 2);
  const kept = await lab.page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("layerlab.own/")));
  assert.equal(kept.length, 2);
  await lab.close();
});

test("files are chosen with a field, one file may hold it all", { timeout: 120_000 }, async () => {
  const at = put({
    "loose/lesson.md": SHARED,
    "loose/en.md": told("From three files"),
    "one.md": `<!-- lesson.md -->\n${SHARED}\n<!-- vi.md -->\n${told("Trong một tệp")}`,
  });
  for (const [theme, width, height] of [
    ["light", 1440, 900],
    ["dark", 390, 844],
  ]) {
    const lab = await open({ path: START, theme, width, height });
    await list(lab);
    await lab.page.locator('[data-part="own"]').scrollIntoViewIfNeeded();
    await lab.shot(`own-fields-${theme}`);
    const field = lab.page.locator('[data-part="own"] input[multiple]');
    await field.focus();
    await field.setInputFiles([at("loose/lesson.md"), at("loose/en.md")]);
    await shows(lab, "About it.");
    await list(lab);
    await lab.page.locator('[data-part="own"] input[multiple]').setInputFiles([at("one.md")]);
    await lab.page.waitForFunction(() => document.querySelector('[data-part="lesson"] .title')?.textContent === "One");
    await list(lab);
    const rows = await lab.page.locator('[data-part="own"] .all').innerText();
    assert.ok(rows.includes("From three files") && rows.includes("Trong một tệp"), rows);
    await lab.page.locator('[data-part="own"] input[webkitdirectory]').setInputFiles(at("loose"));
    await shows(lab, "About it.");
    await lab.close();
  }
});

test("a zip of lessons opens the list, and one that is none is refused", { timeout: 120_000 }, async () => {
  put({ "pack/a/lesson.md": SHARED, "pack/a/en.md": told("First of two"), "pack/b/lesson.md": SHARED, "pack/b/vi.md": told("Bài thứ hai"), "broken.zip": "PK no" });
  const pack = "import sys, shutil; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])";
  execFileSync("python3", ["-c", pack, join(folder, "two"), join(folder, "pack")]);
  const lab = await open({ path: START });
  await drag(lab, [join(folder, "two.zip")]);
  await lab.page.locator('[data-part="own"] .all').waitFor();
  const rows = await lab.page.locator('[data-part="own"] .all').innerText();
  assert.ok(rows.includes("First of two") && rows.includes("Bài thứ hai"), rows);
  await lab.page.locator('[data-part="own"] .all button').first().click();
  await shows(lab, "About it.");
  await list(lab);
  await lab.page.locator('[data-part="own"] input[multiple]').setInputFiles([join(folder, "broken.zip")]);
  const card = lab.page.getByRole("alert");
  await card.waitFor();
  assert.match(await card.innerText(), /broken\.zip.*no zip archive/s);
  await lab.close();
});

test("what is no lesson is refused, place by place, and the page goes on", { timeout: 120_000 }, async () => {
  const at = put({
    "bad/x/lesson.md": SHARED.replace("no container mine", "no such thing"),
    "bad/x/en.md": told("X"),
    "bad/y/lesson.md": SHARED,
    "bad/y/en.md": told("Y", "[press](javascript:alert(1))"),
    "bad/z/lesson.md": SHARED,
    "good/lesson.md": SHARED,
    "good/en.md": told("Good"),
    "notes.md": "# Notes\n",
  });
  for (const [language, theme, width, height] of [
    ["en", "light", 1440, 900],
    ["vi", "dark", 390, 844],
  ]) {
    const lab = await open({ path: START, language, theme, width, height });
    await drag(lab, [at("bad"), at("good")]);
    const card = lab.page.getByRole("alert");
    await card.waitFor();
    const said = await card.innerText();
    for (const place of [/bad\/x\/lesson\.md:19/, /bad\/y\/en\.md:7/, /bad\/z\/lesson\.md/]) assert.match(said, place);
    // What is a lesson is opened all the same.
    await shows(lab, "Do it.");
    await lab.shot(`own-refused-${language}-${theme}`);
    assert.deepEqual(await lab.violations(), []);
    await card.getByRole("button").click();
    await card.waitFor({ state: "detached" });
    await drag(lab, [at("notes.md")]);
    await card.waitFor();
    assert.match(await card.innerText(), /notes\.md/);
    await lab.run("echo alive");
    assert.match(await lab.terminalText(), /^alive$/m);
    await lab.close();
  }
});

test("text that is dragged stays the browser's affair", { timeout: 60_000 }, async () => {
  const lab = await open({ path: START });
  await lab.page.locator('[data-part="prompt"]').focus();
  const kept = await lab.page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "docker ps");
    return document.querySelector('[data-part="prompt"]').dispatchEvent(new DragEvent("dragover", { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  assert.equal(kept, true);
  await lab.close();
});

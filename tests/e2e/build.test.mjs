// The build view and the editor: a Dockerfile is edited, built, and what the cache still knew is seen.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?seed=7&speed=instant";

const DOCKERFILE = `FROM node:18-alpine
WORKDIR /app
COPY package*.json ./
RUN npm install
COPY . .
CMD ["node", "server.js"]
`;

const STAGES = `FROM node:18-alpine AS base
WORKDIR /app
COPY package*.json ./

FROM base AS deps
RUN npm install --omit=dev

FROM base AS builder
RUN npm install
COPY . .
RUN mkdir dist && sleep 6 && cp server.js dist/

FROM base AS runtime
COPY --from=deps /app/node_modules ./node_modules
COPY --from=builder /app/dist ./dist
CMD ["node", "dist/server.js"]
`;

const pane = (lab, name) => lab.page.locator(`[data-pane="${name}"]`);

/** Opens a file in the editor, writes a text and saves it. */
async function write(lab, name, text) {
  await pane(lab, "files").click();
  await lab.page.getByRole("button", { name: new RegExp(`^${name.replace(".", "\\.")}( |$)`) }).click();
  const field = lab.page.locator('[data-part="file-text"]');
  await field.fill(text);
  await field.press("Control+s");
  await lab.page.locator('[data-part="file-save"][aria-disabled="true"]').waitFor();
}

/** Writes a file at the prompt. */
const put = (lab, name, text) => lab.run(`printf '${text.replaceAll("\n", "\\n")}' > ${name}`);

const PACKAGE = `{"name":"myapp","version":"1.0.0","dependencies":{"express":"^4.18.2"}}\n`;

const step = (lab, name) => lab.page.getByRole("treeitem", { name });

/** Three stages, rebuilt after an edit of what only one of them takes, and stopped in its midst. */
async function midst(lab) {
  await lab.run("cd ~/myapp");
  await put(lab, "package.json", PACKAGE);
  await put(lab, "Dockerfile", STAGES);
  await lab.run("docker build -t myapp:1.0 .", 60_000);
  await put(lab, "server.js", "console.log(1)\n");
  await lab.page.locator('[data-part="speed"] button').first().evaluate((one) => one.click());
  await lab.type("docker build -t myapp:1.1 .");
  await step(lab, /sleep 6.*(running|đang chạy), 4\.\ds/).waitFor({ timeout: 9_000 });
}

const SIZES = [
  { name: "desktop-light", width: 1440, height: 900, theme: "light", language: "vi" },
  { name: "desktop-dark", width: 1440, height: 900, theme: "dark" },
  { name: "phone-light", width: 390, height: 844, theme: "light", language: "vi" },
  { name: "phone-dark", width: 390, height: 844, theme: "dark" },
  { name: "embed-light", width: 720, height: 420, theme: "light", path: "&embed=1", language: "vi" },
  { name: "embed-dark", width: 720, height: 420, theme: "dark", path: "&embed=1" },
];

for (const size of SIZES) {
  test(`a build is drawn while it goes on (${size.name})`, { timeout: 120_000 }, async () => {
    const lab = await open({ ...size, path: START + (size.path ?? "") });
    await midst(lab);
    const width = await lab.page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= size.width, `the page is ${width} wide`);
    assert.deepEqual(await lab.violations(), []);
    await lab.shot(`build-${size.name}`);
    await lab.idle(30_000);
    await lab.shot(`build-done-${size.name}`);
    await pane(lab, "files").click();
    await put(lab, "Dockerfile", "FROM node:18-alpine as base\nWORKDIR app\nRUNN npm ci\nCOPY . .\n");
    await lab.page.getByRole("button", { name: /RUNN/ }).waitFor();
    assert.deepEqual(await lab.violations(), []);
    await lab.shot(`files-${size.name}`);
    await lab.close();
  });
}

test("server.js is edited, and a rebuild shows what the cache still knew", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START, motion: true });
  assert.equal(await pane(lab, "build").count(), 0, "there is no build yet");
  await write(lab, "Dockerfile", DOCKERFILE);
  await lab.run("docker build -t myapp:1.0 .", 60_000);
  assert.equal(await pane(lab, "build").getAttribute("aria-current"), "true", "a build that begins is shown");
  assert.match(await pane(lab, "build").innerText(), /myapp:1\.0/);
  await step(lab, /^RUN npm install, just built, /).waitFor();
  await step(lab, "Image myapp:1.0, just built").waitFor();

  await write(lab, "server.js", "console.log('edited')\n");
  await lab.run("cat server.js");
  assert.match(await lab.terminalText(), /^console\.log\('edited'\)$/m);
  await lab.run("docker build -t myapp:1.1 .", 60_000);
  for (const name of [/^WORKDIR \/app, from cache, /, /^COPY package\*\.json \.\/, from cache, /, /^RUN npm install, from cache, /]) {
    await step(lab, name).waitFor();
  }
  await step(lab, /^COPY \. \., just built, .*server\.js changed: cache broken here, line 5$/).waitFor();
  assert.equal(await step(lab, /, from cache, /).count(), 3);
  assert.match(await lab.terminalText(), /CACHED \[4\/5\] RUN npm install/);
  const lines = lab.page.locator('[data-part="dockerfile"] li');
  assert.deepEqual((await lines.allTextContents()).slice(3, 5), [
    "4RUN npm install (from cache)",
    "5COPY . . (just built, 0.0s, server.js changed: cache broken here)",
  ]);
  assert.equal(await lab.page.locator('[data-part="dockerfile"] .brk').count(), 1);

  // What changes the Stage is seen there; the learner goes back at any time.
  await lab.run("docker run -d --name web myapp:1.1");
  assert.equal(await pane(lab, "stage").getAttribute("aria-current"), "true");
  await pane(lab, "build").click();
  await step(lab, /^COPY \. \., just built, /).waitFor();
  await lab.run("ls");
  assert.equal(await pane(lab, "build").getAttribute("aria-current"), "true", "what changes nothing moves nothing");
  await lab.close();
});

test("an edit is an operation: it can be undone, and outlives a reload", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("cp server.js kept.js");
  await write(lab, "server.js", "// mine\n");
  const tick = lab.page.locator('[data-part="ticks"] button', { hasText: "server.js" }).last();
  assert.equal(await tick.getAttribute("aria-current"), "step");
  await lab.reload();
  await lab.run("cat server.js");
  assert.match(await lab.terminalText(), /^\/\/ mine$/m);
  await pane(lab, "files").click();
  const field = lab.page.locator('[data-part="file-text"]');
  await lab.page.getByRole("navigation").getByRole("button", { name: "server.js" }).click();
  assert.equal(await field.inputValue(), "// mine\n");
  await lab.page.locator('[data-part="undo"]').click();
  await lab.page.locator('[data-part="undo"]').click();
  await lab.idle();
  await lab.page.waitForFunction(() => !document.querySelector('[data-part="file-text"]').value.includes("mine"));
  await lab.run("cmp server.js kept.js && echo same");
  assert.match(await lab.terminalText(), /^same$/m);
  await lab.close();
});

test("a build that does not see what the editor holds says so", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  const said = lab.page.locator('[data-part="not-built"]');
  await write(lab, "Dockerfile", "FROM node:18-alpine\nCOPY . .\n");
  await lab.page.locator('[data-part="file-text"]').fill("FROM node:18-alpine\n");
  await lab.run("ls");
  assert.equal(await said.count(), 0);
  await lab.run("docker build -q -t myapp:1.0 .", 60_000);
  await said.waitFor();
  assert.match(await said.innerText(), /Dockerfile is not saved yet/);
  await lab.shot("not-built");
  assert.deepEqual(await lab.violations(), []);
  // Its button leads to the text; once that is saved nothing is said any more.
  await said.getByRole("button").click();
  const field = lab.page.locator('[data-part="file-text"]');
  await field.waitFor();
  await field.press("Control+s");
  await said.waitFor({ state: "detached" });
  await lab.run("docker build -q -t myapp:1.0 .", 60_000);
  assert.equal(await said.count(), 0);
  await lab.close();
});

test("the editor works by keyboard, says what is wrong and keeps what is not saved", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  const { page } = lab;
  await pane(lab, "files").focus();
  await page.keyboard.press("Enter");
  const field = page.getByRole("textbox", { name: "Text of /home/learner/myapp/Dockerfile" });
  await field.waitFor();
  await page.getByRole("navigation", { name: "Files in your home folder" }).getByRole("button", { name: "Dockerfile" }).focus();
  await page.keyboard.press("Enter");
  assert.ok(await field.evaluate((one) => one === document.activeElement), "opening a file leads into it");
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("FROM node:18-alpine\nRUNN true\n");
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  assert.equal(await page.locator(".field .er").innerText(), "RUNN");
  const problem = page.getByRole("button", { name: "Error, line 2 unknown instruction: RUNN (did you mean RUN?)" });
  await problem.focus();
  await page.keyboard.press("Enter");
  const selected = () => field.evaluate((one) => one.value.slice(one.selectionStart, one.selectionEnd));
  assert.equal(await selected(), "RUNN");
  await page.keyboard.insertText("RUN");
  await page.getByText("No problems found").waitFor();
  assert.match(await page.locator('[data-part="file-state"]').innerText(), /not saved yet/);

  // Another file, and back: nothing is lost; a command that writes the file meanwhile is told of.
  const choose = (name) => page.getByRole("navigation", { name: "Files in your home folder" }).getByRole("button", { name }).click();
  await choose("README.md");
  await choose(/^Dockerfile/);
  assert.equal(await field.inputValue(), "FROM node:18-alpine\nRUN true\n");
  await lab.run("echo FROM busybox > Dockerfile");
  await page.getByText("A command has changed this file meanwhile").waitFor();
  await field.press("Control+s");
  await page.locator('[data-part="file-save"][aria-disabled="true"]').waitFor();
  await page.keyboard.press("Escape");
  assert.ok(await page.locator('[data-part="prompt"]').evaluate((one) => one === document.activeElement));
  await lab.run("cat Dockerfile");
  assert.match(await lab.terminalText(), /^RUN true$/m);

  // A new file, and one that cannot be.
  await page.locator('[data-part="new-file"]').click();
  await page.getByRole("textbox", { name: "Name of the new file" }).fill("notes.txt");
  await page.keyboard.press("Enter");
  await page.keyboard.insertText("một\n");
  await page.keyboard.press("Control+s");
  await page.locator('[data-part="file-save"][aria-disabled="true"]').waitFor();
  await lab.run("cat notes.txt");
  assert.match(await lab.terminalText(), /^một$/m);
  await page.locator('[data-part="new-file"]').click();
  await page.getByRole("textbox", { name: "Name of the new file" }).fill("nowhere/notes.txt");
  await page.keyboard.press("Enter");
  await page.keyboard.insertText("x");
  await page.keyboard.press("Control+s");
  await page.waitForFunction(() => /notes\.txt: No such file or directory/.test(document.querySelector('[data-part="screen"]').innerText));
  assert.match(await page.locator('[data-part="file-state"]').innerText(), /not saved yet/);
  await lab.close();
});

test("a build that fails shows where and why", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await put(lab, "Dockerfile", "FROM node:18-alpine\nRUN exit 3\nRUN echo never\n");
  await lab.run("docker build .", 60_000);
  await step(lab, /^RUN exit 3, failed, /).waitFor();
  await step(lab, /^RUN echo never, waiting, /).waitFor();
  assert.match(await lab.page.locator('[data-part="build-error"]').innerText(), /exit code: 3/);
  await lab.page.locator('[data-part="edit-dockerfile"]').click();
  assert.match(await lab.page.locator('[data-part="file-text"]').inputValue(), /^RUN exit 3$/m);
  await lab.close();
});

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

for (const size of [
  { name: "desktop-light", width: 1440, height: 900, theme: "light", language: "vi" },
  { name: "desktop-dark", width: 1440, height: 900, theme: "dark" },
  { name: "phone-light", width: 390, height: 844, theme: "light", language: "vi" },
  { name: "phone-dark", width: 390, height: 844, theme: "dark" },
  { name: "embed-light", width: 720, height: 420, theme: "light", path: "&embed=1", language: "vi" },
  { name: "embed-dark", width: 720, height: 420, theme: "dark", path: "&embed=1" },
]) {
  test(`a build is drawn while it goes on (${size.name})`, { timeout: 120_000 }, async () => {
    const lab = await open({ ...size, path: START + (size.path ?? "") });
    await midst(lab);
    //AXE assert.deepEqual(await lab.violations(), []);
    await lab.shot(`build-${size.name}`);
    await lab.idle(30_000);
    await lab.shot(`build-done-${size.name}`);
    await lab.close();
  });
}

// Pictures of the running page in the situations that the design has drawn, under the drawings' names, and in others:
// one in the light theme and Vietnamese, one in the dark theme and English. `cargo xtask screens` makes them anew.
//
// They are kept small, for they lie in the repository: webp, at half the size. `LAYERLAB_PNG=FOLDER` leaves
// full pictures there, in both themes and both languages.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { open, root, test } from "../e2e/harness.mjs";

const folder = join(root, "tests", "screens");
const START = "?speed=instant&seed=11&lesson=01-image-and-container";
/** What all pictures may weigh, in bytes. */
const LIMIT = 640_000;

const pause = (lab, frames = 4) =>
  lab.page.evaluate(async (frames) => {
    for (let n = 0; n < frames; n += 1) await new Promise((done) => requestAnimationFrame(done));
  }, frames);
const runs = (lines) => async (lab) => {
  for (const line of lines) await lab.run(line, 60_000);
};
const pane = (name) => (lab) => lab.page.locator(`[data-pane="${name}"]`).click();
const choose = (name) => (lab) => lab.page.locator(`[data-part="stage"] g[data-key]:has(> [role=treeitem][aria-label^="${name}"])`).first().dispatchEvent("click");
const lens = (n) => (lab) => lab.page.locator('[data-part="lens"] button').nth(n).click();

const APP = ["docker pull node:18-alpine", "docker build -t myapp:1.0 .", "docker volume create app-data"];
const WEB = "docker run -d --name web -p 3000:3000 -v app-data:/app/data myapp:1.0";
const PAIR = [...APP, "docker run -d --name worker myapp:1.0", "docker kill worker", WEB, "docker ps -a"];
const STAGES = [
  "printf 'FROM node:18-alpine AS base\\nWORKDIR /app\\nCOPY package*.json ./\\nFROM base AS deps\\nRUN npm install --omit=dev; mkdir -p node_modules\\nFROM base AS builder\\nRUN npm install\\nCOPY . .\\nRUN mkdir dist && cp server.js dist/\\nFROM base AS runtime\\nCOPY --from=deps /app/node_modules ./node_modules\\nCOPY --from=builder /app/dist ./dist\\nCMD [\"node\", \"dist/server.js\"]\\n' > Dockerfile",
  "docker build -t myapp:1.1 .",
  "echo // changed >> server.js",
  "docker build -t myapp:1.1 .",
];
const MANY = [
  ...APP,
  "for n in $(seq 1 12); do docker run -d --name api$n myapp:1.0; done",
  "docker run -d --name job myapp:1.0; docker pause job",
  "docker run -d --name mail --restart always myapp:1.0 sh -c 'sleep 1; exit 1'",
  "docker run -d --name worker myapp:1.0; docker kill worker",
  "docker create --name seed myapp:1.0",
  WEB,
  "docker ps -a --format 'table {{.Names}}\\t{{.Status}}' | tail -5",
];
const THIRTY = [
  "for n in $(seq 1 12); do docker run -d --name api$n alpine:3.19 sleep 1000; done",
  "for n in $(seq 1 10); do docker run -d --name web$n -v data$n:/data nginx:alpine; done",
  "for n in $(seq 1 6); do docker run --name job$n alpine:3.19 sh -c \"exit $((n % 3))\"; done; true",
  "docker pause api1 api2",
];
const TREES = [
  "docker pull node:18-alpine", "docker build -t myapp:1.0 .", "docker run -d --name cache -v cache:/data redis:7-alpine",
  "docker network create backend", "docker network connect backend cache", "docker run -d --name web --network backend -p 8080:80 nginx:alpine",
];
const FILES = [...PAIR.slice(0, -1), "docker exec web sh -c 'sed -i s/Hello/Hi/ server.js; rm package.json; mkdir tmp; echo 1 > tmp/cache.json'", "docker diff web"];

const phone = { width: 390, height: 844 };
/** Name, how the page is opened, what is done. */
const SITUATIONS = {
  desktop: [{}, runs(PAIR)],
  build: [{}, runs([...APP, ...STAGES])],
  embed: [{ width: 720, height: 420, path: `${START}&embed` }, runs([...APP, WEB])],
  error: [{}, runs([...APP, WEB, "docker run -d --name web2 -p 3000:3000 myapp:1.0"])],
  files: [{}, runs(FILES), choose("Container web"), (lab) => lab.page.locator(".itabs button").nth(1).click()],
  "lens-kitchen": [{}, runs(PAIR), lens(1)],
  many: [{}, runs(MANY)],
  mobile: [phone, runs(PAIR)],
  empty: [{}],
  presenter: [{}, runs(PAIR.slice(0, -1)), (lab) => lab.page.keyboard.press("F8"), runs(["docker pause web"])],
  tablet: [{ width: 1024, height: 768 }, runs(PAIR)],
  thirty: [{}, runs(THIRTY)],
  trees: [{}, runs(TREES)],
  "lens-oop": [{}, runs(PAIR), lens(2)],
  moments: [{}, runs(PAIR), (lab) => lab.page.locator('[data-part="compare"]').click(), (lab) => lab.page.locator('[data-part="moments"] select').first().selectOption("3")],
  browser: [{}, runs([...APP, WEB]), pane("browser")],
};

async function picture(lab, name, full, kept) {
  await pause(lab);
  // What is new is marked for a while; what restarts is new again and again.
  await lab.page.waitForFunction(() => !document.querySelector(".fresh, .gone, .wrote"), null, { timeout: 3000 }).catch(() => {});
  if (process.env.LAYERLAB_PNG) {
    mkdirSync(process.env.LAYERLAB_PNG, { recursive: true });
    await lab.page.screenshot({ path: join(process.env.LAYERLAB_PNG, `${full}.png`) });
  }
  if (!kept) return;
  const session = await lab.context.newCDPSession(lab.page);
  const { width, height } = lab.page.viewportSize();
  const scale = width > 800 ? 0.48 : 0.75;
  const clip = { x: 0, y: 0, width, height, scale };
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 36, clip });
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, "base64"));
}

for (const [name, [options, ...steps]] of Object.entries(SITUATIONS)) {
  test(name, { timeout: 240_000 }, async () => {
    for (const [theme, language, kept] of [["light", "vi", true], ["dark", "en", true], ["light", "en"], ["dark", "vi"]]) {
      if (!kept && !process.env.LAYERLAB_PNG) continue;
      const lab = await open({ path: START, theme, language, ...options });
      for (const step of steps) {
        await step(lab);
        await pause(lab, 2);
      }
      await picture(lab, `${name}-${theme}`, `${name}-${theme}-${language}`, kept);
      await lab.close();
    }
  });
}

test("the pictures are few and small", () => {
  const pictures = readdirSync(folder).filter((name) => name.endsWith(".webp"));
  for (const name of pictures) if (!(name.replace(/-(light|dark)\.webp$/, "") in SITUATIONS)) rmSync(join(folder, name));
  const sum = pictures.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  console.log(`${pictures.length} pictures, ${sum} bytes`);
  assert.ok(pictures.length === 2 * Object.keys(SITUATIONS).length && sum < LIMIT, `${sum}`);
});

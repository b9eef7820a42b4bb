// Layerlab in a page of another origin: examples/blog/ with its three embeds and its blocks that run.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { join } from "node:path";
import { lab, root, test } from "./harness.mjs";

/** The built page on a server that counts what it sends whole, as a web host does: what is named by its content is kept. */
async function counted() {
  const { server } = await lab();
  const sent = [];
  const proxy = createServer((request, response) => {
    const url = new URL(request.url, server.address);
    const kept = /-[0-9a-f]{16}/.test(url.pathname);
    const cache = { "cache-control": kept ? "max-age=31536000, immutable" : "no-cache" };
    get(url, { headers: { "accept-encoding": request.headers["accept-encoding"] ?? "" } }, async (answer) => {
      const body = Buffer.concat(await answer.toArray());
      sent.push({ path: url.pathname, bytes: body.length });
      const { "content-type": type, "content-encoding": encoding } = answer.headers;
      response.writeHead(answer.statusCode, { "content-type": type, ...(encoding && { "content-encoding": encoding }), ...cache });
      response.end(body);
    });
  });
  return { sent, ...(await listening(proxy)) };
}

async function listening(server) {
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const close = () => new Promise((done) => (server.closeAllConnections(), server.close(done)));
  return { address: `http://127.0.0.1:${server.address().port}/`, close };
}

/** The article on a port of its own, in a window of this size. */
async function article({ width = 1100, height = 800, change = (html) => html } = {}) {
  const { browser } = await lab();
  const page = await counted();
  const html = readFileSync(join(root, "examples/blog/index.html"), "utf8");
  const written = change(html.replace("http://127.0.0.1:8080/", page.address));
  assert.ok(written.includes(page.address));
  const blog = await listening(
    createServer(({ url }, response) => {
      response.writeHead(url === "/" ? 200 : 204, { "content-type": "text/html; charset=utf-8" });
      response.end(url === "/" ? written : "");
    }),
  );
  const context = await browser.newContext({ viewport: { width, height }, locale: "en", reducedMotion: "reduce" });
  const tab = await context.newPage();
  const problems = [];
  tab.on("console", (message) => {
    // A frame that is out of sight is not drawn, so what it has fetched for that waits.
    const waits = /preloaded using link preload but not used/.test(message.text());
    if (["error", "warning"].includes(message.type()) && !waits) problems.push(message.text());
  });
  tab.on("pageerror", (error) => problems.push(error.message));
  // What moves, scrolls, takes the focus or is told, from the start.
  await tab.addInitScript(() => {
    if (window !== top) return;
    const seen = (window.seen = { shift: 0, moved: [], told: [], focus: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        seen.shift += entry.value;
        seen.moved.push(...entry.sources.map(({ node }) => node?.nodeName));
      }
    }).observe({ type: "layout-shift", buffered: true });
    for (const kind of ["focusin", "blur"]) addEventListener(kind, () => seen.focus++, true);
    for (const kind of ["ready", "progress", "step-done", "ran"]) {
      addEventListener(kind, ({ detail }) => detail && seen.told.push({ kind, step: detail.step, done: detail.done }));
    }
  });
  await tab.goto(blog.address);
  await tab.waitForFunction(() => customElements.get("layer-lab"));
  const close = async () => {
    await context.close();
    await blog.close();
    await page.close();
    assert.deepEqual(problems, []);
  };
  return { tab, blog, page, close, seen: () => tab.evaluate(() => window.seen) };
}

/** The machine in the embed of this number, once it can be used. */
async function machine(tab, n) {
  const element = await tab.locator("layer-lab").nth(n).locator("iframe").elementHandle({ timeout: 30_000 });
  const frame = await element.contentFrame();
  await frame.locator("html[data-ready] .steps").first().waitFor({ state: "attached", timeout: 30_000 });
  return frame;
}

async function shot(tab, name) {
  const shots = join(root, "target", "shots");
  mkdirSync(shots, { recursive: true });
  await tab.screenshot({ path: join(shots, `${name}.png`) });
}

const inView = async (frame, part, height) => {
  const box = await frame.locator(`[data-part="${part}"]`).first().evaluate((node) => {
    const { top, bottom, width, height } = node.getBoundingClientRect();
    return { top, bottom, width, height };
  });
  assert.ok(box.width > 40 && box.height > 12 && box.top >= -1 && box.bottom <= height + 1, `${part}: ${JSON.stringify(box)} of ${height}`);
};

test("a reader who only reads pays for the script alone", { timeout: 60_000 }, async () => {
  const host = await article();
  await shot(host.tab, "host-poster");
  await host.tab.waitForTimeout(1500);
  assert.deepEqual(host.page.sent.map(({ path }) => path), ["/layerlab.js"]);
  assert.ok(host.page.sent[0].bytes < 25_000);
  assert.equal(await host.tab.locator("iframe").count(), 0);
  await host.close();
});

test("three embeds move nothing, take nothing and share one download", { timeout: 180_000 }, async () => {
  const host = await article();
  const { tab } = host;
  await tab.evaluate(() => document.querySelector("h1").setAttribute("tabindex", "-1"));
  await tab.evaluate(() => document.querySelector("h1").focus({ preventScroll: true }));
  await tab.mouse.move(30, 30);
  await machine(tab, 0);
  await host.tab.waitForTimeout(500);
  assert.equal(await tab.locator("iframe").count(), 1, "what is far below is not loaded");
  assert.equal(await tab.evaluate(() => scrollY), 0);
  // The reader scrolls to the other two; where they are left, the page stays.
  await tab.evaluate(() => scrollTo({ top: document.body.scrollHeight, behavior: "instant" }));
  const there = await tab.evaluate(() => scrollY);
  await machine(tab, 1);
  const third = await machine(tab, 2);
  await tab.locator("layer-lab .poster").first().waitFor({ state: "detached" });
  await tab.waitForTimeout(800);
  await shot(tab, "host-three");
  assert.equal(await tab.evaluate(() => scrollY), there);
  assert.equal(await tab.evaluate(() => document.activeElement.nodeName), "H1");
  const seen = await host.seen();
  assert.equal(seen.focus, 1, "the heading's own");
  assert.ok(seen.shift <= 0.02, `${seen.shift}: ${seen.moved}`);
  assert.equal(seen.told.filter(({ kind }) => kind === "ready").length, 3);
  const wasm = host.page.sent.map(({ path }) => path).filter((path) => path.endsWith(".wasm"));
  // One of them is a lesson whose machine is set up by docker's commands: that needs the second half.
  assert.equal(wasm.filter((path) => /web-.*_bg\.wasm/.test(path)).length, 1, wasm.join(" "));
  assert.equal(wasm.filter((path) => /later-.*\.wasm/.test(path)).length, 1, wasm.join(" "));
  // What is set is set: the third speaks Vietnamese, is dark and shows its terminal alone.
  assert.deepEqual(await third.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]), ["vi", "dark"]);
  assert.equal(await third.locator('[data-part="stage"]').isVisible(), false);
  await host.close();
});

test("commands run on a click, and the host page is told", { timeout: 180_000 }, async () => {
  const host = await article({ change: (html) => html.replaceAll("<layer-lab", '<layer-lab speed="instant"') });
  const { tab } = host;
  await tab.locator("layer-lab").nth(1).scrollIntoViewIfNeeded();
  const frame = await machine(tab, 1);
  const at = await tab.evaluate(() => scrollY);
  await tab.locator("layer-lab").nth(1).getByRole("button", { name: "docker run -d --name web" }).click();
  await tab.waitForFunction(() => window.seen.told.some(({ kind }) => kind === "ran"), null, { timeout: 60_000 });
  assert.match(await frame.locator('[data-part="screen"]').innerText(), /[0-9a-f]{64}/);
  assert.equal(await tab.evaluate(() => scrollY), at);
  // A lesson's step, by lines from the host page, in an embed that is in sight.
  await tab.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  await tab.evaluate(() => document.querySelector("layer-lab").run(["docker pull node:18-alpine", "docker images"]));
  await tab.waitForTimeout(300);
  const { told } = await host.seen();
  assert.ok(told.some(({ kind, step }) => kind === "progress" && step === 1), JSON.stringify(told));
  assert.ok(told.some(({ kind, step }) => kind === "step-done" && step === 1), JSON.stringify(told));
  await host.close();
});

test("step and state bring the machine there, and statements tell a learning platform", { timeout: 240_000 }, async () => {
  const state = readFileSync(join(root, "tests", "sessions", "s1.link"), "utf8").trim();
  const host = await article({
    change: (html) =>
      html
        .replace('<layer-lab lesson="01-image-and-container"', '<layer-lab lesson="01-image-and-container" step="5" speed="instant"')
        .replace('<layer-lab lesson="03-containers"', `<layer-lab speed="instant" state="https://example.org/page#${state}"`),
  });
  const { tab } = host;
  await tab.evaluate(() => {
    window.statements = [];
    addEventListener("xapi", ({ detail }) => window.statements.push(detail.statement));
  });
  await tab.mouse.move(30, 30);
  await tab.waitForFunction(() => window.seen.told.some(({ kind }) => kind === "ready"), null, { timeout: 60_000 });
  const frame = await machine(tab, 0);
  await frame.waitForFunction(() => document.querySelectorAll('[data-part="ticks"] li').length > 0);
  const { told } = await host.seen();
  assert.deepEqual(told.filter(({ kind }) => kind === "progress").map(({ step, done }) => [step, done]), [[5, 4]], JSON.stringify(told));
  assert.equal(await frame.locator('[data-part="share-panel"]').count(), 0);
  // The step's own solution does the step: nothing of the machine is missing.
  const { steps } = await import("./learner.mjs");
  const all = steps("01-image-and-container", "en");
  await tab.evaluate((lines) => document.querySelector("layer-lab").run(lines), all[4].solution);
  await tab.waitForFunction(() => window.statements.some(({ verb, object }) => verb.id.endsWith("/completed") && object.id.endsWith("#step/5")), null, { timeout: 30_000 });
  const statements = await tab.evaluate(() => window.statements);
  assert.deepEqual(statements.map(({ verb }) => verb.id.split("/").at(-1)), ["initialized", "completed", "progressed"]);
  assert.match(statements[0].object.id, /^http:\/\/127\.0\.0\.1:\d+\/\?lesson=01-image-and-container$/);
  for (const { object, timestamp } of statements) assert.ok(object.objectType === "Activity" && !Number.isNaN(Date.parse(timestamp)));
  await shot(tab, "host-step");
  // A shared session is where the second begins, and its lines go on from there.
  await tab.locator("layer-lab").nth(1).scrollIntoViewIfNeeded();
  const second = await machine(tab, 1);
  await second.waitForFunction(() => document.querySelectorAll('[data-part="ticks"] li').length >= 40);
  await host.close();
});

test("the colours follow the host page, and only the host page is heard", { timeout: 120_000 }, async () => {
  const host = await article();
  await host.tab.mouse.move(30, 30);
  const frame = await machine(host.tab, 0);
  const theme = () => frame.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "light");
  await host.tab.evaluate(() => document.documentElement.classList.add("dark"));
  await frame.locator('html[data-theme="dark"]').waitFor({ state: "attached", timeout: 5000 });
  // From the page itself and from another window, not from its parent.
  await frame.evaluate(() => postMessage({ source: "layerlab-host", type: "run", lines: ["echo intruder"] }, "*"));
  await host.tab.evaluate(() => {
    const other = document.body.appendChild(document.createElement("iframe"));
    const call = `top.document.querySelector("layer-lab").shadowRoot.querySelector("iframe").contentWindow.postMessage({ source: "layerlab-host", type: "run", lines: ["echo intruder"] }, "*")`;
    other.contentWindow.eval(call);
  });
  await host.tab.waitForTimeout(1200);
  assert.doesNotMatch(await frame.locator('[data-part="screen"]').innerText(), /intruder/);
  await host.close();
});

test("an embedded machine leaves the learner's own session alone", { timeout: 120_000 }, async () => {
  const host = await article();
  await host.tab.mouse.move(30, 30);
  const frame = await machine(host.tab, 0);
  const input = frame.locator('[data-part="prompt"]');
  await input.fill("echo kept apart");
  await input.press("Enter");
  await frame.locator('[data-part="screen"]', { hasText: "kept apart" }).waitFor();
  await host.tab.waitForTimeout(500);
  const keys = await frame.evaluate(() => {
    // This window's names lead to the embed's store, those of a bare one of the same origin to the browser's.
    const bare = document.body.appendChild(document.createElement("iframe")).contentWindow;
    return { local: Object.keys(bare.localStorage), tab: Object.keys(bare.sessionStorage) };
  });
  assert.deepEqual(keys.local, []);
  assert.ok(keys.tab.some((key) => /^layerlab\.embed\..*\.layerlab\.session\/01-/.test(key)), keys.tab.join());
  await host.close();
});

for (const [width, height] of [[700, 500], [375, 667]]) {
  test(`an article's blocks run at ${width}x${height}`, { timeout: 240_000 }, async () => {
    const host = await article({ width, height, change: (html) => html.replace("data-enhance", 'data-speed="instant" data-enhance') });
    const { tab } = host;
    const runs = tab.locator("pre").getByRole("button", { name: "Run" });
    assert.equal(await runs.count(), 4);
    assert.equal(await tab.locator("pre").first().evaluate((pre) => /Run/.test(pre.textContent)), false);
    await runs.nth(0).scrollIntoViewIfNeeded();
    const at = await tab.evaluate(() => scrollY);
    const block = async (n) => {
      await tab.locator("pre").nth(n).getByRole("button").evaluate((button) => button.click());
      await tab.locator("pre").nth(n).getByRole("button", { name: "Run again" }).waitFor({ timeout: 60_000 });
    };
    await block(0);
    const frame = await machine(tab, 3);
    const text = () => frame.locator('[data-part="screen"]').innerText();
    assert.match(await text(), /\nmyapp +1\.0 /);
    assert.doesNotMatch(await text(), /abc123def456|Output/);
    await block(1);
    assert.match(await text(), /Up .*0\.0\.0\.0:3000->3000\/tcp/);
    const room = await frame.evaluate(() => innerHeight);
    await inView(frame, "stage", room);
    await inView(frame, "prompt", room);
    await shot(tab, `host-article-${width}`);
    await block(2);
    assert.match(await text(), /\/app # ls -la \/app[\s\S]*server\.js/);
    await block(3);
    assert.match(await text(), /Untagged: myapp:1\.0/);
    assert.equal(await tab.evaluate(() => scrollY), at);
    const seen = await host.seen();
    assert.ok(seen.shift <= 0.02, `${seen.shift}: ${seen.moved}`);
    await tab.locator("#layerlab-panel").getByRole("button", { name: "Close" }).click();
    assert.equal(await tab.locator("#layerlab-panel section").isVisible(), false);
    await host.close();
  });

  test(`an embed shows Stage and prompt at ${width}x${height}`, { timeout: 120_000 }, async () => {
    const host = await article({ width, height });
    await host.tab.locator("layer-lab").first().scrollIntoViewIfNeeded();
    await host.tab.mouse.move(30, 30);
    const frame = await machine(host.tab, 0);
    await host.tab.locator("layer-lab .poster").first().waitFor();
    await host.tab.waitForTimeout(600);
    await shot(host.tab, `host-embed-${width}`);
    const room = await frame.evaluate(() => innerHeight);
    await inView(frame, "stage", room);
    await inView(frame, "prompt", room);
    await host.close();
  });
}

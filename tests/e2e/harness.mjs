// What every test in a browser shares: the built page on a free port, one Chromium for the file, and for each
// page the promise that nothing left the origin and nothing was said on the console.
//
//   import { open, test } from "./harness.mjs";
//   test("a container appears", async () => {
//     const lab = await open({ language: "en" });
//     await lab.run("docker run -d --name web nginx:alpine");
//     assert.match(await lab.terminalText(), /[0-9a-f]{64}/);
//     await lab.close();
//   });
//
// The page owes it four marks: <html data-ready> when it can be used, <html data-busy> while a line runs,
// data-part="prompt" on the line's input and data-part="screen" on the terminal's rows.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { serve } from "../../site/serve.mjs";

export { test };
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const dist = join(root, "dist");

const modules = process.env.LAYERLAB_NODE_MODULES ?? join(root, "node_modules");
const require = createRequire(join(modules, "anchor.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const shots = join(root, "target", "shots");

export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-sync",
  "--no-first-run",
];

let started;
/** The server and the browser of this test file, started when the first page is opened. */
export function lab() {
  started ??= Promise.all([
    serve(dist),
    chromium.launch({ executablePath: process.env.LAYERLAB_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS }),
  ]).then(([server, browser]) => ({ server, browser }));
  return started;
}

after(async () => {
  if (!started) return;
  const { server, browser } = await started;
  await browser.close();
  await server.close();
});

/**
 * Opens the page and waits until it can be used. `path` may carry a query and a fragment; `context` continues
 * in the context (storage) of a page opened earlier; `motion: true` lets things move; `offline: true` lets
 * the page keep itself for later; `expected` is a list of
 * patterns of console errors that the test means to cause; `prepare` is done to the page before it is opened;
 * `address` is that of another server than the usual one.
 */
export async function open(options = {}) {
  const { server, browser } = await lab();
  const { width = 1440, height = 900, theme = "light", language = "en", path = "", motion = false } = options;
  const context =
    options.context ??
    (await browser.newContext({
      viewport: { width, height },
      colorScheme: theme,
      locale: language,
      reducedMotion: motion ? "no-preference" : "reduce",
      // A worker would fetch the whole site for each test; those that are about it allow it.
      serviceWorkers: options.offline ? "allow" : "block",
    }));
  const page = await context.newPage();
  const address = options.address ?? server.address;
  const opened = new Lab(page, context, new URL(address).origin, options.expected ?? []);
  await options.prepare?.(page);
  await page.goto(address + path);
  if (options.wait !== false) await opened.ready();
  return opened;
}

/** A page under test. */
export class Lab {
  problems = [];
  requests = [];

  constructor(page, context, origin, expected) {
    Object.assign(this, { page, context });
    const complain = (what) => {
      if (!expected.some((pattern) => pattern.test(what))) this.problems.push(what);
    };
    page.on("console", (message) => {
      if (/^Service Worker registration blocked/.test(message.text())) return;
      if (["error", "warning"].includes(message.type())) complain(`console: ${message.text()}`);
    });
    page.on("pageerror", (error) => complain(`uncaught: ${error.message}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      this.requests.push(url.pathname);
      if (/^(https?|wss?):$/.test(url.protocol) && url.origin !== origin) complain(`left the origin: ${url}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) complain(`${response.status()}: ${response.url()}`);
    });
  }

  async ready() {
    await this.page
      .locator("html[data-ready]")
      .waitFor({ state: "attached", timeout: 20_000 })
      .catch((error) => assert.fail([error.message, ...this.problems].join("\n")));
    // The mark says that all is there; that it fits the window and has the focus comes with the frames that follow.
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    for (let n = 0; n < 2; n += 1) await this.page.evaluate(frame);
  }

  /** Waits until no line runs. */
  async idle(timeout = 20_000) {
    await this.page.locator("html:not([data-busy])").waitFor({ state: "attached", timeout });
  }

  /** Types a line at the prompt and sends it. */
  async type(line) {
    const prompt = this.page.locator('[data-part="prompt"]');
    await prompt.focus();
    await this.page.keyboard.insertText(line);
    await prompt.press("Enter");
  }

  /** Types a line and waits for its end. */
  async run(line, timeout) {
    await this.type(line);
    await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    await this.idle(timeout);
  }

  /** What stands on the terminal, line by line. */
  terminalText() {
    return this.page.locator('[data-part="screen"]').innerText();
  }

  /** Reloads, as a learner would, and waits. */
  async reload() {
    await this.page.reload();
    await this.ready();
  }

  /** The violations that axe finds, each with the elements it is about; colour contrast included. */
  async violations() {
    // Evaluated by the driver, so that the page's own content policy need not allow it.
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run());
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  }

  /** A picture in target/shots/. */
  async shot(name) {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }

  /** Closes the page; fails on anything it complained of. `keep` leaves the context for a later page. */
  async close({ keep = false } = {}) {
    await (keep ? this.page : this.context).close();
    assert.deepEqual(this.problems, []);
  }
}

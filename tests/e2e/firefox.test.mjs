// A second browser: lesson 1 by typing in Firefox. Playwright drives only a Firefox of its own; the system's speaks
// WebDriver BiDi, which is JSON over a WebSocket. Without a Firefox on this machine the test says that it is skipped.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../site/serve.mjs";
import { dist, root } from "./harness.mjs";
import { steps } from "./learner.mjs";

const modules = process.env.LAYERLAB_NODE_MODULES ?? join(root, "node_modules");
const { ws: WebSocket } = createRequire(join(modules, "anchor.js"))("playwright-core/lib/utilsBundle");

const found = [process.env.LAYERLAB_FIREFOX, "firefox-esr", "firefox"].find(
  (name) => name && spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
);
const skip = found ? false : "there is no Firefox on this machine (LAYERLAB_FIREFOX names one)";

/** Prefs of a quiet browser: nothing is fetched that the test has not asked for. */
const PREFS = {
  "app.update.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.aboutwelcome.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "toolkit.telemetry.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "intl.accept_languages": "en",
  "ui.prefersReducedMotion": 1,
};

/** A Firefox with a profile of its own, and the one page that is open in it. */
class Firefox {
  problems = [];
  #waiting = new Map();
  #number = 0;

  static async open() {
    const firefox = new Firefox();
    firefox.profile = mkdtempSync(join(tmpdir(), "layerlab-firefox-"));
    const line = ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`;
    writeFileSync(join(firefox.profile, "user.js"), Object.entries(PREFS).map(line).join("\n"));
    const args = ["--headless", "--no-remote", "--profile", firefox.profile, "--remote-debugging-port", "0", "about:blank"];
    firefox.child = spawn(found, args, { stdio: ["ignore", "ignore", "pipe"] });
    const address = await new Promise((done, fail) => {
      let said = "";
      firefox.child.stderr.on("data", (more) => {
        said += more;
        const match = said.match(/listening on (ws:\/\/\S+)/);
        if (match) done(match[1]);
      });
      firefox.child.on("exit", () => fail(new Error(`Firefox has ended: ${said}`)));
    });
    firefox.socket = new WebSocket(`${address}/session`);
    firefox.socket.on("message", (text) => firefox.#hear(JSON.parse(text)));
    await new Promise((done, fail) => firefox.socket.on("open", done).on("error", fail));
    await firefox.ask("session.new", { capabilities: {} });
    await firefox.ask("session.subscribe", { events: ["log.entryAdded", "network.responseCompleted", "network.fetchError"] });
    const { contexts } = await firefox.ask("browsingContext.getTree", {});
    firefox.context = contexts[0].context;
    await firefox.ask("browsingContext.setViewport", { context: firefox.context, viewport: { width: 1440, height: 900 } });
    return firefox;
  }

  #hear({ id, type, result, error, message, method, params }) {
    if (id !== undefined) {
      const { done, fail } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (type === "error") fail(new Error(`${error}: ${message}`));
      else done(result);
    } else if (method === "log.entryAdded" && ["error", "warn"].includes(params.level)) {
      this.problems.push(`console: ${params.text}`);
    } else if (method === "network.responseCompleted" && params.response.status >= 400) {
      this.problems.push(`${params.response.status}: ${params.request.url}`);
    } else if (method === "network.fetchError") {
      this.problems.push(`not fetched: ${params.request.url}: ${params.errorText}`);
    }
  }

  ask(method, params) {
    const id = ++this.#number;
    this.socket.send(JSON.stringify({ id, method, params }));
    return new Promise((done, fail) => this.#waiting.set(id, { done, fail }));
  }

  /** The value of an expression in the page. */
  async eval(expression) {
    const params = { expression, target: { context: this.context }, awaitPromise: true, serializationOptions: { maxDomDepth: 0 } };
    const { type, result, exceptionDetails } = await this.ask("script.evaluate", params);
    assert.equal(type, "success", exceptionDetails?.text);
    return result.value;
  }

  async until(expression, what = expression) {
    for (const end = Date.now() + 20_000; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
      if (await this.eval(`Boolean(${expression})`)) return;
    }
    assert.fail([`waited in vain for ${what}`, ...this.problems].join("\n"));
  }

  /** Types keys, as a hand would. */
  keys(text) {
    const press = (value) => [{ type: "keyDown", value }, { type: "keyUp", value }];
    return this.ask("input.performActions", { context: this.context, actions: [{ type: "key", id: "keyboard", actions: [...text].flatMap(press) }] });
  }

  async run(line) {
    await this.eval(`document.querySelector('[data-part="prompt"]').focus()`);
    await this.keys(`${line}\uE007`);
    await this.eval("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)))");
    await this.until("!document.documentElement.hasAttribute('data-busy')", `the end of ${line}`);
  }

  async shot(name) {
    const { data } = await this.ask("browsingContext.captureScreenshot", { context: this.context });
    mkdirSync(join(root, "target", "shots"), { recursive: true });
    writeFileSync(join(root, "target", "shots", `${name}.png`), Buffer.from(data, "base64"));
  }

  async close() {
    this.child.removeAllListeners("exit");
    const ended = new Promise((done) => this.child.on("exit", done));
    await this.ask("browser.close", {}).catch(() => this.child.kill());
    await ended;
    this.socket.terminate();
    rmSync(this.profile, { recursive: true, force: true });
  }
}

test("lesson 1 by typing, in Firefox", { timeout: 240_000, skip }, async () => {
  const id = "01-image-and-container";
  const server = await serve(dist);
  const firefox = await Firefox.open();
  const pane = `document.querySelector('[data-part="lesson"]`;
  const dot = (at) => `document.querySelectorAll('.steps button')[${at}]`;
  const answers = async (quizzes, guesses) => {
    for (const [at, { form, items }] of quizzes.entries()) {
      if (guesses !== (form === "predict")) continue;
      assert.ok(["choice", "predict"].includes(form), form);
      for (const [n, { right }] of items.entries()) {
        if (right) await firefox.eval(`document.querySelectorAll('[data-part="quiz"]')[${at}].querySelectorAll('.choices button')[${n}].click()`);
      }
    }
  };
  try {
    await firefox.ask("browsingContext.navigate", { context: firefox.context, url: `${server.address}?speed=instant&lang=en&lesson=${id}`, wait: "complete" });
    await firefox.until("document.documentElement.hasAttribute('data-ready')", "the page");
    const all = steps(id, "en");
    for (const [at, step] of all.entries()) {
      const title = JSON.stringify(step.title.replaceAll("`", ""));
      await firefox.until(`${pane} .title')?.textContent === ${title}`, `step ${title}`);
      await answers(step.quizzes, true);
      for (const line of step.solution) await firefox.run(line);
      if (step.quizzes.some(({ form }) => form !== "predict")) {
        await firefox.eval(`${dot(at)}.click()`);
        await firefox.until(`${dot(at)}.hasAttribute('aria-current')`);
        await answers(step.quizzes, false);
        await firefox.until("document.querySelector('.won')", `the end of ${title}`);
        if (at + 1 < all.length) await firefox.eval(`${dot(at + 1)}.click()`);
      }
    }
    await firefox.until("document.querySelectorAll('.steps .d, .steps .c').length >= document.querySelectorAll('.steps button').length", "the end");
    await firefox.shot("firefox");
    // What was done is there after a reload.
    const before = await firefox.eval(`document.querySelectorAll('[data-part="ticks"] li').length`);
    await firefox.ask("browsingContext.reload", { context: firefox.context, wait: "complete" });
    await firefox.until(`document.querySelectorAll('[data-part="ticks"] li').length === ${before}`, "the session after a reload");
    assert.deepEqual(firefox.problems, []);
  } finally {
    await firefox.close();
    await server.close();
  }
});

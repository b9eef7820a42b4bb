// The page's half of an embed: loaded where the address has `?embed`, after the storage has been set apart
// (index.html). It tells the host page how far its reader is and types what the host page asks for.
//
// It is plain script over the page's marks (`data-ready`, `data-busy`, `data-part`), as the tests in a browser are:
// the machine and its page need to know nothing of hosts, and who opens the page itself never loads this.
(() => {
  const root = document.documentElement;
  const query = new URLSearchParams(location.search);
  const find = (part) => document.querySelector(`[data-part="${part}"]`);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  // What is shown: both (as it is), the Stage or the terminal alone, with or without the step's commands.
  root.dataset.view = query.get("view") ?? "both";
  root.dataset.chips = query.get("chips") ?? "yes";
  const style = new CSSStyleSheet();
  style.replaceSync(
    ":is([data-view=stage],[data-view=terminal]) .app.embed .main{display:flex;flex-direction:column}" +
      "[data-view=stage] .embed .stg,[data-view=terminal] .embed .term{flex:1;min-height:0}" +
      "[data-view=stage] .embed .term,[data-view=terminal] .embed .stg,[data-chips=no] .embed .chips{display:none}",
  );
  document.adoptedStyleSheets = [style];

  // Only the window around this one is spoken to, and only under the origin that the browser itself names.
  const address = location.ancestorOrigins?.[0] ?? document.referrer;
  const host = parent !== window && URL.canParse(address) ? new URL(address).origin : "null";
  if (host === "null") return;
  const tell = (type, more) => parent.postMessage({ source: "layerlab", type, ...more }, host);

  // The step that is asked for: the machine is brought there by the link that the build has made of the solutions of
  // the steps before. A machine that was used already stays as it is.
  const kept = (key) => { try { return localStorage.getItem(`layerlab.${key}`); } catch { return null; } };
  const listed = () => (document.getElementById("lessons")?.textContent ?? "").split("\n").map((row) => row.split("\t"));
  const lesson = () => query.get("lesson") ?? kept("lesson") ?? listed()[0][0];
  let bringing = Number(query.get("step")) > 1 && !location.hash.startsWith("#s");
  async function bring() {
    if (document.readyState === "loading") await new Promise((done) => addEventListener("DOMContentLoaded", done));
    const [id, ...cells] = listed().find(([id]) => id === lesson()) ?? [];
    if (!id || kept(`session/${id}`) !== null) return;
    const states = await (await fetch(`lessons/${id}.steps.${cells.at(-1)}.txt`)).text();
    const link = states.split("\n")[query.get("step") - 2];
    if (!link?.startsWith("s")) return;
    // The page loads anew for a link that is laid over its address; should it not have got so far yet, it finds it there.
    location.hash = link;
    await new Promise((done) => setTimeout(done, 3000));
  }

  // How far the reader is. A dot a step: done ones are marked, but for the one that is shown.
  let ready = false;
  let asked = Number(query.get("step"));
  let known = "";
  let most = -1;
  function look() {
    const full = document.querySelector("a.full");
    const there = new URLSearchParams([...query].filter(([name]) => ["lesson", "lang"].includes(name)));
    if (full && full.getAttribute("href") !== `?${there}`) full.setAttribute("href", `?${there}`);
    const dots = [...document.querySelectorAll('[data-part="lesson"] .steps button')];
    if (bringing || !dots.length || !root.hasAttribute("data-ready")) return;
    if (!ready) tell("ready", { steps: dots.length });
    if (!ready) state("initialized");
    ready = true;
    if (asked) {
      dots[asked - 1]?.click();
      asked = 0;
      return;
    }
    const won = document.querySelector('[data-part="lesson"] .won') ? 1 : 0;
    const step = dots.findIndex((dot) => dot.hasAttribute("aria-current")) + 1;
    const done = dots.filter((dot) => dot.className === "d").length + won;
    if (known === `${step} ${done}`) return;
    known = `${step} ${done}`;
    if (most >= 0 && done > most) {
      tell("step-done", { step: done, steps: dots.length });
      for (let step = most + 1; step <= done; step++) state("completed", step);
      if (done === dots.length) state("completed");
      else state("progressed", 0, Math.round((done / dots.length) * 100));
    }
    most = Math.max(most, done);
    tell("progress", { step, done, steps: dots.length });
  }
  /** A statement for a learning platform, without who it is about: the host page knows that. */
  function state(verb, step, progress) {
    const id = new URL(`?${new URLSearchParams({ lesson: lesson() })}${step ? `#step/${step}` : ""}`, location.origin + location.pathname).href;
    const name = step ? document.querySelectorAll('[data-part="lesson"] .steps button')[step - 1]?.ariaLabel : document.querySelector(".crumb b")?.textContent;
    const type = step ? "http://adlnet.gov/expapi/activities/interaction" : "http://adlnet.gov/expapi/activities/lesson";
    const statement = {
      verb: { id: `http://adlnet.gov/expapi/verbs/${verb}`, display: { en: verb } },
      object: { objectType: "Activity", id, definition: { type, ...(name && { name: { [root.lang]: name } }) } },
      ...(verb === "completed" && { result: { completion: true } }),
      ...(progress && { result: { completion: false, extensions: { "https://w3id.org/xapi/cmi5/result/extensions/progress": progress } } }),
      timestamp: new Date().toISOString(),
    };
    tell("xapi", { statement });
  }

  let looking = false;
  const soon = () => {
    if (looking) return;
    looking = true;
    requestAnimationFrame(() => {
      looking = false;
      look();
    });
  };
  new MutationObserver(soon).observe(root, { attributeFilter: ["data-ready"] });
  new MutationObserver(soon).observe(document.getElementById("app"), {
    childList: true,
    subtree: true,
    attributeFilter: ["class", "aria-current"],
  });

  // Lines from the host page are typed one by one, each at a prompt: the host's, or that of a shell in a container
  // which an earlier line of the same block has opened. A shell that waits at its prompt is not marked as busy.
  const busy = () => root.hasAttribute("data-busy");
  const input = () => find("prompt");
  const prompt = () => input()?.form.querySelector(".ps").textContent ?? "";
  /** The prompt's part that says whose it is: `learner@layerlab:` at the machine's own. */
  const whose = () => prompt().replace(/:.*/s, ":");
  let own;

  /** A key of the terminal's: "c" or "d" with Ctrl, at an empty line; what the reader was writing stays. */
  function press(key) {
    const draft = input().value;
    input().value = "";
    input().dispatchEvent(new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, cancelable: true }));
    return draft;
  }

  async function until(condition, most = Infinity) {
    for (const end = Date.now() + most; !condition() && Date.now() < end; ) await pause(60);
  }

  /** The half of the machine that has Docker's commands comes with the first sign of somebody there: this is one. */
  async function wake() {
    dispatchEvent(new Event("pointerdown"));
    const come = ({ name, responseEnd }) => /\/later-[^/]*\.wasm$/.test(name) && responseEnd > 0;
    await until(() => performance.getEntriesByType("resource").some(come), 15_000);
    await pause(60);
  }

  /** A block starts at the machine's own prompt: a shell that the last one has left open is closed. What else runs is waited for. */
  async function home() {
    own ??= whose();
    // Who has changed the prompt of the machine's own shell must not be logged out for ever.
    for (let tries = 0; busy() || (whose() !== own && tries < 5); ) {
      const draft = busy() ? "" : press(prompt() === "> " ? "c" : "d");
      if (!busy()) tries++;
      await pause(200);
      if (draft) input().value = draft;
    }
  }

  async function type(line) {
    await until(() => !busy());
    const draft = input().value;
    input().value = line;
    input().form.requestSubmit();
    // The page draws with its next frames whether the line runs on; what the reader was writing stays.
    await pause(120);
    if (draft && !input().value) input().value = draft;
  }

  let typing = Promise.resolve();
  function run(id, lines) {
    typing = typing.then(async () => {
      await until(() => ready && !busy());
      await wake();
      await home();
      for (const line of lines) await type(line);
      await until(() => !busy());
      tell("ran", { id });
    });
  }

  addEventListener("message", ({ source, origin, data }) => {
    if (source !== parent || origin !== host || data?.source !== "layerlab-host") return;
    const { type, id, lines, theme } = data;
    if (type === "run" && Array.isArray(lines)) run(id, lines.filter((line) => typeof line === "string").slice(0, 200));
    if (type === "theme" && ["light", "dark"].includes(theme)) root.dataset.theme = theme;
  });
  if (bringing) {
    const done = () => {
      bringing = false;
      soon();
    };
    bring().then(done, done);
  }
  soon();
})();

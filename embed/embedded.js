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
    if (!dots.length || !root.hasAttribute("data-ready")) return;
    if (!ready) tell("ready", { steps: dots.length });
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
    if (most >= 0 && done > most) tell("step-done", { step: done, steps: dots.length });
    most = Math.max(most, done);
    tell("progress", { step, done, steps: dots.length });
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
  soon();
})();

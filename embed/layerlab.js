// Layerlab in another page: <layer-lab lesson="01-image-and-container"></layer-lab>, and, where this script has
// `data-enhance`, an article's shell blocks that run. README.md beside this file says how it is used.
//
// A classic script, so that one tag is all it takes; it also works as a module. It loads nothing by itself: the page
// comes into an iframe when an embed is near the viewport and the reader has given a first sign, or clicks it.
(() => {
  if (customElements.get("layer-lab")) return;
  const script = document.currentScript ?? document.querySelector('script[src*="layerlab.js"]');
  const base = new URL(".", script.src);
  const WORDS = {
    vi: { go: "Chạy thử", wait: "Đang mở…", run: "Chạy", runs: "Đang chạy", ran: "Chạy lại", close: "Đóng", open: "Mở máy", title: "Layerlab, máy Docker thử" },
    en: { go: "Try it", wait: "Opening…", run: "Run", runs: "Running", ran: "Run again", close: "Close", open: "Open the machine", title: "Layerlab, a Docker machine to try things on" },
  };
  const make = (tag, props, ...children) => {
    const one = Object.assign(document.createElement(tag), props);
    one.append(...children);
    return one;
  };

  /** A shadow with its own style, made so that no content policy of the host page forbids it. */
  const shadow = (node, style, ...children) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    const root = node.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(...children);
  };

  const language = (node, asked) => (asked || node.closest("[lang]")?.lang || document.documentElement.lang || "en").slice(0, 2) === "vi" ? "vi" : "en";

  /** Light or dark as the ground is on which the element stands; where none is painted, as the browser paints it. */
  function theme(node) {
    for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
      const ground = getComputedStyle(at).backgroundColor;
      const [r, g, b, a = 1] = ground.startsWith("rgb") ? ground.match(/[\d.]+/g).map(Number) : [0, 0, 0, 0];
      if (a > 0.5) return r * 0.3 + g * 0.59 + b * 0.11 < 128 ? "dark" : "light";
    }
    const scheme = getComputedStyle(document.documentElement).colorScheme;
    return /dark/.test(scheme) && (!/light/.test(scheme) || matchMedia("(prefers-color-scheme: dark)").matches) ? "dark" : "light";
  }

  // The reader does something: only now is what stands in the first screen worth its download.
  const signed = new Promise((done) => {
    for (const kind of ["scroll", "pointermove", "pointerdown", "keydown", "wheel", "touchstart"]) addEventListener(kind, done, { capture: true, once: true, passive: true });
  });
  // One machine opens after the other: the second finds what the first has fetched in the browser's cache.
  let turn = Promise.resolve();
  const own = Math.random().toString(36).slice(2);
  let count = 0;

  const COLOURS =
    ":host{display:block;position:relative;--p:#fffefb;--s:#f4f3ee;--e:#efede5;--l:#bdbaae;--i:#181b20;--t:#16191f;--a:#2350c8;--o:#fff;--w:#fff0d0;--x:#b26a00;--n:#00697f;--f:88% .06;--d:74% .08}" +
    ":host([data-ground=dark]){--p:#14181e;--s:#0c0f13;--e:#101419;--l:#3d4650;--i:#eceff3;--t:#08090c;--a:#93b4ff;--o:#0b1530;--w:#3a2a0f;--x:#eaa94a;--n:#5cc8de;--f:38% .06;--d:28% .06}" +
    "button{font:600 14px/1 system-ui,sans-serif;color:inherit;border:0;cursor:pointer}button:focus-visible{outline:2px solid var(--a);outline-offset:2px}";
  const STYLE =
    COLOURS +
    ".box{position:absolute;inset:0;display:flex;flex-direction:column;border-radius:12px;overflow:hidden;background:var(--s);box-shadow:0 0 0 1px var(--l);contain:strict}" +
    ".view{position:relative;flex:1;min-height:0}iframe,.poster{position:absolute;inset:0;width:100%;height:100%;border:0;padding:0}" +
    ".poster{background:var(--s);color:var(--o);display:block}.poster svg{width:100%;height:100%;display:block}.poster span{position:absolute;left:50%;bottom:9%;transform:translateX(-50%);background:var(--a);padding:12px 20px;border-radius:9px;white-space:nowrap}" +
    ".h164{--h:164}.h218{--h:218}.h245{--h:245}.h299{--h:299}.lines{display:flex;gap:8px;overflow-x:auto;padding:9px 12px;background:var(--t);flex:none}.lines button{flex:none;font:500 12px ui-monospace,monospace;height:28px;padding:0 10px;border-radius:7px;color:#e4e8ee;background:#ffffff17}";

  // An image's layers, a container that stands on the same ones, its writable layer; the network below.
  const plate = (hue, x, y, w) =>
    `<g class="h${hue}"><path fill="oklch(var(--d) var(--h))" d="M${x + w} ${y}l7-5v22l-7 5z"/><path fill="oklch(var(--f) var(--h))" d="M${x} ${y}l7-5h${w}l-7 5zM${x} ${y}h${w}v22h-${w}z"/><path opacity=".45" fill="oklch(var(--f) var(--h))" d="M${x + w + 7} ${y}H600v22H${x + w + 7}z"/></g>`;
  const POSTER =
    '<svg viewBox="0 0 720 420" preserveAspectRatio="xMidYMid slice" aria-hidden="true"><rect x="60" y="30" width="574" height="240" rx="14" fill="var(--p)" stroke="var(--l)"/><path fill="var(--e)" d="M60 232h574v24a14 14 0 0 1-14 14H74a14 14 0 0 1-14-14z"/><path stroke="var(--i)" d="M60 232h574"/><path fill="var(--t)" d="M0 290h720v130H0z"/>' +
    [plate(164, 90, 209, 300), plate(245, 90, 185, 300), plate(299, 190, 161, 200), plate(218, 190, 137, 200)].join("") +
    '<rect x="440" y="60" width="166" height="172" rx="9" fill="none" stroke="var(--l)" stroke-width="1.5"/><path fill="none" stroke="var(--n)" stroke-width="2" d="M450 92h50l4-6 6 10 5-4h81M522 232v22"/><rect x="447" y="104" width="152" height="27" rx="4" fill="var(--w)" stroke="var(--x)" stroke-width="2" stroke-dasharray="6 4"/><path stroke="var(--n)" stroke-width="3" d="M440 254h180"/><path fill="var(--i)" d="M196 137V96h83l-5 10 5 10h-81v21z"/><path stroke="#7ddfb0" stroke-width="2" fill="none" d="M22 312l6 5-6 5"/></svg>';

  class LayerLab extends HTMLElement {
    #id = `${own}-${count++}`;
    #frame;
    #opened;
    #waiting = new Map();
    #runs = 0;

    connectedCallback() {
      const height = this.getAttribute("height") ?? "420";
      if (!this.style.height) this.style.height = /^\d+$/.test(height) ? `${height}px` : height;
      if (this.shadowRoot) return;
      const words = WORDS[language(this, this.getAttribute("lang"))];
      this.poster = make("button", { type: "button", className: "poster", innerHTML: POSTER, onclick: () => this.open() }, make("span", { textContent: words.go }));
      this.view = make("div", { className: "view" }, this.poster);
      const box = make("div", { className: "box" }, this.view);
      const lines = (this.getAttribute("commands") ?? "").split(/\n|;;/).map((line) => line.trim()).filter(Boolean);
      if (lines.length) box.append(make("div", { className: "lines" }, ...lines.map((line) => make("button", { type: "button", textContent: line, onclick: () => this.run([line]) }))));
      shadow(this, STYLE, box);
      this.follow();
      // A page that changes its colours may take a moment to do so.
      const changed = new MutationObserver(() => (this.follow(), setTimeout(() => this.follow(), 400)));
      for (const node of [document.documentElement, document.body]) changed.observe(node, { attributeFilter: ["class", "style", "data-theme", "data-bs-theme"] });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.follow());
      if (this.getAttribute("load") === "click") return;
      const near = new IntersectionObserver((seen) => {
        if (!seen.some((one) => one.isIntersecting)) return;
        near.disconnect();
        signed.then(() => this.open());
      }, { rootMargin: "200px" });
      near.observe(this);
    }

    /** The colours are the host page's, unless they are set. */
    follow() {
      const now = this.getAttribute("theme") || theme(this.parentElement ?? this.getRootNode().host ?? document.body);
      if (now === this.dataset.ground) return;
      this.dataset.ground = now;
      this.#tell({ type: "theme", theme: now });
    }

    #tell(message) {
      this.#frame?.contentWindow?.postMessage({ source: "layerlab-host", ...message }, base.origin);
    }

    /** Opens the machine, when those before it are open; gives a promise of it. */
    open() {
      return (this.#opened ??= new Promise((opened) => {
        const words = WORDS[language(this, this.getAttribute("lang"))];
        this.poster.lastChild.textContent = words.wait;
        turn = turn.then(() => new Promise((next) => {
          // One that is out of sight is not drawn by the browser, and not ready: it must not hold up the others.
          this.#mount(words, () => (next(), opened()));
          this.#frame.addEventListener("load", () => setTimeout(next, 2500));
        }));
      }));
    }

    #mount(words, ready) {
      const url = new URL(base);
      const asked = { embed: this.#id, lang: language(this, this.getAttribute("lang")), theme: this.dataset.ground };
      for (const name of ["lesson", "step", "view", "speed", "seed", "chips"]) if (this.getAttribute(name)) asked[name] = this.getAttribute(name);
      if (this.getAttribute("commands")) asked.chips = "no";
      url.search = new URLSearchParams(asked);
      // A prepared state: what a share link has behind its "#", or the whole link.
      url.hash = this.getAttribute("state")?.match(/(?:^|#)(s\d+=[\w-]+)$/)?.[1] ?? "";
      // The page learns by the referrer whom it may speak to, whatever the host page's own policy is.
      this.#frame = make("iframe", { title: this.getAttribute("title") ?? words.title, referrerPolicy: "origin", allow: "clipboard-write", src: url });
      // A page without an origin (a file) hears nothing: it sees the machine when it must be there.
      const shown = () => {
        this.poster.remove();
        ready();
      };
      this.#frame.onload = () => setTimeout(shown, 8000);
      addEventListener("message", ({ source, origin, data }) => {
        if (source !== this.#frame.contentWindow || origin !== base.origin || data?.source !== "layerlab") return;
        const { type, id } = data;
        if (type === "ready") {
          // Whoever pressed the poster is inside; nobody else's focus is touched.
          if (this.shadowRoot.activeElement === this.poster) this.#frame.focus({ preventScroll: true });
          this.#tell({ type: "theme", theme: this.dataset.ground });
          shown();
        }
        if (type === "ran") this.#waiting.get(id)?.();
        this.dispatchEvent(new CustomEvent(type, { detail: data, bubbles: true, composed: true }));
      });
      this.view.prepend(this.#frame);
    }

    /** Types lines at the machine's prompt, one after the other; the promise is kept when the last has ended. */
    async run(lines) {
      await this.open();
      const id = ++this.#runs;
      await new Promise((done) => {
        this.#waiting.set(id, done);
        this.#tell({ type: "run", id, lines });
      });
    }
  }
  customElements.define("layer-lab", LayerLab);

  // An article's blocks.

  /** A block's command lines: without comments, prompts and what stands there as output; continued lines are one. */
  function linesOf(code) {
    const copy = code.cloneNode(true);
    copy.querySelectorAll(".ln,.lnt").forEach((number) => number.remove());
    const all = copy.textContent.split("\n");
    const prompted = all.some((line) => /^\$ /.test(line));
    const lines = [];
    let end = null;
    let begun = "";
    for (let line of all) {
      if (end !== null) {
        lines.push(line);
        if (line.trim() === end) end = null;
        continue;
      }
      if (prompted && !begun && !/^\$ /.test(line)) continue;
      if (prompted) line = line.replace(/^[$>] /, "");
      line = begun + (begun ? line.trimStart() : line.trimEnd());
      begun = "";
      if (/^\s*(#|$)/.test(line)) continue;
      if (/\\\s*$/.test(line)) {
        begun = line.replace(/\s*\\\s*$/, " ");
        continue;
      }
      end = line.match(/<<-?\s*(["']?)([\w.-]+)\1/)?.[2] ?? null;
      lines.push(line.trimEnd());
    }
    if (begun) lines.push(begun.trimEnd());
    // A Dockerfile that is marked as a shell's is none of ours.
    return /^\s*FROM\s/.test(lines[0] ?? "") ? [] : lines;
  }

  let panel;
  function machine() {
    if (panel) return panel;
    const words = WORDS[language(document.body, script.dataset.lang)];
    const lab = make("layer-lab", {});
    for (const name of ["lesson", "lang", "theme", "speed", "seed", "view"]) if (script.dataset[name]) lab.setAttribute(name, script.dataset[name]);
    lab.setAttribute("chips", "no");
    lab.setAttribute("load", "click");
    lab.setAttribute("height", "100%");
    const shell = make("section", { ariaLabel: words.title });
    const close = make("button", { type: "button", textContent: words.close, onclick: () => show(false) });
    const again = make("button", { type: "button", className: "again", textContent: words.open, onclick: () => show(true) });
    const show = (on) => {
      shell.style.visibility = on ? "" : "hidden";
      again.hidden = on;
    };
    shell.append(make("header", {}, close), make("div", {}, lab));
    const host = make("div", { id: "layerlab-panel" });
    host.dataset.ground = script.dataset.theme || theme(document.body);
    shadow(
      host,
      COLOURS +
        ":host{position:static}section,.again{position:fixed;z-index:2147483000;right:12px;bottom:12px}section{box-sizing:border-box;display:flex;flex-direction:column;width:min(720px,100vw - 24px);height:min(500px,76vh);border-radius:14px;padding:0 6px 6px;background:var(--p);color:var(--i);box-shadow:0 8px 40px #0006,0 0 0 1px var(--l)}" +
        "header{display:flex;justify-content:flex-end;flex:none;height:30px}div{flex:1;min-height:0}header button{background:none;padding:0 8px}.again{padding:12px 16px;border-radius:9px;background:var(--a);color:var(--o)}[hidden]{display:none}",
      shell,
      again,
    );
    document.body.append(host);
    return (panel = { lab, show });
  }

  function enhance() {
    const found = document.querySelectorAll("pre > code:is(.language-bash,.language-sh,.language-shell,.language-console,[data-lang=bash],[data-lang=sh])");
    for (const code of found) {
      const pre = code.parentElement;
      const lines = linesOf(code);
      if (!lines.length || pre.dataset.layerlab || (script.dataset.enhance && !pre.closest(script.dataset.enhance))) continue;
      pre.dataset.layerlab = lines.length;
      const words = WORDS[language(pre, script.dataset.lang)];
      const place = make("span", {});
      place.dataset.ground = theme(pre) === "dark" ? "dark" : "light";
      // It lies over the block and takes no room, and its word is not part of the block's text.
      if (getComputedStyle(pre).position === "static") pre.style.position = "relative";
      const button = make("button", {
        type: "button",
        textContent: words.run,
        async onclick() {
          if (button.ariaDisabled) return;
          button.ariaDisabled = "true";
          button.textContent = words.runs;
          const { lab, show } = machine();
          show(true);
          await lab.run(lines);
          button.ariaDisabled = null;
          button.textContent = words.ran;
        },
      });
      shadow(place, `${COLOURS}:host{position:absolute;top:6px;right:6px}button{height:28px;padding:0 12px;border-radius:7px;background:var(--a);color:var(--o)}`, button);
      pre.append(place);
    }
  }
  if ("enhance" in script.dataset) document.readyState === "loading" ? addEventListener("DOMContentLoaded", enhance) : enhance();
})();

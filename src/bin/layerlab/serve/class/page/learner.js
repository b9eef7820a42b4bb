// The learner's side of a class: joins it when asked to, and then tells how far the page is, in numbers. What is
// typed is never read. The class server puts this script into the page it serves; it is plain script over the page's
// marks (`data-ready`, `data-part`, `data-lesson`), as the tests in a browser are, and no other page loads it.
const name = document.querySelector("script[data-class]").dataset.class;
const place = new URL(".", import.meta.url);
const KEY = "layerlab.class";
/** How often the page reports when nothing happens, and at most when much does; how long after a failure. */
const BEAT = 10_000;
const SOON = 700;
const AGAIN = 5_000;

const WORDS = {
  vi: {
    join: "Vào lớp", title: (name) => `Lớp “${name}”`,
    why: "Nếu bạn vào lớp, giảng viên thấy tên bạn, bài và bước bạn đang học, số lệnh đã thử. Những gì bạn gõ không được gửi đi.",
    name: "Tên của bạn", code: "Mã vào lớp", enter: "Vào lớp", here: (name) => `Bạn ở trong lớp với tên ${name}.`,
    help: "Xin giúp", helping: "Đang xin giúp", leave: "Rời lớp và xoá những gì đã gửi",
    offer: "Giảng viên mời bạn mở một trạng thái", offered: "Phiên của bạn được giữ nguyên; bạn có thể quay lại.", open: "Mở xem", later: "Để sau",
    over: "Hết giờ", lost: "Chưa liên lạc được với máy của lớp; sẽ thử lại.", gone: "Bạn không còn trong lớp.",
    400: "Tên không dùng được.", 401: "Mã vào lớp không đúng.", 409: "Tên này đã có người dùng.", 429: "Thử quá nhiều lần: hãy đợi một chút.", 507: "Lớp đã đầy.", else: "Không vào lớp được.",
  },
  en: {
    join: "Join the class", title: (name) => `Class “${name}”`,
    why: "If you join, your instructor sees your name, your lesson and step, and how many commands you have tried. Nothing that you type is sent.",
    name: "Your name", code: "Join code", enter: "Join", here: (name) => `You are here as ${name}.`,
    help: "Ask for help", helping: "You ask for help", leave: "Leave, and delete what was sent",
    offer: "Your instructor offers a state to look at", offered: "Your own session is kept; you can go back to it.", open: "Look at it", later: "Later",
    over: "Time is up", lost: "The class cannot be reached; the page tries again.", gone: "You are not in the class any more.",
    400: "This name cannot be used.", 401: "The join code is not right.", 409: "Somebody has this name already.", 429: "Too many tries: wait a little.", 507: "The class is full.", else: "Joining failed.",
  },
};
const words = () => WORDS[document.documentElement.lang] ?? WORDS.en;

// What is remembered in this browser, and forgotten with "forget everything".
const read = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    return kept?.class === name && typeof kept.token === "string" ? kept : null;
  } catch {
    return null;
  }
};
let me = read();
const keep = () => {
  try {
    if (me) localStorage.setItem(KEY, JSON.stringify(me));
    else localStorage.removeItem(KEY);
  } catch {
    // Then it is remembered for as long as the page is open.
  }
};

async function ask(path, body, token) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(new URL(path, place), { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, said: await response.json().catch(() => ({})) };
}

// How far the page is.
const find = (part) => document.querySelector(`[data-part="${part}"]`);
const visiting = () => location.hash.startsWith("#s");
let last = null;
let pending = null;

function lesson() {
  const stored = () => { try { return localStorage.getItem("layerlab.lesson"); } catch { return null; } };
  const first = () => document.getElementById("lessons")?.textContent.split("\t")[0].trim();
  return new URLSearchParams(location.search).get("lesson") ?? stored() ?? first();
}

/** Counts the commands since the step began: each is a new mark on the timeline, red where it failed. */
function count() {
  const marks = [...(find("ticks")?.children ?? [])];
  const newest = marks.at(-1);
  const settle = (mark) => (me.fails = Math.min(me.tries, (me.fails ?? 0) + (mark.querySelector(".bad") ? 1 : 0)));
  // Where one command was undone and another typed, and where the timeline shows no more, the number stays.
  const added = last && newest !== last.mark ? marks.slice(last.count < marks.length ? last.count : -1) : [];
  if (last && marks.length >= last.count) {
    for (const mark of added) {
      if (pending) settle(pending);
      me.tries = Math.min(10_000, (me.tries ?? 0) + 1);
      pending = mark;
    }
  }
  // How a command ended is known when it has.
  if (pending && !document.documentElement.hasAttribute("data-busy")) {
    settle(pending);
    pending = null;
  }
  last = { mark: newest, count: marks.length };
}

function look() {
  const dots = [...document.querySelectorAll('[data-part="lesson"] .steps button')];
  if (!me || !dots.length || !document.documentElement.hasAttribute("data-ready") || visiting()) return;
  count();
  const step = Math.max(1, dots.findIndex((dot) => dot.hasAttribute("aria-current")) + 1);
  const won = document.querySelector('[data-part="lesson"] .won') ? 1 : 0;
  const done = dots.filter((dot) => dot.className === "d").length + won;
  const at = `${lesson()} ${step} ${done}`;
  if (me.at !== at) Object.assign(me, { at, tries: 0, fails: 0 });
  me.report = { lesson: lesson(), step, done, steps: dots.length, tries: me.tries ?? 0, fails: me.fails ?? 0, hand: Boolean(me.hand) };
  keep();
  if (JSON.stringify(me.report) !== me.sent) tell(SOON);
}

// What is told, and what is heard in return.
let timer = 0;
let due = Infinity;
let lost = false;
function tell(wait) {
  if (Date.now() + wait >= due) return;
  due = Date.now() + wait;
  clearTimeout(timer);
  timer = setTimeout(report, wait);
}

async function report() {
  due = Infinity;
  if (!me?.report) return tell(BEAT);
  const sent = JSON.stringify({ ...me.report, hand: Boolean(me.hand) });
  let wait = BEAT;
  try {
    const { status, said } = await ask("report", JSON.parse(sent), me?.token);
    lost = status >= 500;
    if (status === 401) return left(words().gone);
    if (status === 200 && me) {
      me.sent = sent;
      hear(said);
    } else {
      wait = AGAIN;
    }
  } catch {
    lost = true;
    wait = AGAIN;
  }
  draw();
  tell(wait);
}

let news = { offer: null, end: null };
function hear({ offer, timer }) {
  const fresh = offer && offer.id > (me.seen ?? 0) && offer.id !== news.offer?.id;
  news = { offer: offer?.id > (me.seen ?? 0) ? offer : null, end: timer === null ? null : Date.now() + timer * 1000 };
  if (fresh) open(true);
}

function left(why = "") {
  me = null;
  keep();
  clearTimeout(timer);
  news = { offer: null, end: null };
  draw(why);
}

// The panel. It stands outside of the page's own component, in a shadow of its own, where the top bar makes room.
const STYLE = `
:host { position: fixed; z-index: 6; font: 400 13px/1.45 var(--font-ui); color: var(--ink-2); }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input { font: inherit; color: inherit; }
button { cursor: pointer; border: 0; background: none; padding: 0; }
button:focus-visible, input:focus-visible { outline: none; box-shadow: var(--ring); }
.pill { display: inline-flex; align-items: center; gap: 8px; height: 30px; padding: 0 12px; border-radius: 15px; background: var(--accent-bg); color: var(--accent); font-weight: 600; white-space: nowrap; }
.pill::before { content: ""; width: 8px; height: 8px; border-radius: 4px; background: currentColor; }
.pill.in { background: var(--mute-bg); color: var(--ink-2); }
.pill.in::before { background: var(--st-running); }
.pill.hand { background: var(--wr-fill); color: var(--wr-ink); }
.pill.hand::before { background: var(--wr-line); }
.pill.lost::before { background: none; box-shadow: inset 0 0 0 2px var(--st-failed); }
.pill b { font: 600 13px/1 var(--font-mono); color: var(--ink); }
.pill.over b { color: var(--st-failed); }
section { position: absolute; top: 38px; right: 0; width: 320px; max-width: calc(100vw - 24px); padding: 14px 16px 16px; border-radius: 10px; background: var(--paper); box-shadow: var(--shadow-2), 0 0 0 1px var(--line); }
h2 { margin: 0 0 6px; font-size: 14px; font-weight: 650; color: var(--ink); overflow-wrap: anywhere; }
p { margin: 0 0 10px; overflow-wrap: anywhere; }
label { display: block; margin-bottom: 10px; font-size: 12px; color: var(--ink-3); }
input { display: block; width: 100%; height: 36px; margin-top: 4px; padding: 0 10px; border: 0; border-radius: 7px; background: var(--sunk); box-shadow: inset 0 0 0 1px var(--line-2); color: var(--ink); font-size: 14px; }
input.code { font-family: var(--font-mono); letter-spacing: .12em; }
.main { width: 100%; height: 36px; border-radius: 8px; background: var(--ink); color: var(--paper); font-weight: 600; }
.main[aria-pressed=true] { background: var(--wr-fill); color: var(--wr-ink); box-shadow: inset 0 0 0 1.5px var(--wr-line); }
.quiet { min-height: 32px; margin: 6px -8px -8px; padding: 0 8px; border-radius: 6px; color: var(--ink-3); }
.quiet:hover { background: var(--mute-bg); color: var(--ink); }
.offer { margin: -14px -16px 14px; border-radius: 10px 10px 0 0; padding: 12px 16px; background: var(--accent-bg); color: var(--ink); }
.offer p { margin-bottom: 8px; }
.offer div { display: flex; gap: 8px; }
.offer button { height: 34px; padding: 0 14px; border-radius: 8px; font-weight: 600; }
.offer button:first-child { background: var(--accent); color: var(--on-accent); }
.wrong { color: var(--st-failed); font-weight: 550; }
.wrong:empty { display: none; }
`;
const make = (tag, props = {}, ...children) => {
  const one = Object.assign(document.createElement(tag), props);
  one.append(...children);
  return one;
};
const host = make("div", { id: "class" });
host.dataset.part = "class";
host.role = "region";
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);
const room = new CSSStyleSheet();
const shadow = host.attachShadow({ mode: "open" });
shadow.adoptedStyleSheets = [sheet];
document.adoptedStyleSheets = [...document.adoptedStyleSheets, room];

const pill = make("button", { type: "button", className: "pill", onclick: () => open(panel.hidden) });
const panel = make("section", { hidden: true });
const wrong = make("p", { className: "wrong" });
wrong.setAttribute("role", "alert");
shadow.append(pill, panel);
shadow.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  open(false);
  pill.focus();
});

function open(on) {
  panel.hidden = !on;
  pill.setAttribute("aria-expanded", on);
  draw();
}

const fields = {
  name: make("input", { maxLength: 40, autocomplete: "off", required: true }),
  code: make("input", { className: "code", maxLength: 12, autocomplete: "off", autocapitalize: "off", spellcheck: false, required: true }),
};
const asked = new URLSearchParams(location.hash.slice(1)).get("class");
if (asked) {
  fields.code.value = asked;
  history.replaceState(history.state, "", location.pathname + location.search);
}

async function join() {
  const { status, said } = await ask("join", { name: fields.name.value, code: fields.code.value }).catch(() => ({ status: 0 }));
  if (status !== 200) return draw(words()[status] ?? words().else);
  me = { class: name, token: said.token, name: said.name };
  last = null;
  keep();
  draw();
  look();
  tell(0);
}

async function leave() {
  const { status } = await ask("leave", {}, me.token).catch(() => ({ status: 0 }));
  if (status === 200 || status === 401) left();
  else draw(words().lost);
}

let drawn = "";
function draw(said = "") {
  const text = words();
  host.ariaLabel = text.title(name);
  wrong.textContent = said || (lost && me ? text.lost : "");
  // What is being typed is not drawn anew.
  const state = JSON.stringify([document.documentElement.lang, me?.name, me?.hand, news.offer?.id]);
  if (state !== drawn) panel.replaceChildren(...(me ? inside(text) : outside(text)));
  drawn = state;
  pill.className = `pill ${me ? "in" : ""} ${me?.hand ? "hand" : ""} ${lost ? "lost" : ""}`;
  tick();
  settle();
}

function outside(text) {
  const form = make("form", { onsubmit: (event) => (event.preventDefault(), join()) });
  const label = (field, name) => make("label", {}, name, field);
  form.append(label(fields.name, text.name), label(fields.code, text.code), wrong, make("button", { className: "main", textContent: text.enter }));
  return [make("h2", { textContent: text.title(name) }), make("p", { textContent: text.why }), form];
}

function inside(text) {
  const hand = make("button", {
    type: "button",
    className: "main",
    textContent: me.hand ? text.helping : text.help,
    onclick: () => {
      me.hand = !me.hand;
      if (me.report) me.report.hand = me.hand;
      keep();
      draw();
      shadow.querySelector(".main").focus();
      tell(0);
    },
  });
  hand.setAttribute("aria-pressed", Boolean(me.hand));
  const away = make("button", { type: "button", className: "quiet", textContent: text.leave, onclick: leave });
  return [...offer(text), make("h2", { textContent: text.title(name) }), make("p", { textContent: text.here(me.name) }), wrong, hand, away];
}

function offer(text) {
  if (!news.offer) return [];
  const { id, link, note } = news.offer;
  const seen = () => {
    me.seen = id;
    news.offer = null;
    keep();
    draw();
  };
  const look = () => {
    seen();
    // The page opens a link that is laid over its own address, and touches nothing that is stored.
    if (location.hash === `#${link}`) location.reload();
    else location.hash = link;
  };
  const box = make("div", { className: "offer" });
  box.setAttribute("role", "status");
  box.append(make("h2", { textContent: text.offer }));
  if (note) box.append(make("p", { textContent: note }));
  box.append(make("p", { textContent: text.offered }), make("div", {}, make("button", { type: "button", textContent: text.open, onclick: look }), make("button", { type: "button", textContent: text.later, onclick: seen })));
  return [box];
}

/** The pill's own words, with the time that is left. */
function tick() {
  const text = words();
  const left = news.end === null ? null : Math.max(0, Math.round((news.end - Date.now()) / 1000));
  const clock = left === null ? "" : left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : text.over;
  const label = me ? (news.offer ? text.open : name) : text.join;
  pill.classList.toggle("over", left === 0);
  if (pill.dataset.said === label + clock) return;
  pill.dataset.said = label + clock;
  pill.replaceChildren(make("span", { textContent: label.length > 24 ? `${label.slice(0, 23)}…` : label }), ...(clock ? [make("b", { textContent: clock })] : []));
  settle();
}

/** The pill stands left of the top bar's buttons, which give way; on a phone at the end of the row of tabs. */
function settle() {
  const phone = innerWidth < 800;
  const width = Math.ceil(pill.getBoundingClientRect().width);
  const rule = phone ? "" : `.top .tools { margin-left: ${width + 12}px }`;
  if (settle.rule !== rule) room.replaceSync((settle.rule = rule));
  const anchor = document.querySelector(phone ? ".bar" : ".top .tools")?.getBoundingClientRect();
  if (!anchor) return;
  const right = phone ? 12 : innerWidth - anchor.left + 12;
  Object.assign(host.style, { right: `${Math.round(right)}px`, top: `${Math.round(anchor.top + (anchor.height - 30) / 2)}px` });
}

// An embedded page is a guest of its host, and joins nothing.
if (!new URLSearchParams(location.search).has("embed")) {
  document.body.append(host);
  draw();
  if (asked && !me) open(true);
  let looking = false;
  const soon = () => {
    if (looking) return;
    looking = true;
    setTimeout(() => {
      looking = false;
      look();
      draw(wrong.textContent);
    }, 150);
  };
  const root = document.documentElement;
  new MutationObserver(soon).observe(root, { attributeFilter: ["data-ready", "data-busy", "lang"] });
  new MutationObserver(soon).observe(document.getElementById("app"), { childList: true, subtree: true, attributeFilter: ["class", "aria-current"] });
  addEventListener("resize", settle);
  document.fonts?.ready.then(settle);
  // Another page of this browser has joined, or left.
  addEventListener("storage", ({ key }) => {
    if (key !== KEY && key !== null) return;
    me = read();
    draw();
    if (me) tell(SOON);
  });
  setInterval(tick, 1000);
  if (me) tell(0);
  soon();
}

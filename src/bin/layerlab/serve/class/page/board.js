// The instructor's page: asks the class server every two seconds who is where, and draws it. What comes from learners
// is put into the page as text alone.
const BEAT = 2000;
const MINUTES = [5, 10, 15, 30];
const ORDER = ["hand", "stuck", "working", "new", "done", "away"];

const WORDS = {
  vi: {
    hand: "Xin giúp", stuck: "Đang kẹt", working: "Đang làm", done: "Đã xong", away: "Vắng", new: "Mới vào", all: "Học viên",
    theme: { "": "Màu theo máy", light: "Sáng", dark: "Tối" }, language: "Ngôn ngữ",
    door: "Trang của giảng viên", door_why: "Chìa khoá nằm trong địa chỉ mà layerlab serve in ra.", key: "Chìa khoá", enter: "Vào",
    join: "Mã vào lớp", fresh: "Đổi mã mới", qr: "Mã QR mở trang và điền sẵn mã vào lớp",
    timer: "Đồng hồ", stop: "Dừng đồng hồ", over: "Hết giờ", minutes: (n) => `${n} phút`,
    offer: "Đưa cả lớp về một trạng thái", offer_why: "Dán liên kết chia sẻ. Học viên thấy lời mời và tự quyết định; phiên của họ được giữ.", link: "Liên kết", note: "Lời nhắn (không bắt buộc)", send: "Gửi lời mời", withdraw: "Rút lời mời",
    offering: "Đang mời", not_a_link: "Đây không phải là liên kết tới một phiên.",
    nobody: "Chưa có ai. Học viên mở địa chỉ bên cạnh và nhập mã vào lớp.", step: (n, of) => `bước ${n}/${of}`, tried: (n, f) => `${n} lệnh, ${f} lỗi`,
    remove: (name) => `Xoá ${name} khỏi lớp`, lost: "Mất liên lạc với máy chủ", wrong_key: "Chìa khoá không đúng",
    time: (s) => (s < 60 ? `${s} giây` : s < 3600 ? `${Math.floor(s / 60)} phút` : `${Math.floor(s / 3600)} giờ`), people: (n) => `${n} người`,
  },
  en: {
    hand: "Asks for help", stuck: "Stuck", working: "Working", done: "Done", away: "Away", new: "Joined", all: "Learners",
    theme: { "": "System colours", light: "Light", dark: "Dark" }, language: "Language",
    door: "The instructor's page", door_why: "The key stands in the address that layerlab serve prints.", key: "Key", enter: "Enter",
    join: "Join code", fresh: "Make a new code", qr: "A code that opens the page with the join code filled in",
    timer: "Timer", stop: "Stop the timer", over: "Time is up", minutes: (n) => `${n} min`,
    offer: "Bring everyone to a state", offer_why: "Paste a share link. Learners see an offer and decide; their own session is kept.", link: "Link", note: "A word with it (optional)", send: "Offer it", withdraw: "Withdraw the offer",
    offering: "On offer", not_a_link: "This is no link to a session.",
    nobody: "Nobody is here yet. Learners open the address beside this and enter the join code.", step: (n, of) => `step ${n}/${of}`, tried: (n, f) => `${n} tried, ${f} failed`,
    remove: (name) => `Remove ${name} from the class`, lost: "The server cannot be reached", wrong_key: "The key is not right",
    time: (s) => (s < 60 ? `${s} s` : s < 3600 ? `${Math.floor(s / 60)} min` : `${Math.floor(s / 3600)} h`), people: (n) => `${n}`,
  },
};

const $ = (id) => document.getElementById(id);
const make = (tag, props = {}, ...children) => {
  const one = Object.assign(document.createElement(tag), props);
  one.append(...children);
  return one;
};
const icon = (name, size) => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of [["width", size], ["height", size], ["aria-hidden", "true"]]) svg.setAttribute(key, value);
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  svg.firstChild.setAttribute("href", `#${name}`);
  return svg;
};
const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
const keep = (key, value) => { try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* it is asked for again */ } };

// The key comes behind the # of the address, which no server sees, and stays for as long as the tab.
const brought = new URLSearchParams(location.hash.slice(1)).get("key");
let key = brought;
try {
  if (brought) sessionStorage.setItem("layerlab.class.key", brought);
  key ??= sessionStorage.getItem("layerlab.class.key");
} catch { /* then it is asked for after a reload */ }
if (brought) history.replaceState(null, "", location.pathname);

let language = stored("layerlab.lang") ?? (/^vi/i.test(navigator.language) ? "vi" : "en");
let theme = stored("layerlab.theme") ?? "";
const words = () => WORDS[language] ?? WORDS.en;

async function ask(method, path, body) {
  const headers = { authorization: `Bearer ${key}`, ...(body && { "content-type": "application/json" }) };
  const response = await fetch(path, { method, headers, cache: "no-store", body: body && JSON.stringify(body) });
  return { status: response.status, said: await response.json().catch(() => ({})) };
}

let seen = null;
let end = null;
async function look() {
  if (!key) return door();
  try {
    const { status, said } = await ask("GET", "room");
    if (status === 401) return door(words().wrong_key);
    $("trouble").textContent = status === 200 ? "" : words().lost;
    if (status === 200) {
      seen = said;
      hear(said);
    }
  } catch {
    $("trouble").textContent = words().lost;
  }
  draw();
}

function hear({ timer }) {
  end = timer === null ? null : Date.now() + timer * 1000;
}

function door(why = "") {
  key = null;
  seen = null;
  $("trouble").textContent = why;
  $("door").hidden = false;
  $("class").hidden = true;
}

/** Draws a part anew if it is another one: what is held or selected stays. */
const drawn = new Map();
function put(id, state, children) {
  const text = JSON.stringify([language, state]);
  if (drawn.get(id) === text) return;
  drawn.set(id, text);
  $(id).replaceChildren(...children());
}

function draw() {
  const say = words();
  document.documentElement.lang = language;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  for (const one of document.querySelectorAll("[data-say]")) one.textContent = say[one.dataset.say];
  for (const one of $("languages").children) one.setAttribute("aria-pressed", one.lang === language);
  $("languages").ariaLabel = say.language;
  $("theme").textContent = say.theme[theme];
  tick();
  if (!seen) return;
  const { members, lessons } = seen;
  $("door").hidden = true;
  $("class").hidden = false;
  document.title = `${seen.class} · Layerlab`;
  $("name").textContent = seen.class;
  $("code").textContent = seen.code;
  $("address").textContent = seen.address;
  drawCode(seen.qr);
  $("qr").ariaLabel = say.qr;
  $("minutes").ariaLabel = say.timer;
  put("minutes", 0, () => MINUTES.map((n) => make("button", { type: "button", textContent: say.minutes(n), onclick: () => act("POST", "timer", { seconds: n * 60 }) })));
  $("offered").hidden = $("withdraw").hidden = !seen.offer;
  $("offered").textContent = seen.offer ? `${say.offering}${seen.offer.note ? `: ${seen.offer.note}` : ""} · ${seen.offer.link.slice(0, 14)}…` : "";
  $("nobody").hidden = members.length > 0;
  const counts = ORDER.map((standing) => [standing, members.filter((one) => one.standing === standing).length]).filter(([, n]) => n);
  put("sums", [members.length, counts], () => [sum("all", members.length), ...counts.map(([standing, n]) => sum(standing, n))]);
  const title = (id) => lessons.find((lesson) => lesson.id === id)?.[language] ?? id;
  put("lessons", members.map(({ standing, report }) => [standing, report]), () => tracks(members, lessons.map(({ id }) => id), title));
  const rank = ({ standing, report, name }) => [ORDER.indexOf(standing), report ? report.done : 0, name.toLowerCase()];
  const sorted = members.map((one) => [rank(one), one]).sort(([[a, x, n]], [[b, y, m]]) => a - b || x - y || n.localeCompare(m, language));
  put("members", sorted.map(([, one]) => [one.id, one.standing, one.report, say.time(one.stood)]), () => sorted.map(([, one]) => card(one, title)));
}

function sum(standing, n) {
  return make("li", { className: standing }, ...(standing === "all" ? [] : [icon(standing, 14)]), make("b", { textContent: n }), make("span", { textContent: words()[standing] }));
}

/** Where everybody is: a lesson a row, a step a column, a dot a learner. */
function tracks(members, known, title) {
  const here = members.filter((one) => one.report);
  const ids = [...new Set(here.map((one) => one.report.lesson))];
  const place = (id) => (known.indexOf(id) + 1 || known.length + 1);
  return ids.sort((a, b) => place(a) - place(b)).map((id) => {
    const all = here.filter((one) => one.report.lesson === id);
    const steps = Math.max(...all.map((one) => one.report.steps));
    const columns = Array.from({ length: steps }, (_, n) => all.filter((one) => one.report.step === n + 1));
    const column = (people, n) => {
      const dots = ORDER.flatMap((standing) => people.filter((one) => one.standing === standing)).map((one) => make("i", { className: one.standing, title: one.name }));
      const item = make("li", { className: people.length ? "some" : "" }, make("div", { className: "people" }, ...dots), make("div", { className: "bar" }), make("span", { textContent: n + 1 }));
      item.ariaLabel = `${words().step(n + 1, steps)}: ${words().people(people.length)}`;
      return item;
    };
    return make("section", { className: "track" }, make("h3", { textContent: title(id) }), make("ol", {}, ...columns.map(column)));
  });
}

function card({ id, name, standing, report, stood }, title) {
  const say = words();
  const remove = make("button", { type: "button", className: "remove", title: say.remove(name), onclick: () => act("POST", "remove", { id }) }, icon("x", 11));
  remove.ariaLabel = say.remove(name);
  const marks = Array.from({ length: report?.steps ?? 0 }, (_, n) => make("i", { className: n + 1 === report.step && report.done < report.steps ? "c" : n < report.done ? "d" : "" }));
  const where = report ? `${say.step(report.step, report.steps)} · ${title(report.lesson)}` : " ";
  const foot = make("div", { className: "foot" }, make("span", { className: "standing" }, icon(standing, 13), say[standing]));
  if (report) foot.append(make("span", { textContent: [say.time(stood), ...(report.tries ? [say.tried(report.tries, report.fails)] : [])].join(" · ") }));
  return make("li", { className: `card ${standing}` }, make("h3", { textContent: name, title: name }), make("p", { className: "where", textContent: where }), make("div", { className: "steps" }, ...marks), foot, remove);
}

function drawCode(rows) {
  if (drawn.get("qr") === rows.join()) return;
  drawn.set("qr", rows.join());
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  const square = (mark, x, y) => (mark === "#" ? `M${x} ${y}h1v1h-1z` : "");
  path.setAttribute("d", rows.map((row, y) => [...row].map((mark, x) => square(mark, x, y)).join("")).join(""));
  $("qr").setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  $("qr").setAttribute("shape-rendering", "crispEdges");
  $("qr").replaceChildren(path);
}

function tick() {
  $("clock").hidden = $("stop").hidden = end === null;
  if (end === null) return;
  const left = Math.max(0, Math.round((end - Date.now()) / 1000));
  $("clock").textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : words().over;
  $("clock").classList.toggle("over", left === 0);
}

async function act(method, path, body) {
  const { status } = await ask(method, path, body).catch(() => ({ status: 0 }));
  await look();
  return status;
}

$("door").addEventListener("submit", (event) => {
  event.preventDefault();
  // The whole address may have been pasted.
  key = new FormData(event.target).get("key").replace(/^.*#key=/, "").trim();
  try { sessionStorage.setItem("layerlab.class.key", key); } catch { /* it is asked for again */ }
  look();
});
$("offer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const status = await act("POST", "offer", { link: form.get("link"), note: form.get("note") });
  $("offer-wrong").textContent = status === 200 ? "" : status === 400 ? words().not_a_link : words().lost;
  if (status === 200) event.target.reset();
});
$("withdraw").addEventListener("click", () => act("DELETE", "offer"));
$("stop").addEventListener("click", () => act("DELETE", "timer"));
$("fresh").addEventListener("click", () => act("POST", "code", {}));
$("theme").addEventListener("click", () => {
  theme = { "": "light", light: "dark", dark: "" }[theme];
  keep("layerlab.theme", theme);
  draw();
});
for (const one of $("languages").children) {
  one.addEventListener("click", () => {
    language = one.lang;
    keep("layerlab.lang", language);
    draw();
  });
}

draw();
setInterval(tick, 500);
for (;;) {
  // Nobody looks: the class goes on without being asked about.
  if (!document.hidden) await look();
  await new Promise((done) => setTimeout(done, BEAT));
}

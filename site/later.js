
// The second half of the machine. It is fetched once somebody begins to type or to click, or at once where a
// session is stored or comes with the address; should it be called before it is there, it is fetched while the page waits.
const later = { url: new URL("LATER_WASM", import.meta.url), style: new URL("LATER_CSS", import.meta.url), styled: false, done: false, module: null, coming: null };
// Where all files stand in one page (`layerlab dist`), this gives their bytes.
const inPage = globalThis.layerlabFile;

// The page that the machine draws on: the script is here before the document has ended, and what is drawn is measured.
const laidOut = (async () => {
  const heard = (target, ...kinds) => new Promise((done) => kinds.forEach((kind) => target.addEventListener(kind, done, { once: true })));
  if (document.readyState === "loading") await heard(document, "DOMContentLoaded");
  const sheets = [...document.querySelectorAll("link[rel=stylesheet]")].filter((link) => !link.sheet);
  await Promise.all(sheets.map((link) => heard(link, "load", "error")));
})();

// The first sign that somebody does more than read: a key, a click, something dragged over the page.
const WAKING = ["keydown", "pointerdown", "dragenter"];

function putLater(module) {
  if (later.done) return;
  new WebAssembly.Instance(module, { first: wasm });
  wasm.later.value = 1;
  later.done = true;
}

function readLater() {
  const request = new XMLHttpRequest();
  request.open("GET", later.url, false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  return Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0) & 255);
}

// The style of what only it draws.
function styleLater() {
  if (later.styled || inPage) return;
  later.styled = true;
  // Who asked for another layout meanwhile is measured anew.
  const onload = () => dispatchEvent(new Event("resize"));
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: later.style, onload }));
}

function fetchLaterNow() {
  styleLater();
  try {
    putLater(new WebAssembly.Module(inPage?.(later.url) ?? readLater()));
  } catch (error) {
    // The call has unwound the machine: the page's handler for faults takes over from here.
    throw new WebAssembly.RuntimeError(`the rest of the machine could not be fetched: ${error.message}`);
  }
}

function fetchLater() {
  for (const kind of WAKING) removeEventListener(kind, fetchLater, true);
  styleLater();
  later.coming = WebAssembly.compileStreaming(fetch(later.url)).then(
    (module) => ((later.module = module), wasm && putLater(module)),
    () => {},
  );
  if (!inPage) later.coming.then(() => import(new URL("OFFLINE_JS", import.meta.url)));
}

// Whether a session is there to be replayed (`web::store`), or one of an older form to be moved.
function isStored() {
  try {
    if (location.hash.startsWith("#s")) return true;
    const get = (key) => localStorage.getItem(`layerlab.${key}`);
    // The page's first script has found which lesson opens.
    return get(`session/${document.documentElement.dataset.opens}`) !== null || (!get("form") && get("lesson") !== null) || get("log.1") !== null;
  } catch {
    return false;
  }
}

for (const kind of WAKING) addEventListener(kind, fetchLater, true);
if (isStored()) fetchLater();
// A link that is pasted over the page's own address brings another session.
addEventListener("hashchange", () => location.hash.startsWith("#s") && location.reload());

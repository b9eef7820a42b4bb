// Keeps the page for when there is no network, and offers a newer version when there is one; the reader decides.
const WORDS = {
  vi: ["Đã có bản Layerlab mới", "Phiên làm việc của bạn vẫn được giữ.", "Dùng bản mới", "Để sau"],
  en: ["A newer Layerlab is here", "Your session is kept.", "Use it now", "Later"],
};

function offer(worker) {
  document.getElementById("newer")?.remove();
  const [title, text, now, later] = WORDS[document.documentElement.lang] ?? WORDS.en;
  const make = (tag, content, parent) => parent.appendChild(Object.assign(document.createElement(tag), { textContent: content }));
  const box = Object.assign(document.createElement("section"), { id: "newer", className: "banner newer" });
  box.setAttribute("role", "status");
  make("h2", title, box);
  make("p", text, box);
  const acts = make("div", "", box);
  acts.className = "acts";
  make("button", now, acts).addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    worker.postMessage("take over");
  });
  make("button", later, acts).addEventListener("click", () => box.remove());
  document.body.append(box);
}

async function keep() {
  const registration = await navigator.serviceWorker.register("sw.js", { updateViaCache: "none" });
  if (!registration) return;
  const arrived = (worker) => worker?.state === "installed" && navigator.serviceWorker.controller && offer(worker);
  arrived(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => arrived(worker));
  });
}

// Without encryption a browser keeps pages of its own computer only; then the page works as ever. In another page it
// is a guest, who keeps nothing.
const guest = new URLSearchParams(location.search).has("embed");
if (!guest && navigator.serviceWorker && location.protocol.startsWith("http")) keep().catch(() => {});

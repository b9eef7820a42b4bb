// The service worker: keeps the whole page, so that it opens where there is no network. Written by site/worker.mjs.
// A newer version waits until the reader takes it, or until no page of the older one is open.
const VERSION = "THE_VERSION";
const FILES = THE_FILES;
const NAME = "layerlab-";
const scope = new URL("./", location).href;
const address = (file) => new URL(file, scope).href;

async function fill() {
  const cache = await caches.open(NAME + VERSION);
  const keep = async ([file, lasting]) => {
    // A file whose name follows its content is the same in every version.
    const known = lasting && (await caches.match(address(file)));
    const response = known || (await fetch(address(file), { cache: lasting ? "default" : "no-cache" }));
    if (!response.ok) throw new Error(`${file}: ${response.status}`);
    await cache.put(address(file), response);
  };
  await Promise.all(FILES.map(keep));
}

/** The version before stays for pages that were opened with it; older ones go. */
async function tidy() {
  const versions = (await caches.keys()).filter((name) => name.startsWith(NAME));
  const others = versions.filter((name) => name !== NAME + VERSION);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(request) {
  const url = new URL(request.url);
  const file = url.origin + url.pathname.replace(/\/index\.html$/, "/");
  const mine = await (await caches.open(NAME + VERSION)).match(file);
  return mine ?? (await caches.match(file)) ?? fetch(request);
}

addEventListener("install", (event) => event.waitUntil(fill()));
addEventListener("activate", (event) => event.waitUntil(tidy()));
addEventListener("message", (event) => event.data === "take over" && self.skipWaiting());
addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && event.request.url.startsWith(scope)) event.respondWith(answer(event.request));
});

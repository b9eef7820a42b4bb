// Every file of the site stands in this page, packed: what the page would fetch, it finds here.
const inside = new Map();
await Promise.all(
  [...document.querySelectorAll("script[data-file]")].map(async (script) => {
    const packed = Uint8Array.from(atob(script.textContent), (letter) => letter.charCodeAt(0));
    const whole = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    inside.set(new URL(script.dataset.file, document.baseURI).href, [new Uint8Array(await new Response(whole).arrayBuffer()), script.dataset.type]);
    script.remove();
  }),
);
globalThis.layerlabFile = (url) => inside.get(new URL(url, document.baseURI).href)?.[0];
const fetchOutside = globalThis.fetch;
globalThis.fetch = async (url, ...rest) => {
  const [bytes, type] = inside.get(new URL(url, document.baseURI).href) ?? [];
  return bytes ? new Response(bytes, { headers: { "content-type": type } }) : fetchOutside(url, ...rest);
};

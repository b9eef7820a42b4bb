// A static server for the built page: `node site/serve.mjs DIR PORT`. The tests in a browser use it too.
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** From this size on a file is worth compressing, if its type can be compressed at all. */
const SMALL = 1024;
const PACKABLE = /^text\/|javascript|json|svg|wasm/;

/**
 * A file's bytes, packed where the browser takes that: a window without traces keeps no answer of more than 6.5 MB, and
 * the page's second half is larger unpacked.
 */
function packer() {
  const packed = new Map();
  return (file, tag, type, accepted) => {
    const bytes = readFileSync(file);
    if (bytes.length < SMALL || !PACKABLE.test(type) || !/\bbr\b/.test(accepted ?? "")) return { bytes, headers: {} };
    if (packed.get(file)?.tag !== tag) {
      const params = { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
      packed.set(file, { tag, bytes: brotliCompressSync(bytes, { params }) });
    }
    return { bytes: packed.get(file).bytes, headers: { "content-encoding": "br", vary: "accept-encoding" } };
  };
}

/** The decoded path, which `normalize` keeps below the root; a malformed address is the root's. */
function pathOf(url) {
  try {
    return decodeURIComponent(new URL(url, "http://page").pathname);
  } catch {
    return "/";
  }
}

/** Serves `root` on this machine alone; gives `{ address, close }`. Port 0 is any free one. */
export async function serve(root, port = 0, tries = 1) {
  const pack = packer();
  const server = createServer((request, response) => {
    const path = pathOf(request.url);
    const file = join(root, normalize(path.endsWith("/") ? `${path}index.html` : path));
    const stat = statSync(file, { throwIfNoEntry: false });
    const found = stat?.isFile();
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    // With a validator a reload keeps what it has, and with it the code that the browser compiled.
    const tag = found ? { etag: `"${stat.size}-${stat.mtimeMs}"` } : {};
    const same = found && request.headers["if-none-match"] === tag.etag;
    const { bytes = "not found\n", headers = {} } = found && !same ? pack(file, tag.etag, type, request.headers["accept-encoding"]) : {};
    response.writeHead(found ? (same ? 304 : 200) : 404, {
      "content-type": found ? type : "text/plain",
      "cache-control": "no-cache",
      ...tag,
      ...headers,
    });
    response.end(same || request.method === "HEAD" ? "" : bytes);
  });
  await new Promise((resolve, reject) => {
    server.on("error", (error) => {
      if (error.code !== "EADDRINUSE" || --tries <= 0) return reject(error);
      server.listen(++port, "127.0.0.1");
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = `http://127.0.0.1:${server.address().port}/`;
  const close = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));
  return { address, close };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { address } = await serve(process.argv[2] ?? "dist", Number(process.argv[3] ?? 8080), 20);
  console.log(`\n    Layerlab is at ${address}\n`);
}

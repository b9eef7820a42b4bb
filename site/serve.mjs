// A static server for the built page: `node site/serve.mjs DIR PORT`. The tests in a browser use it too.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";

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
  const server = createServer((request, response) => {
    const path = pathOf(request.url);
    const file = join(root, normalize(path.endsWith("/") ? `${path}index.html` : path));
    const stat = statSync(file, { throwIfNoEntry: false });
    const found = stat?.isFile();
    const type = TYPES[extname(file)] ?? "application/octet-stream";
    // With a validator a reload keeps what it has, and with it the code that the browser compiled.
    const tag = found ? { etag: `"${stat.size}-${stat.mtimeMs}"` } : {};
    const same = found && request.headers["if-none-match"] === tag.etag;
    response.writeHead(found ? (same ? 304 : 200) : 404, {
      "content-type": found ? type : "text/plain",
      "cache-control": "no-cache",
      ...tag,
    });
    if (same) response.end();
    else if (found && request.method !== "HEAD") createReadStream(file).pipe(response);
    else response.end(found ? "" : "not found\n");
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

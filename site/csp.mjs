// Writes the page's content policy into the built index.html, and its policy for referrers.
// Nothing leaves the page's origin; the scripts that stand inline (Trunk's boot script, the trap for panics) are
// allowed by their hashes. Style is allowed anywhere: a layer's hue is one.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function writePolicy(root) {
  const file = join(root, "index.html");
  const html = readFileSync(file, "utf8");

  const hashes = (tag) =>
    [...html.matchAll(new RegExp(`<${tag}\\b([^>]*)>([\\s\\S]*?)</${tag}>`, "gi"))]
      .filter(([, attributes]) => !/\bsrc\s*=/i.test(attributes))
      .map(([, , text]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`);

  const policy = [
    "default-src 'self'",
    ["script-src 'self' 'wasm-unsafe-eval'", ...hashes("script")].join(" "),
    // The browser's frame shows a server's page with its own style, and takes its policy from here.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");

  const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
  // Other sites are not told where a reader came from.
  const referrer = '<meta name="referrer" content="same-origin">';
  if (!/<meta charset="utf-8">/i.test(html)) throw new Error('index.html has no <meta charset="utf-8">');
  writeFileSync(file, html.replace(/<meta charset="utf-8">/i, (charset) => charset + meta + referrer));
}

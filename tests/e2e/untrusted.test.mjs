// Lessons from somebody who means no good, opened from a folder: nothing of them runs, nothing is loaded from
// elsewhere, and the page goes on. What each file becomes is tested natively in tests/hostile.rs.
import assert from "node:assert/strict";
import { lab as machine, open, test } from "./harness.mjs";

const SHARED = "---\nminutes: 5\n---\n\n## one\n\n```check\nran docker ps\n```\n\n```solution\ndocker ps\n```\n";
const told = (body) => `# T\n\n## One {#one}\n\n${body}\n\n\`\`\`check\nlooked\n\`\`\`\n`;

/** Opens a lesson with this body; `problems` of the page fail the test, as do requests that leave the origin. */
async function visit(body) {
  const { browser } = await machine();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en", reducedMotion: "reduce" });
  await context.route("**/evil/*.md", (route) =>
    route.fulfill({ contentType: "text/plain", body: route.request().url().endsWith("lesson.md") ? SHARED : told(body) }),
  );
  const opened = await open({ context, path: "?speed=instant&lesson=evil/" });
  opened.page.on("dialog", () => opened.problems.push("a dialog"));
  return opened;
}

const pane = (lab) => lab.page.locator('[data-part="lesson"]');
const alive = async (lab) => {
  await lab.run("echo alive; docker ps");
  assert.ok((await lab.terminalText()).includes("alive"));
  assert.equal(await lab.page.evaluate(() => window.hurt), undefined);
  await lab.close();
};

const MARKUP = [
  "before <script>window.hurt = 1</script> after",
  "<script>window.hurt = 1</script>",
  "<img src=x onerror='window.hurt = 1'> <svg onload='window.hurt = 1'></svg>",
  "<iframe src=https://evil.example></iframe>",
  "<style>* { display: none }</style>",
  "<base href=https://evil.example/>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "&lt;img src=x onerror=alert(1)&gt; `<b>code</b>`",
  "```\"><script>window.hurt = 1</script>\n</pre><script>window.hurt = 1</script>\n```",
].join("\n\n");

test("markup is dropped or shown as text", { timeout: 60_000 }, async () => {
  const lab = await visit(MARKUP);
  const text = await pane(lab).innerText();
  for (const shown of ["before", "after", "<img src=x onerror=alert(1)>", "<b>code</b>", "</pre><script>window.hurt = 1</script>"]) assert.ok(text.includes(shown), shown);
  assert.equal(await pane(lab).locator("script, img, iframe, style, base, link, [onload], [onerror]").count(), 0);
  assert.equal(await lab.page.locator("iframe, base, img").count(), 0);
  await alive(lab);
});

for (const [name, body, said] of [
  ["a link that runs", "[press](javascript:window.hurt=1)", "a link must lead to https:// or #"],
  ["a link that passes for another", "[docs](https://docs.docker.com@evil.example/)", "a link must lead to https:// or #"],
  ["an image from elsewhere", "![a](https://evil.example/track.png)", "an image is not part of a lesson"],
  ["a direction overridden", "docker \u202e mr", "U+202E"],
  ["a deep list", Array.from({ length: 300 }, (_, n) => `${"  ".repeat(n)}- a`).join("\n"), "nested too deep"],
  ["a huge table", `| a |\n| - |\n${"| 1 |\n".repeat(30_000)}`, "are too many"],
]) {
  test(`${name} is refused with its place`, { timeout: 60_000 }, async () => {
    const lab = await visit(body);
    const text = await pane(lab).innerText();
    assert.ok(text.includes(said) && /en\.md:\d+/.test(text), text);
    await alive(lab);
  });
}

test("an honest link opens a page of its own", { timeout: 60_000 }, async () => {
  const lab = await visit("[docs](https://docs.docker.com/)");
  const link = pane(lab).getByRole("link", { name: "docs" });
  assert.deepEqual(await link.evaluate((a) => [a.href, a.target, a.rel]), ["https://docs.docker.com/", "_blank", "noopener"]);
  await alive(lab);
});

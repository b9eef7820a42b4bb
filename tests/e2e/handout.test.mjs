// What `cargo xtask dist` makes: the page in one file, opened by a double click, and the archive on any server.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { serve } from "../../site/serve.mjs";
import { Lab, lab as machine, root, test } from "./harness.mjs";
import { answer, steps } from "./learner.mjs";

const bundle = join(root, "target", "bundle");

/** Opens an address that is not the harness's own; nothing may be fetched but what `origin` has. */
async function open(address, origin, language = "en") {
  const { browser } = await machine();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: language, reducedMotion: "reduce", serviceWorkers: "block" });
  const page = await context.newPage();
  const opened = new Lab(page, context, origin, []);
  await page.goto(address);
  await opened.ready();
  return opened;
}

for (const language of ["en", "vi"]) {
  test(`layerlab.html does the lesson from file:// (${language})`, { timeout: 240_000 }, async () => {
    const id = "01-image-and-container";
    const file = pathToFileURL(join(bundle, "layerlab.html"));
    const lab = await open(`${file}?speed=instant&lesson=${id}`, "null", language);
    for (const [at, step] of steps(id, language).entries()) {
      await lab.page.waitForFunction((title) => document.querySelector('[data-part="lesson"] .title').textContent === title, step.title.replaceAll("`", ""));
      await answer(lab, step.quizzes, true);
      for (const line of step.solution) await lab.run(line);
      if (step.quizzes.some(({ form }) => form !== "predict")) {
        await lab.page.locator(".steps button").nth(at).click();
        await answer(lab, step.quizzes);
        await lab.page.locator(".won").waitFor();
        const next = lab.page.locator(".steps button").nth(at + 1);
        if (await next.count()) await next.click();
      }
    }
    await lab.page.waitForFunction(() => document.querySelectorAll(".steps .d, .steps .c").length >= document.querySelectorAll(".steps button").length);
    // One file was opened and nothing else was asked for; fonts are there all the same.
    assert.deepEqual(lab.requests.filter((path) => !path.endsWith("layerlab.html") && !/^(font|application|image)\//.test(path)), []);
    assert.ok(await lab.page.evaluate(() => document.fonts.check("16px Inter") && document.fonts.check("12px 'JetBrains Mono'")));
    await lab.shot(`handout-${language}`);
    await lab.reload();
    assert.ok((await lab.page.locator('[data-part="ticks"] li').count()) > 0);
    await lab.page.locator('[data-part="list"]').click();
    await lab.page.locator('[data-lesson="02-images"]').click();
    await lab.page.waitForFunction(() => document.querySelector('[data-part="lesson"] .title'));
    await lab.close();
  });
}

test("the archive serves from below a path of any server", { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "layerlab-"));
  const unpack = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
  execFileSync("python3", ["-c", unpack, join(bundle, "layerlab-site.zip"), join(folder, "blog", "docker")]);
  const server = await serve(folder);
  try {
    const lab = await open(`${server.address}blog/docker/layerlab/?speed=instant`, new URL(server.address).origin);
    await lab.run("docker run --rm alpine:3.19 echo here");
    assert.match(await lab.terminalText(), /^here$/m);
    await lab.close();
  } finally {
    await server.close();
    rmSync(folder, { recursive: true });
  }
});

test("the sums are right and the one file is not too large to send", () => {
  execFileSync("sha256sum", ["--check", "--quiet", "SHA256SUMS"], { cwd: bundle });
  const size = statSync(join(bundle, "layerlab.html")).size;
  // What a mail server lets through, with room to spare.
  assert.ok(size < 5_200_000, `${size} bytes`);
});

// The open lesson on paper: the whole of it, readable, and nothing of the page around it.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { open, root, test } from "./harness.mjs";

test("a lesson prints as a handout", { timeout: 120_000 }, async () => {
  const lab = await open({ path: "?speed=instant&lesson=02-images", theme: "dark" });
  const handout = lab.page.locator('[data-part="handout"]');
  assert.equal(await handout.count(), 0);
  // As the browser does it: whoever listens to `beforeprint` is done before the picture is taken.
  await lab.page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await lab.page.emulateMedia({ media: "print" });
  await handout.waitFor();
  const text = await handout.innerText();
  const titles = await handout.locator("h2").allInnerTexts();
  assert.ok(titles.length >= 4 && titles.every((title, at) => title.startsWith(`${at + 1}. `)), titles.join());
  assert.ok(text.includes("docker pull") && text.length > 1_500);
  assert.equal(await lab.page.locator(".app").isVisible(), false);
  assert.equal(await handout.locator("button:visible").count(), 0);
  await lab.page.setViewportSize({ width: 794, height: 1123 });
  await lab.page.screenshot({ path: join(root, "target", "shots", "handout.png"), fullPage: true });
  const pdf = await lab.page.pdf({ format: "A4" });
  writeFileSync(join(root, "target", "shots", "handout.pdf"), pdf);
  const pages = pdf.toString("latin1").match(/\/Type \/Page\b/g)?.length ?? 0;
  assert.ok(pages >= 2 && pages <= 8, `${pages} pages`);
  await lab.page.emulateMedia({ media: "screen" });
  await lab.page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await handout.waitFor({ state: "detached" });
  await lab.close();
});

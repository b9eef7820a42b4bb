// How the machine is looked at: for an audience, and through the lenses.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant&seed=4";
const settled = (lab) => lab.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));

for (const language of ["vi", "en"]) {
  test(`for an audience all is large, and what changed is in the light (${language})`, { timeout: 120_000 }, async () => {
    const lab = await open({ path: START, language });
    await lab.run("docker run -d --name web nginx:alpine");
    const before = await lab.page.locator('[data-part="stage"]').boundingBox();
    await lab.page.locator('[data-part="prompt"]').press("F8");
    await lab.page.waitForSelector(".app.present");
    await lab.page.locator('[data-part="lesson"]').waitFor({ state: "hidden" });
    await settled(lab);
    const stage = await lab.page.locator('[data-part="stage"]').boundingBox();
    assert.ok(stage.width > before.width + 300 && stage.height > 0.65 * 900, JSON.stringify(stage));
    const scale = await lab.page.evaluate(() => {
      const svg = document.querySelector('[data-part="stage"] svg.stage');
      return svg.clientWidth / svg.viewBox.baseVal.width;
    });
    assert.ok(Math.abs(scale - 1.25) < 0.02, `${scale}`);
    await lab.run("docker pause web");
    const lit = await lab.page.locator('[data-part="stage"] .lit').evaluateAll((all) => all.map((one) => one.dataset.key.split(":")[0]));
    assert.deepEqual(lit, ["container"]);
    assert.deepEqual(await lab.violations(), []);
    await lab.shot(`present-${language}`);
    await lab.page.locator('[data-part="present"]').click();
    await lab.page.locator('[data-part="lesson"]').waitFor();
    await settled(lab);
    assert.deepEqual(await lab.page.locator('[data-part="stage"]').boundingBox(), before);
    await lab.close();
  });

  test(`a lens renames the Stage, tells where it breaks and leaves names alone (${language})`, { timeout: 120_000 }, async () => {
    const lab = await open({ path: START, language });
    await lab.run("docker run -d --name web -v data:/data -p 8080:80 nginx:alpine");
    const texts = () => lab.page.locator('[data-part="stage"] svg.stage').evaluate((svg) => [...svg.querySelectorAll("text")].map((text) => text.textContent));
    const places = () =>
      lab.page.locator('[data-part="stage"] g[data-key]').evaluateAll((all) => all.filter((one) => !/^(note|chip):/.test(one.dataset.key)).map((one) => [one.dataset.key, one.style.transform]));
    const heard = () => lab.page.locator('[data-part="stage"] [role=treeitem]').evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")).filter((label) => /^Container/.test(label)));
    const [plain, plainPlaces, plainHeard] = [await texts(), await places(), await heard()];
    for (const n of [1, 2]) {
      await lab.page.locator('[data-part="lens"] button').nth(n).click();
      await lab.page.waitForSelector('[data-part="lens-told"] .tip');
      await settled(lab);
      const through = await texts();
      for (const name of ["web", "nginx:alpine", "/data"]) assert.ok(through.some((text) => text.includes(name)), `${name} is not in ${through}`);
      assert.ok(through.filter((text) => !plain.includes(text)).length > 4, `${through}`);
      assert.deepEqual(await places(), plainPlaces, "nothing moves");
      assert.deepEqual(await heard(), plainHeard, "a listener hears Docker's words");
      assert.deepEqual(await lab.violations(), []);
      await lab.shot(`lens-${n}-${language}`);
    }
    await lab.page.locator('[data-part="lens-told"] .pri').click();
    await lab.page.waitForSelector('[data-part="lesson"]');
    await lab.page.locator('[data-part="lens"] button').first().click();
    await settled(lab);
    assert.deepEqual(await texts(), plain);
    await lab.close();
  });
}

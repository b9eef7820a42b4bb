// vi and nano open an editor of the page's: what is saved is in the file, what is left is not.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant";

/** The open editor. */
async function editor(lab) {
  const box = lab.page.locator('[data-part="editor"]');
  await box.waitFor({ timeout: 8000 });
  return { box, field: box.locator("textarea") };
}

async function closed(lab) {
  await lab.page.locator('[data-part="editor"]').waitFor({ state: "detached", timeout: 8000 });
  await lab.idle();
}

for (const size of [
  { name: "desktop", width: 1440, height: 900, theme: "light" },
  { name: "phone", width: 390, height: 844, theme: "dark" },
]) {
  test(`nano writes a file, vi leaves it (${size.name})`, { timeout: 120_000 }, async () => {
    const lab = await open({ ...size, path: START, language: size.name === "phone" ? "vi" : "en" });
    await lab.type("nano note.txt");
    let { box, field } = await editor(lab);
    assert.equal(await field.inputValue(), "");
    assert.ok(await field.evaluate((one) => one === document.activeElement), "the field has the focus");
    assert.match(await box.getAttribute("aria-label"), /note\.txt$/);
    await lab.page.keyboard.insertText("một dòng\n\ttwo\n");
    await lab.shot(`editor-${size.name}`);
    assert.deepEqual(await lab.violations(), []);
    await lab.page.locator('[data-part="editor-save"]').click();
    await closed(lab);
    await lab.run("cat note.txt");
    assert.match(await lab.terminalText(), /^một dòng$/m);
    const prompt = lab.page.locator('[data-part="prompt"]');
    assert.ok(await prompt.evaluate((one) => one === document.activeElement), "the prompt has the focus again");

    await lab.type("vi note.txt");
    ({ field } = await editor(lab));
    assert.equal(await field.inputValue(), "một dòng\n\ttwo\n");
    await lab.page.keyboard.insertText("lost ");
    await lab.page.keyboard.press("Escape");
    assert.equal(await field.inputValue(), "lost một dòng\n\ttwo\n", "Escape throws nothing away");
    await lab.page.locator('[data-part="editor-leave"]').click();
    await closed(lab);
    await lab.run("grep -c lost note.txt");
    assert.match(await lab.terminalText(), /^0$/m);
    await lab.close();
  });
}

test("a file of a container is edited in it, and outlives a reload", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("docker run -d --name box alpine:3.19 sleep 1000");
  await lab.type("docker exec -it box vi /etc/motd");
  const { field } = await editor(lab);
  await field.fill("edited inside\n");
  await lab.page.keyboard.press("Control+s");
  await closed(lab);
  await lab.run("docker exec box cat /etc/motd");
  assert.match(await lab.terminalText(), /^edited inside$/m);
  await lab.run("docker diff box");
  assert.match(await lab.terminalText(), /^C \/etc\/motd$/m);
  await lab.reload();
  await lab.run("docker exec box cat /etc/motd");
  assert.match(await lab.terminalText(), /^edited inside$/m);
  await lab.close();
});

// Settings that teach: switches of the machine, by pointer and by keys, undone and kept as commands are.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant&lesson=00-first-steps";
const panel = (lab) => lab.page.locator('[data-part="switches"]');
const named = (lab, name) => panel(lab).getByRole("switch", { name, exact: true });
const checked = (lab, name) => named(lab, name).getAttribute("aria-checked");

test("trouble is caused, seen, undone and kept", { timeout: 180_000 }, async () => {
  const lab = await open({ path: START });
  const knob = lab.page.getByRole("button", { name: "Cause trouble" });
  assert.equal(await knob.getAttribute("aria-expanded"), "false");
  await lab.run("docker pull nginx:alpine");
  await knob.click();
  await named(lab, "Cut the network").click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="switches"] [role=switch]').ariaChecked === "true");
  await lab.run("docker pull alpine");
  assert.ok((await lab.terminalText()).includes("Temporary failure in name resolution"));
  assert.ok((await lab.page.locator('[data-part="coach"]').innerText()).includes("the network is down"));
  // By keys: the port is taken.
  await named(lab, "8080").focus();
  await lab.page.keyboard.press("Space");
  await lab.page.waitForFunction(() => [...document.querySelectorAll("[role=switch]")].some((knob) => knob.innerText === "8080" && knob.ariaChecked === "true"));
  await lab.run("docker run -d --name web -p 8080:80 nginx:alpine");
  assert.ok((await lab.terminalText()).includes("address already in use"));
  await named(lab, "nginx:alpine").click();
  await lab.run("docker run --rm nginx:alpine true");
  assert.ok((await lab.terminalText()).includes("error creating overlay mount"));
  assert.ok(await named(lab, "nginx:alpine").isDisabled());
  await named(lab, "Full disk").click();
  await lab.run("echo a > a");
  assert.ok((await lab.terminalText()).includes("No space left on device"));
  await lab.shot("switches-light");
  // The log has them: a reload keeps them, undo takes them back one by one.
  await lab.reload();
  await lab.run("echo b > b");
  assert.ok((await lab.terminalText()).includes("No space left on device"));
  await lab.page.getByRole("button", { name: "Cause trouble" }).click();
  assert.equal(await checked(lab, "Full disk"), "true");
  for (let step = 0; step < 3; step += 1) {
    await lab.page.getByRole("button", { name: /^Undo/ }).first().click();
    await lab.idle();
  }
  assert.equal(await checked(lab, "Full disk"), "false");
  assert.equal(await checked(lab, "8080"), "true");
  await named(lab, "8080").focus();
  await lab.page.keyboard.press("Escape");
  await panel(lab).waitFor({ state: "detached" });
  await lab.close();
});

test("a switch is turned while a command runs, and the command meets it", { timeout: 120_000 }, async () => {
  const lab = await open({ path: "?lesson=00-first-steps" });
  await lab.page.getByRole("button", { name: "Cause trouble" }).click();
  await panel(lab).waitFor();
  await lab.type("sleep 4; docker pull alpine");
  await lab.page.locator("html[data-busy]").waitFor({ state: "attached" });
  await named(lab, "Cut the network").click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="switches"] [role=switch]').ariaChecked === "true");
  assert.equal(await lab.page.locator("html[data-busy]").count(), 1, "it still runs");
  await lab.idle();
  assert.ok((await lab.terminalText()).includes("Temporary failure in name resolution"));
  assert.ok((await lab.page.locator('[data-part="coach"]').innerText()).includes("the network is down"));
  // Both are operations, and the second one is taken back alone.
  await lab.page.locator('[data-part="undo"]').click();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="switches"] [role=switch]').ariaChecked === "false");
  await lab.idle();
  assert.ok((await lab.terminalText()).includes("Downloaded newer image"));
  await lab.close();
});

for (const [name, options] of [["dark-vi", { language: "vi", theme: "dark" }], ["phone", { width: 390, height: 844 }]]) {
  test(`the switches fit (${name})`, { timeout: 120_000 }, async () => {
    const lab = await open({ path: START, ...options });
    await lab.run("docker pull nginx:alpine");
    await lab.page.locator(".tools [aria-expanded]").first().click();
    await panel(lab).waitFor();
    const box = await panel(lab).boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= (options.width ?? 1440));
    await lab.page.locator('[data-part="switches"] [role=switch]').nth(1).click();
    await lab.page.waitForFunction(() => document.querySelectorAll('[data-part="switches"] [role=switch]')[1].ariaChecked === "true");
    await lab.shot(`switches-${name}`);
    await lab.close();
  });
}

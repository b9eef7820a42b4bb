// The machine's second half: not fetched for those who only read, there for those who type.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?seed=7&speed=instant";
const fetched = (lab) => lab.requests.filter((path) => path.startsWith("/later-")).length;
/** The module itself, and the style of what only it draws. */
const HALF = 2;

test("reading, scrolling and another size of the window fetch nothing more", { timeout: 60_000 }, async () => {
  for (const options of [{}, { motion: true, language: "vi" }, { width: 390, height: 844 }, { path: "?embed=1" }]) {
    const lab = await open(options);
    await lab.page.mouse.move(200, 200);
    await lab.page.mouse.wheel(0, 300);
    await lab.page.setViewportSize({ width: 800, height: 700 });
    await lab.page.waitForTimeout(1500);
    assert.equal(fetched(lab), 0, JSON.stringify(options));
    await lab.close();
  }
});

test("the first key fetches it, once, and commands find it", { timeout: 60_000 }, async () => {
  const lab = await open({ path: START });
  const coming = lab.page.waitForResponse("**/later-*.wasm");
  await lab.page.keyboard.press("Shift");
  await (await coming).finished();
  await lab.page.waitForTimeout(500);
  await lab.run("docker run --rm alpine:3.19 echo here");
  await lab.run("seq 3 | awk '{ sum += $1 } END { print sum }'");
  assert.match(await lab.terminalText(), /^here$[^]*^6$/m);
  assert.equal(fetched(lab), HALF);
  await lab.close();
});

test("a call that comes before it waits for it", { timeout: 60_000 }, async () => {
  const lab = await open({ path: START, expected: [/ERR_FAILED/] });
  // What is fetched in advance fails; what the call itself fetches does not.
  let failures = 0;
  await lab.page.route("**/later-*.wasm", (route) => (failures++ ? route.continue() : route.abort()));
  await lab.run("docker run --rm alpine:3.19 echo here");
  assert.match(await lab.terminalText(), /^here$/m);
  await lab.close();
});

test("without it the page says that the machine has failed, and goes on when it can be had", { timeout: 60_000 }, async () => {
  const lab = await open({ path: START, expected: [/./] });
  await lab.page.route("**/later-*.wasm", (route) => route.abort());
  await lab.type("docker ps");
  const box = lab.page.getByRole("alertdialog");
  await box.waitFor();
  await lab.page.unroute("**/later-*.wasm");
  await box.getByRole("button").click();
  await lab.ready();
  await lab.run("docker ps");
  assert.match(await lab.terminalText(), /^CONTAINER ID/m);
  await lab.close();
});

// What nobody should type: the page says what it does not take, by the limit's name, and stays alive.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant&seed=1";

/** Pastes a text at the prompt, as the browser would report it; what it leaves to the browser is inserted. */
async function paste(lab, text) {
  await lab.page.locator('[data-part="prompt"]').focus();
  await lab.page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
    if (document.activeElement.dispatchEvent(event)) document.execCommand("insertText", false, text);
  }, text);
  await lab.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
}

const value = (lab) => lab.page.locator('[data-part="prompt"]').inputValue();

async function alive(lab) {
  await lab.page.locator('[data-part="prompt"]').fill("");
  await lab.run("echo still here");
  assert.match(await lab.terminalText(), /^still here$/m);
}

/** The longest frame while something is done, in milliseconds. */
async function longestFrame(lab, act) {
  await lab.page.evaluate(() => {
    let last = performance.now();
    globalThis.longest = 0;
    const look = () => {
      const now = performance.now();
      globalThis.longest = Math.max(globalThis.longest, now - last);
      last = now;
      if (globalThis.longest >= 0) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await act();
  return lab.page.evaluate(() => globalThis.longest);
}

test("a megabyte in one line is refused by the limit's name", { timeout: 60_000 }, async () => {
  const lab = await open({ path: START });
  await paste(lab, "x".repeat(1 << 20));
  assert.match(await lab.terminalText(), /layerlab: a line of 1048576 bytes is too long \(limit: 262144\)/);
  assert.equal(await value(lab), "");
  await alive(lab);
  await lab.close();
});

test("a megabyte typed without a paste is refused, too", { timeout: 60_000 }, async () => {
  const lab = await open({ path: START });
  await lab.page.locator('[data-part="prompt"]').fill("x".repeat(1 << 20));
  await lab.page.locator('[data-part="prompt"]').press("Enter");
  await lab.page.waitForFunction(() => document.querySelector('[data-part="screen"]').textContent.includes("is too long (limit: 262144)"));
  await alive(lab);
  await lab.close();
});

test("a megabyte of lines is taken, and ^C ends it", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  const longest = await longestFrame(lab, async () => {
    await paste(lab, `echo ${"a".repeat(60)}\n`.repeat(1 << 14));
    await lab.page.waitForTimeout(1000);
  });
  assert.ok(await lab.page.locator("html[data-busy]").count());
  await lab.page.locator('[data-part="prompt"]').press("Control+c");
  await lab.idle();
  console.log(`16,384 pasted lines: longest frame of the first second ${longest.toFixed(0)} ms`);
  await alive(lab);
  await paste(lab, "\n".repeat(1 << 20));
  assert.match(await lab.terminalText(), /layerlab: the session's log is full \(limit: 100000 entries\)/);
  await alive(lab);
  await lab.close();
});

test("what is no text is left out, and the page says so", { timeout: 60_000 }, async () => {
  const lab = await open({ path: START });
  await paste(lab, "echo a\u0000b\u0001\u001b[2Jc\u007fd\ud800e\udc00f\u0085");
  assert.match(await lab.terminalText(), /layerlab: 5 control characters were left out of what was pasted/);
  assert.equal(await value(lab), "echo ab[2Jcd\ufffde\ufffdf");
  await lab.page.locator('[data-part="prompt"]').press("Enter");
  await lab.idle();
  assert.match(await lab.terminalText(), /^ab\[2Jcd\ufffde\ufffdf$/m);
  const bytes = Array.from({ length: 4096 }, (_, at) => String.fromCharCode((at * 7919) % 0x10000)).join("");
  await paste(lab, bytes);
  await lab.page.locator('[data-part="prompt"]').press("Control+c");
  await lab.idle();
  await alive(lab);
  await lab.close();
});

test("endless loops and a fork bomb leave the page alive", { timeout: 180_000 }, async () => {
  const lab = await open({ path: START });
  const prompt = lab.page.locator('[data-part="prompt"]');
  // The machine's second half is there before anything is measured.
  await lab.run("docker ps");
  for (const line of ["while true; do :; done", "while true; do echo y; done", "yes"]) {
    const longest = await longestFrame(lab, async () => {
      await lab.type(line);
      await lab.page.waitForTimeout(1500);
      await prompt.press("Control+c");
      await lab.idle();
    });
    console.log(`${line}: longest frame ${longest.toFixed(0)} ms`);
    // What floods the terminal still holds a frame for longer than it should.
    assert.ok(longest < (line === "yes" ? 5000 : 1000), `${line}: ${longest} ms`);
  }
  await alive(lab);
  const longest = await longestFrame(lab, async () => {
    await lab.type(":(){ :|:& };:");
    await lab.page.waitForTimeout(3000);
  });
  console.log(`fork bomb: longest frame ${longest.toFixed(0)} ms`);
  assert.ok(longest < 1000, `fork bomb: ${longest} ms`);
  await lab.page.locator('[data-part="undo"]').click();
  await lab.idle();
  await lab.run("echo back again");
  assert.match(await lab.terminalText(), /^back again$/m);
  await lab.close();
});

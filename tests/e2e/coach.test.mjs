// The coach speaks below the real error, proposes commands that work, and the Stage marks what it speaks of.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant&lesson=00-first-steps";
const advice = (lab) => lab.page.locator('[data-part="coach"]');
const marked = (lab) => lab.page.locator(".stage .trouble");

for (const [language, said] of [["en", "Docker won't remove it"], ["vi", "Docker không xóa"]]) {
  test(`a running container is not removed (${language})`, { timeout: 120_000 }, async () => {
    const lab = await open({ language, path: START });
    await lab.run("docker run -d --name web nginx:alpine");
    assert.equal(await advice(lab).count(), 0);
    await lab.run("docker rm web");
    // The error itself stays as Docker prints it.
    const error = 'Error response from daemon: cannot remove container "web": container is running: stop the container before removing or force remove';
    assert.ok((await lab.terminalText()).includes(error));
    await advice(lab).waitFor();
    assert.ok((await advice(lab).innerText()).includes(said));
    assert.equal(await advice(lab).getAttribute("role"), "status");
    assert.match(await marked(lab).getAttribute("data-key"), /^container:/);
    assert.equal(await marked(lab).count(), 1);
    await lab.shot(`coach-${language}`);
    await advice(lab).getByRole("button", { name: "docker stop web", exact: true }).click();
    await lab.page.waitForFunction(() => !document.querySelector('[data-part="coach"]'));
    await lab.idle();
    assert.equal(await marked(lab).count(), 0);
    await lab.run("docker rm web");
    assert.equal(await advice(lab).count(), 0);
    await lab.close();
  });
}

test("a container that ends after the prompt is back is told of", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START, theme: "dark" });
  await lab.run("docker run -d --name myapp node:18-alpine node server.js");
  await advice(lab).waitFor();
  assert.ok((await advice(lab).innerText()).includes("Node.js did not find"));
  await marked(lab).waitFor();
  await lab.shot("coach-late-dark");
  await lab.close();
});

test("on a phone the error stays in sight", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START, width: 390, height: 844 });
  await lab.run("docker run -d --name web -p 80:80 nginx:alpine");
  await lab.run("docker run -d --name two -p 80:80 nginx:alpine");
  await advice(lab).waitFor();
  assert.equal(await marked(lab).count(), 1);
  await lab.shot("coach-phone");
  await lab.close();
});

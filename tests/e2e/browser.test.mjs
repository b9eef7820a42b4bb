// The learner's browser: what the simulated server sends, as a browser shows it.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant";
const show = (lab) => lab.page.locator('[data-pane="browser"]').click();
const text = (lab) => lab.page.locator(".web .win").innerText();

async function visit(lab, address) {
  await lab.page.locator(".web input").fill(address);
  await lab.page.locator(".web input").press("Enter");
  const shown = address.replace("http://", "");
  await lab.page.waitForFunction((shown) => document.querySelector(".web input").value === shown && !document.querySelector(".web [role=status]"), shown);
}

test("a page is seen, and seen anew after a rebuild", { timeout: 180_000 }, async () => {
  const lab = await open({ path: START });
  await show(lab);
  assert.match(await text(lab), /localhost:8080/);
  await lab.run("docker build -t myapp .");
  await lab.run("docker run -d --name web -p 3000:3000 myapp");
  await show(lab);
  await lab.page.locator(".web .ports button", { hasText: "localhost:3000" }).waitFor();
  await visit(lab, "localhost:3000");
  const before = await page(lab);
  await lab.run("sed -i 's/Hello/Xin chao/; s/Xin chào/Chao ban/' server.js");
  await lab.run("docker rm -f web; docker build -t myapp . && docker run -d --name web -p 3000:3000 myapp");
  await show(lab);
  await lab.page.locator(".web .re").click();
  await lab.page.waitForFunction((before) => (document.querySelector(".web .win iframe")?.srcdoc ?? document.querySelector(".web .win pre")?.textContent) !== before, before);
  assert.match(await lab.page.locator(".web footer").innerText(), /200 OK/);
  await lab.close();
});

/** What is in the window, as it came. */
const page = (lab) =>
  lab.page.evaluate(() => document.querySelector(".web .win iframe")?.srcdoc ?? document.querySelector(".web .win pre")?.textContent);

test("what nobody publishes is refused, as a browser says it", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START, language: "vi" });
  await lab.run("docker run -d --name web nginx:alpine");
  await show(lab);
  await visit(lab, "localhost:80");
  await lab.page.waitForSelector('.web [role="alert"]');
  assert.match(await text(lab), /localhost đã từ chối kết nối[^]*ERR_CONNECTION_REFUSED/);
  await lab.shot("browser-refused");
  assert.deepEqual(await lab.violations(), []);
  await lab.close();
});

for (const [width, height, theme] of [[1440, 900, "light"], [1440, 900, "dark"], [390, 844, "light"]]) {
  test(`a page in its frame runs no script (${width}, ${theme})`, { timeout: 120_000 }, async () => {
    const lab = await open({ path: START, width, height, theme });
    await lab.run("docker run -d --name web -p 8080:80 nginx:alpine");
    const html = "<style>h1{color:rgb(1,2,3)}</style><h1 onclick=x()>Own page</h1><img src=/nothing.png><script>document.title=1</script>";
    await lab.run(`docker exec web sh -c 'echo "${html}" > /usr/share/nginx/html/own.html'`);
    await show(lab);
    await visit(lab, "localhost:8080/own.html");
    const frame = lab.page.frameLocator(".web iframe");
    assert.equal(await frame.locator("h1").innerText(), "Own page");
    assert.equal(await frame.locator("h1").evaluate((heading) => getComputedStyle(heading).color), "rgb(1, 2, 3)");
    await visit(lab, "localhost:8080");
    await frame.locator("h1", { hasText: "Welcome to nginx!" }).waitFor();
    await lab.shot(`browser-${width}-${theme}`);
    await lab.page.locator(".web summary").click();
    assert.deepEqual(await lab.violations(), []);
    await lab.close();
  });
}

test("the window on the Stage opens it, and a reload of the page keeps it", { timeout: 120_000 }, async () => {
  const lab = await open({ path: START });
  await lab.run("docker run -d --name web -p 8080:80 nginx:alpine");
  await lab.page.locator('[data-key="browser"]').dispatchEvent("click");
  await lab.page.frameLocator(".web iframe").locator("h1", { hasText: "Welcome to nginx!" }).waitFor();
  await lab.run("true");
  await lab.reload();
  await show(lab);
  await lab.page.frameLocator(".web iframe").locator("h1", { hasText: "Welcome to nginx!" }).waitFor();
  await lab.close();
});

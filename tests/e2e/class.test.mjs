// A class: learners join it in the page, the instructor sees how far they are, offers a state and a timer.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { Lab, dist, lab as machine, root, test } from "./harness.mjs";

const folder = mkdtempSync(join(tmpdir(), "layerlab-class-"));
const words = ["run", "--quiet", "--locked", "--offline", "--bin", "layerlab", "--", "serve", "--dir", dist, "--listen", "127.0.0.1:0", "--class", "Docker căn bản", "--class-file", join(folder, "class.sqlite")];
const server = spawn("cargo", words, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
const told = await new Promise((done, fail) => {
  let text = "";
  server.stdout.on("data", (more) => (text += more).includes("Ctrl+C") && done(text));
  server.on("exit", () => fail(new Error(`the server has ended: ${text}`)));
});
after(() => {
  server.removeAllListeners("exit");
  server.kill();
  rmSync(folder, { recursive: true });
});
const address = told.match(/http:\/\/\S+\//)[0];
const code = told.match(/with the code (\S+)/)[1];
const board = told.match(/http:\/\/\S+#key=\S+/)[0];

async function visit(path, { language = "en", theme = "light", width = 1440, height = 900, expected = [], wait = true } = {}) {
  const { browser } = await machine();
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: language, reducedMotion: "reduce", serviceWorkers: "block" });
  const page = await context.newPage();
  const lab = new Lab(page, context, new URL(address).origin, expected);
  await page.goto(new URL(path, address).href);
  if (wait) await lab.ready();
  return lab;
}
const pill = (lab) => lab.page.locator("#class .pill");
const panel = (lab) => lab.page.locator("#class section");
async function joins(lab, name, given = code) {
  if (await panel(lab).isHidden()) await pill(lab).click();
  const [who, what] = [panel(lab).locator("input").first(), panel(lab).locator("input.code")];
  await who.fill(name);
  await what.fill(given);
  await panel(lab).locator(".main").click();
}
const card = (lab, name) => lab.page.locator("#members .card", { hasText: name });

test("a learner joins, is seen at their step, asks for help and leaves", { timeout: 120_000 }, async () => {
  const lab = await visit("?speed=instant&lesson=01-image-and-container", { expected: [/401/] });
  await joins(lab, "An", "wrong1");
  await panel(lab).getByRole("alert").filter({ hasText: "join code" }).waitFor();
  assert.deepEqual(await lab.violations(), []);
  await lab.shot("class-join");
  await joins(lab, "An");
  await panel(lab).getByText("You are here as An.").waitFor();

  const sees = await visit(board, { wait: false });
  await card(sees, "An").getByText("Working").waitFor();
  assert.match(await card(sees, "An").innerText(), /step 1\//);
  assert.equal(new URL(sees.page.url()).hash, "", "the key leaves the address");
  await lab.run("docker wrong");
  await lab.run("docker ps");
  await card(sees, "An").getByText("2 tried, 1 failed").waitFor();
  // Nothing that was typed has gone over the wire.
  const sent = [];
  lab.page.on("request", (request) => request.url().includes("/class/") && sent.push(request.postData()));
  await panel(lab).getByRole("button", { name: "Ask for help" }).click();
  await card(sees, "An").getByText("Asks for help").waitFor();
  await lab.run("echo secret-word");
  await card(sees, "An").getByText("3 tried, 1 failed").waitFor();
  assert.ok(sent.length > 0 && sent.every((text) => !/secret|docker|echo/.test(text)), sent.join("\n"));
  await lab.shot("class-learner");
  // A reload goes on.
  await lab.reload();
  await pill(lab).click();
  await panel(lab).getByText("You are here as An.").waitFor();
  await panel(lab).getByRole("button", { name: /^Leave/ }).click();
  await pill(lab).getByText("Join the class").waitFor();
  await sees.page.waitForFunction(() => !document.querySelector("#members .card"));
  await lab.close();
  await sees.close();
});

test("a state and a timer are offered, and nobody is forced", { timeout: 120_000 }, async () => {
  const lab = await visit(`?speed=instant#class=${code}`);
  await panel(lab).locator("input.code").waitFor();
  assert.equal(await panel(lab).locator("input.code").inputValue(), code);
  assert.equal(new URL(lab.page.url()).hash, "");
  await joins(lab, "Bình");
  await panel(lab).getByText("You are here as Bình.").waitFor();
  await lab.run("docker run -d --name mine alpine:3.19 sleep 1000");
  await pill(lab).click();
  await lab.page.locator('[data-part="prompt"]').focus();

  const teacher = await visit("?speed=instant");
  await teacher.run("docker run -d --name prepared alpine:3.19 sleep 1000");
  await teacher.page.locator('[data-part="share"]').click();
  const link = await teacher.page.locator('[data-part="link"]').inputValue();
  await teacher.close();

  const sees = await visit(board, { wait: false, expected: [/400/] });
  await sees.page.locator('#offer input[name="link"]').fill("https://example.org/");
  await sees.page.locator("#offer .pri").click();
  await sees.page.getByText("This is no link to a session.").waitFor();
  await sees.page.locator('#offer input[name="link"]').fill(link);
  await sees.page.locator('#offer input[name="note"]').fill("Two containers, one image");
  await sees.page.locator("#offer .pri").click();
  await sees.page.locator("#offered").getByText("Two containers").waitFor();
  await sees.page.locator("#minutes button").nth(1).click();
  await sees.page.locator("#clock").waitFor();

  await panel(lab).getByText("Two containers, one image").waitFor({ timeout: 20_000 });
  await pill(lab).locator("b").waitFor();
  assert.match(await pill(lab).locator("b").innerText(), /^(10:00|9:\d\d)$/);
  assert.ok(await lab.page.evaluate(() => document.activeElement?.dataset.part === "prompt"), "the offer takes no focus");
  assert.deepEqual(await lab.violations(), []);
  await lab.shot("class-offer");
  const own = await lab.page.evaluate(() => localStorage.getItem(`layerlab.session/${localStorage.getItem("layerlab.lesson")}`));
  await panel(lab).getByRole("button", { name: "Look at it" }).click();
  await lab.page.locator('[data-part="visiting"]').waitFor();
  await lab.page.waitForFunction(() => document.querySelector('[data-part="stage"]')?.innerHTML.includes("prepared"));
  assert.equal(await lab.page.evaluate(() => localStorage.getItem(`layerlab.session/${localStorage.getItem("layerlab.lesson")}`)), own, "one's own session is kept");
  // It was looked at: it is not offered again.
  await lab.page.waitForTimeout(1500);
  assert.equal(await panel(lab).locator(".offer").count(), 0);
  await sees.page.locator("#withdraw").click();
  await sees.page.locator("#withdraw").waitFor({ state: "hidden" });
  await sees.close();
  await lab.close();
});

test("the instructor's page shows a full class, light and dark, in both languages", { timeout: 120_000 }, async () => {
  const NAMES = "Nguyễn Văn An,Trần Thị Bích,Lê Hoàng Cường,Phạm Thu Dung,Hoàng Minh Đức,Vũ Thị Giang,Đặng Quốc Hùng,Bùi Lan Hương,Đỗ Khánh Linh,Ngô Gia Long,Dương Mỹ Ngọc,Lý Nhật Phong,Mai Phương Quỳnh,Tô Thanh Sơn,Trịnh Bảo Trâm,Cao Xuân Tùng,Đinh Hải Yến,Hồ Vĩnh Phúc".split(",");
  const post = async (path, body, token) => {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const response = await fetch(new URL(`class/${path}`, address), { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(response.status, 200);
    return response.json();
  };
  for (const [n, name] of NAMES.entries()) {
    const { token } = await post("join", { name, code });
    const lesson = n % 5 === 4 ? "02-images" : "01-image-and-container";
    const done = n === 3 || n === 11 ? 6 : (n * 7) % 6;
    if (n !== 8) await post("report", { lesson, step: Math.min(6, done + 1), done, steps: 6, tries: n % 7, fails: n % 3 && Math.min(n % 7, 2), hand: n === 5 || n === 14 }, token);
  }
  for (const [language, theme, width, height] of [["vi", "light", 1440, 900], ["en", "dark", 1440, 900], ["vi", "light", 390, 844]]) {
    const sees = await visit(board, { language, theme, width, height, wait: false });
    await sees.page.locator("#members .card").nth(NAMES.length - 1).waitFor();
    assert.match(await sees.page.locator("#members .card").first().innerText(), /Xin giúp|Asks for help/);
    assert.deepEqual(await sees.violations(), []);
    assert.ok(await sees.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await sees.shot(`class-board-${language}-${theme}-${width}`);
    await sees.close();
  }
  // Without the key there is a door.
  const { browser } = await machine();
  const stranger = await browser.newContext();
  const page = await stranger.newPage();
  await page.goto(new URL("class/", address).href);
  await page.locator("#door").waitFor();
  assert.ok(await page.locator("#class").isHidden());
  await page.locator('input[name="key"]').fill("guess");
  await page.locator("#door .pri").click();
  await page.locator("#trouble", { hasText: /./ }).waitFor();
  assert.ok(await page.locator("#class").isHidden());
  await stranger.close();
});

test("on a phone the class stands at the end of the tabs", { timeout: 60_000 }, async () => {
  const lab = await visit("?speed=instant", { width: 390, height: 844, language: "vi" });
  await pill(lab).click();
  const [tabs, box] = [await lab.page.locator(".tabs").boundingBox(), await pill(lab).boundingBox()];
  const last = await lab.page.locator(".tabs button").last().boundingBox();
  assert.ok(box.x >= last.x + last.width && box.y >= tabs.y - 1 && box.x + box.width <= 390, JSON.stringify([last, box]));
  assert.ok(await lab.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.deepEqual(await lab.violations(), []);
  await lab.shot("class-phone");
  await lab.close();
});

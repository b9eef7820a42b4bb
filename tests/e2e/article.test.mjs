// Part IV of the article and its three troubleshooting cases, typed on the page, on a desktop and on a phone:
// what the terminal answers, what the Stage shows by name, what the coach says.
import assert from "node:assert/strict";
import { open, test } from "./harness.mjs";

const START = "?speed=instant";
const SIZES = [
  { name: "desktop", width: 1440, height: 900 },
  { name: "phone", width: 390, height: 844 },
];

/** The accessible names of the Stage's objects. */
const labels = (lab) =>
  lab.page.locator('[data-part="stage"] [role="treeitem"]').evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));

/** Waits until an object's name has all the parts. */
async function shows(lab, ...parts) {
  const has = (parts) =>
    [...document.querySelectorAll('[data-part="stage"] [role="treeitem"]')].some((one) =>
      parts.every((part) => one.getAttribute("aria-label").includes(part)),
    );
  await lab.page.waitForFunction(has, parts, { timeout: 8000 }).catch(async () => {
    assert.fail(`nothing is called ${parts.join(" … ")}:\n${(await labels(lab)).join("\n")}\n${await lab.terminalText()}`);
  });
}

async function hides(lab, ...parts) {
  const all = await labels(lab);
  assert.ok(!all.some((label) => parts.every((part) => label.includes(part))), all.join("\n"));
}

/** What a line wrote: from its echo on. */
async function answer(lab, line) {
  const before = (await lab.terminalText()).length;
  await lab.run(line);
  return (await lab.terminalText()).slice(Math.max(0, before - 1));
}

/** What the coach says, and the commands that it offers. */
async function coach(lab) {
  const box = lab.page.locator('[data-part="coach"]');
  await box.waitFor({ timeout: 8000 });
  return { text: await box.innerText(), commands: await box.locator(".qcmd").allInnerTexts() };
}

for (const size of SIZES) {
  for (const language of ["vi", "en"]) {
    const of = `${size.name}, ${language}`;
    const theme = language === "vi" ? "light" : "dark";
    const there = () => open({ ...size, language, theme, path: START });

    test(`part IV: build, run, look, stop and remove (${of})`, { timeout: 180_000 }, async () => {
      const lab = await there();
      assert.match(await answer(lab, "cat Dockerfile"), /CMD \["node", "server.js"\]/);
      await lab.run("docker build -t myapp:1.0 .", 60_000);
      await shows(lab, "Image myapp:1.0");
      assert.match(await answer(lab, "docker images"), /^myapp\s+1\.0\s/m);
      await lab.page.locator('[data-pane="stage"]').click();
      await lab.shot(`article-built-${size.name}-${language}`);
      await lab.run("docker run -d --name myapp-container -p 3000:3000 myapp:1.0");
      await shows(lab, "Container myapp-container", "image myapp:1.0", "3000");
      await shows(lab, "0.0.0.0:3000", "myapp-container");
      assert.match(await answer(lab, "docker ps"), /0\.0\.0\.0:3000->3000\/tcp/);
      assert.match(await answer(lab, "docker logs myapp-container"), /Server running on port 3000/);
      await lab.run("docker exec -it myapp-container sh");
      assert.match(await answer(lab, "ls -la /app"), /server\.js/);
      assert.match(await answer(lab, "curl http://localhost:3000"), /curl: not found/);
      assert.deepEqual((await coach(lab)).commands, ["wget -qO- http://localhost:3000"]);
      assert.match(await answer(lab, "wget -qO- http://localhost:3000"), /Hello from myapp!/);
      await lab.run("exit");
      assert.match(await answer(lab, "curl http://localhost:3000"), /Hello from myapp!/);
      await lab.shot(`article-runs-${size.name}-${language}`);
      assert.deepEqual(await lab.violations(), []);
      await lab.run("docker stop myapp-container", 30_000);
      await shows(lab, "Container myapp-container", language === "vi" ? "đã thoát" : "exited");
      await hides(lab, "0.0.0.0:3000");
      await lab.run("docker rm myapp-container");
      await hides(lab, "Container myapp-container");
      await lab.run("docker rmi myapp:1.0");
      await hides(lab, "Image myapp:1.0");
      await lab.close();
    });

    test(`a volume, a rail, a plug and a socket are on the Stage (${of})`, { timeout: 120_000 }, async () => {
      const lab = await there();
      await lab.run("docker volume create app-data");
      await shows(lab, "Volume app-data");
      await lab.run("docker network create mynet");
      await shows(lab, "mynet, 172.18.0.0/16");
      await lab.run("docker run -d --name web --network mynet --network-alias www -p 3000:80 -v app-data:/app/data nginx:alpine");
      await shows(lab, "Container web", "3000→80");
      await shows(lab, "app-data", "web", "/app/data");
      await shows(lab, "web", "mynet", "172.18.0.2", "www");
      await shows(lab, language === "vi" ? "Ổ cắm 0.0.0.0:3000" : "Socket 0.0.0.0:3000", "web");
      await shows(lab, language === "vi" ? "Phích cắm" : "Plug", "0.0.0.0:3000");
      await shows(lab, "localhost:3000");
      assert.match(await answer(lab, "curl -s http://localhost:3000"), /Welcome to nginx/);
      await lab.shot(`article-below-${size.name}-${language}`);
      await lab.run("docker rm -f web");
      await shows(lab, "Volume app-data");
      await hides(lab, "0.0.0.0:3000");
      assert.deepEqual(await lab.violations(), []);
      await lab.close();
    });

    test(`the image is not there (${of})`, { timeout: 120_000 }, async () => {
      const lab = await there();
      assert.match(await answer(lab, "docker run -d --name app -p 3000:3000 myapp:1.0"), /pull access denied for myapp/);
      const { text, commands } = await coach(lab);
      assert.match(text, /myapp:1\.0/);
      assert.ok(commands.includes("docker build -t myapp:1.0 ."), `${commands}`);
      await lab.run("docker run -d --name app -p 3000:80 nginx:alpine");
      assert.match(await answer(lab, "docker run -d --name web -p 3000:80 nginx:alpine"), /port is already allocated/);
      await shows(lab, language === "vi" ? "cổng đã có container khác dùng" : "another container holds this port");
      assert.match((await coach(lab)).text, /3000/);
      await lab.shot(`article-error-${size.name}-${language}`);
      await lab.close();
    });

    test(`data outlives its container (${of})`, { timeout: 120_000 }, async () => {
      const lab = await there();
      await lab.run("docker volume create myapp-data");
      await lab.run("docker run -d --name app -v myapp-data:/app/data alpine:3.19 sleep 1000");
      await lab.run("docker exec app sh -c 'echo kept > /app/data/note; echo lost > /note'");
      await lab.run("docker rm -f app");
      await shows(lab, "Volume myapp-data");
      await lab.run("docker run -d --name app -v myapp-data:/app/data alpine:3.19 sleep 1000");
      assert.match(await answer(lab, "docker exec app cat /app/data/note"), /^kept$/m);
      assert.match(await answer(lab, "docker exec app cat /note"), /No such file/);
      await lab.close();
    });

    test(`the port is not published (${of})`, { timeout: 120_000 }, async () => {
      const lab = await there();
      await lab.run("docker run -d --name app nginx:alpine");
      assert.match(await answer(lab, "curl http://localhost:80"), /Failed to connect to localhost port 80/);
      const { commands } = await coach(lab);
      assert.deepEqual(commands, ["docker rm -f app", "docker run -d --name app -p 80:80 nginx:alpine"]);
      await lab.page.locator(".qcmd").first().click();
      await lab.idle();
      await lab.run(commands[1]);
      assert.match(await answer(lab, "curl -s http://localhost:80"), /Welcome to nginx/);
      await lab.run("docker network create mynet");
      await lab.run("docker run -d --network mynet --name app1 nginx:alpine");
      await lab.run("docker run -d --network mynet --name app2 nginx:alpine");
      assert.match(await answer(lab, "docker exec app1 curl -s http://app2"), /Welcome to nginx/);
      await lab.shot(`article-networks-${size.name}-${language}`);
      await lab.close();
    });
  }
}

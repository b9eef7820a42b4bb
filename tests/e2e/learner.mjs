// A learner who does a lesson: what its steps want typed, and how its questions are answered.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./harness.mjs";

/** A lesson's steps: title in a language, the solution's lines, and what is right in each of its questions. */
export function steps(id, language) {
  const read = (name) => readFileSync(join(root, "lessons", id, name), "utf8");
  const parts = (text) => new Map(text.split(/^## /m).slice(1).map((part) => [part.match(/^(?:.*\{#)?([a-z0-9-]+)/)[1], part]));
  const shared = parts(read("lesson.md"));
  return [...parts(read(`${language}.md`))].map(([step, part]) => ({
    title: part.match(/^(.*?) \{#/)[1],
    ...Object.fromEntries(
      ["solution", "also", "wrong"].map((name) => [
        name,
        (shared.get(step).match(new RegExp(`^\`\`\`${name}\\n([^]*?)^\`\`\``, "m"))?.[1] ?? "").split("\n").filter((line) => line),
      ]),
    ),
    quizzes: [...part.matchAll(/^```quiz (\w+)\n([^]*?)^```/gm)].map(([, form, text]) => ({
      form,
      items: [...text.matchAll(/^(?:-|\d+\.) (?:\[(.)\] )?(.*)$/gm)].map(([, mark, item]) => ({ right: mark === "x", item })),
    })),
  }));
}

export const drawn = (lab) => lab.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done)))));

/** Answers a step's questions as a learner who knows. */
export async function answer(lab, quizzes, guesses = false) {
  for (const [at, { form, items }] of quizzes.entries()) {
    if (guesses !== (form === "predict")) continue;
    const quiz = lab.page.locator('[data-part="quiz"]').nth(at);
    if (form === "fill") {
      await quiz.locator("input").fill(items[0].item.replaceAll("`", ""));
      await quiz.locator("button").click();
    } else if (form === "order") {
      for (let place = 0; place < items.length; place += 1) {
        const stands = async () =>
          (await quiz.locator("li").evaluateAll((rows) => rows.map((row) => Number(row.dataset.number)))).indexOf(place);
        for (let now = await stands(); now > place; now = await stands()) {
          await quiz.locator("li").nth(now).locator("button").click();
          await drawn(lab);
        }
      }
    } else {
      for (const [n, { right }] of items.entries()) if (right) await quiz.locator(".choices button").nth(n).click();
    }
  }
}

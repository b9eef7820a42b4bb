// The lessons as the page fetches them: a file a lesson and language, named by what is in it, and the list of all
// in index.html. A file holds the common part, the language's text and the glossary's terms, with a form feed
// between them.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const LANGUAGES = ["vi", "en"];

/** The glossary's terms in a language: `term: meaning` lines from its table. */
export function glossary(text, language) {
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !/^\| -|^\| Term/.test(line));
  return rows.map((row) => row.split("|").map((cell) => cell.trim())).map(([, term, vi, en]) => `${term}: ${language === "vi" ? vi : en}`);
}

/** Writes the lessons below `root`; gives the lines of the list: id, minutes, steps, titles, hash. */
export function writeLessons(source, root) {
  const ids = readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  const read = (...names) => readFileSync(join(source, ...names), "utf8");
  const terms = read("glossary.md");
  mkdirSync(join(root, "lessons"), { recursive: true });
  return ids.map((id) => {
    const common = read(id, "lesson.md");
    const files = LANGUAGES.map((language) => [common, read(id, `${language}.md`), glossary(terms, language).join("\n")].join("\f"));
    const hash = createHash("sha256").update(files.join("\f")).digest("hex").slice(0, 10);
    files.forEach((text, at) => writeFileSync(join(root, "lessons", `${id}.${LANGUAGES[at]}.${hash}.md`), text));
    const [, minutes] = /^minutes: (\d+)$/m.exec(common);
    const titles = LANGUAGES.map((language) => /^# (.*)$/m.exec(read(id, `${language}.md`))[1]);
    return [id, minutes, common.match(/^## /gm).length, ...titles, hash].join("\t");
  });
}

/** Puts the list into the page. */
export function listLessons(source, root) {
  const file = join(root, "index.html");
  const list = `<script type="text/plain" id="lessons">${writeLessons(source, root).join("\n")}</script>`;
  const html = readFileSync(file, "utf8");
  if (!html.includes("</head>")) throw new Error("index.html has no head");
  writeFileSync(file, html.replace("</head>", () => `${list}</head>`));
}

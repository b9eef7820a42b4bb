//! Lessons from somebody who means no good: each is refused with file and line, or what comes of it is plain text
//! in blocks that the page can draw: no markup, no address but https or a step, nothing too deep or too much.

use layerlab::lesson::{Block, Lesson, Span, pack, parse, unpack};
use layerlab::model::limits;

const SHARED: &str = "---\nminutes: 5\n---\n\n## one\n\n```check\nran docker ps\n```\n\n```solution\ndocker ps\n```\n";

/// What has to become of a file.
enum Fate {
    /// It is refused, and what is said holds this.
    Refused(&'static str),
    /// It is read, and this text stands in it as text.
    Text(&'static str),
    /// It is read, and this is nowhere in it.
    Without(&'static str),
}
use Fate::{Refused, Text, Without};

/// A language's text around a body in its one step.
fn told(body: &str) -> String {
    format!("# T\n\n## One {{#one}}\n\n{body}\n\n```check\nlooked\n```\n")
}

/// The tree without anything but its text and its addresses.
fn walk<'a>(blocks: &'a [Block], depth: usize, leaf: &mut dyn FnMut(&'a str), link: &mut dyn FnMut(&'a str)) {
    assert!(depth <= 3 * limits::LESSON_DEPTH, "deeper than the page may draw");
    for block in blocks {
        match block {
            Block::Paragraph(spans) | Block::Figure { caption: spans, .. } => inner(spans, depth, leaf, link),
            Block::List { items, .. } => items.iter().for_each(|item| walk(item, depth + 1, leaf, link)),
            Block::Table(rows) => rows.iter().flatten().for_each(|cell| inner(cell, depth, leaf, link)),
            Block::Code { language, text } => [language, text].into_iter().for_each(|text| leaf(text)),
            Block::Run { lines, .. } => lines.iter().for_each(|line| leaf(line)),
            Block::Note(blocks) => walk(blocks, depth + 1, leaf, link),
            Block::Quiz(quiz) => {
                inner(&quiz.question, depth, leaf, link);
                inner(&quiz.why, depth, leaf, link);
                quiz.choices.iter().for_each(|choice| inner(&choice.text, depth, leaf, link));
            }
        }
    }
}

fn inner<'a>(spans: &'a [Span], depth: usize, leaf: &mut dyn FnMut(&'a str), link: &mut dyn FnMut(&'a str)) {
    assert!(depth <= 3 * limits::LESSON_DEPTH, "deeper than the page may draw");
    for span in spans {
        match span {
            Span::Text(text) | Span::Code(text) => leaf(text),
            Span::Term { word, meaning } => [word, meaning].into_iter().for_each(|text| leaf(text)),
            Span::Strong(spans) | Span::Emphasis(spans) => inner(spans, depth + 1, leaf, link),
            Span::Link { url, spans } => {
                link(url);
                inner(spans, depth + 1, leaf, link);
            }
        }
    }
}

/// All that a lesson says, in one text; what must hold of any lesson is held here.
fn sound(name: &str, lesson: &Lesson) -> String {
    let mut said = vec![lesson.title.clone()];
    let hidden = |c: char| {
        c.is_control() && c != '\n' && c != '\t'
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    let link = &mut |url: &str| {
        assert!(url.starts_with("https://") || url.starts_with('#'), "{name} leads to {url}");
        assert!(!url.chars().any(|c| hidden(c) || c == ' '), "{name} leads to {url:?}");
    };
    let mut parts: Vec<&[Block]> = vec![&lesson.intro];
    for step in &lesson.steps {
        said.push(step.title.clone());
        parts.push(&step.blocks);
        parts.extend(step.hints.iter().map(Vec::as_slice));
    }
    for blocks in parts {
        walk(blocks, 0, &mut |text| said.push(text.to_string()), link);
    }
    let said = said.concat();
    assert!(!said.chars().any(hidden), "{name} hides something");
    // The page fetches what was packed: it has to be the same again.
    let again = unpack("x", &pack(lesson)).expect("what was packed is read");
    assert_eq!(
        again.steps.iter().map(|step| &step.blocks).collect::<Vec<_>>(),
        lesson.steps.iter().map(|step| &step.blocks).collect::<Vec<_>>(),
        "{name}"
    );
    said
}

fn check(name: &str, shared: &str, text: &str, fate: &Fate) {
    match (parse("x", shared, "en.md", text), fate) {
        (Err(error), Refused(why)) => {
            let said = error.to_string();
            assert!(said.contains(why), "{name}: {said}");
            assert!(said.starts_with("en.md:") || said.starts_with("lesson.md:"), "{name}: {said}");
            assert!(
                error.line >= 1 && said.chars().count() < 360 && !said.chars().any(char::is_control),
                "{name}: {said:?}"
            );
        }
        (Ok(lesson), Text(part)) => assert!(sound(name, &lesson).contains(part), "{name}: {lesson:?}"),
        (Ok(lesson), Without(part)) => assert!(!sound(name, &lesson).contains(part), "{name}: {lesson:?}"),
        (Ok(lesson), Refused(why)) => {
            panic!("{name} is read, not refused ({why}): {} blocks", lesson.steps[0].blocks.len())
        }
        (Err(error), _) => panic!("{name} is refused: {error}"),
    }
}

/// Bodies of a step.
const BODIES: [(&str, &str, Fate); 37] = [
    ("a script", "<script>alert(1)</script>\n\nafter", Text("after")),
    ("a script's code", "<script>alert(1)</script>", Without("script")),
    ("a script in a line", "a <script>alert(1)</script> b", Without("<script")),
    ("an image with a handler", "<img src=x onerror=alert(1)>", Without("onerror")),
    ("an image in a line", "a <img src=x onerror=alert(1)> b", Without("onerror")),
    ("a picture that moves", "<svg onload=alert(1)><animate/></svg>", Without("onload")),
    ("a frame", "<iframe src=https://evil.example></iframe>", Without("evil")),
    ("a style sheet", "<style>*{display:none}</style>", Without("display")),
    ("a base", "<base href=https://evil.example/>", Without("evil")),
    ("a form", "<form action=https://evil.example><input name=password></form>", Without("password")),
    ("a meta refresh", "<meta http-equiv=refresh content='0;url=https://evil.example'>", Without("evil")),
    ("a comment that ends early", "<!--><img src=x onerror=alert(1)>-->", Without("onerror")),
    ("character data", "<![CDATA[<img src=x onerror=alert(1)>]]>", Without("onerror")),
    ("a processing instruction", "<?php echo 1 ?>", Without("php")),
    ("markup spelled with entities", "&lt;script&gt;alert(1)&lt;/script&gt;", Text("<script>alert(1)</script>")),
    ("markup in code", "`<script>alert(1)</script>`", Text("<script>alert(1)</script>")),
    ("markup in a fence", "```html\n</code><script>alert(1)</script>\n```", Text("</code><script>")),
    ("markup in a fence's name", "```\"><script>\nx\n```", Text("\"><script>")),
    ("a tag that stays open", "<div <div <div\n\nafter", Text("after")),
    ("a link that runs", "[a](javascript:alert(1))", Refused("a link must lead to")),
    ("a link that runs, in capitals", "[a](JaVaScRiPt:alert(1))", Refused("a link must lead to")),
    ("a link that runs, with an entity", "[a](java&#115;cript:alert(1))", Refused("a link must lead to")),
    ("a link that runs, with a tab", "[a](<java\tscript:alert(1)>)", Refused("a link must lead to")),
    ("a link that runs, by itself", "<javascript:alert(1)>", Refused("a link must lead to")),
    ("a link that runs, by reference", "[a][b]\n\n[b]: javascript:alert(1)", Refused("a link must lead to")),
    ("a link of data", "[a](data:text/html;base64,PHNjcmlwdD4=)", Refused("a link must lead to")),
    ("a link of another scheme", "[a](vbscript:x)", Refused("a link must lead to")),
    ("a link to a file", "[a](file:///etc/passwd)", Refused("a link must lead to")),
    ("a link without a scheme", "[a](//evil.example)", Refused("a link must lead to")),
    ("a link within the site", "[a](/other)", Refused("a link must lead to")),
    ("a link without encryption", "[a](http://evil.example)", Refused("a link must lead to")),
    ("a link that passes for another", "[a](https://docs.docker.com@evil.example/)", Refused("a link must lead to")),
    ("a link with a backslash", "[a](https:\\\\\\evil.example)", Refused("a link must lead to")),
    ("a link with letters of another script", "[a](https://d\u{43e}cker.com)", Refused("a link must lead to")),
    ("an image from elsewhere", "![a](https://evil.example/track.png)", Refused("an image is not part")),
    ("an image of data", "![a](data:image/svg+xml,<svg/>)", Refused("an image is not part")),
    ("an image in a link", "[![a](b)](https://example.com)", Refused("an image is not part")),
];

#[test]
fn bodies() {
    for (name, body, fate) in &BODIES {
        check(name, SHARED, &told(body), fate);
    }
}

#[test]
fn letters_that_hide() {
    let cases = [
        ("a direction overridden", told("rm \u{202e}x"), Refused("en.md:5: U+202E")),
        ("a direction isolated", told("a \u{2066}b\u{2069}"), Refused("U+2066")),
        ("a direction by entity", told("a &#x202e; b"), Refused("U+202E")),
        ("nothing that has no width", told("do\u{200b}cker"), Refused("U+200B")),
        ("a tag letter", told("a\u{e0041}"), Refused("U+E0041")),
        ("an escape sequence", told("```sh run\ndocker ps \u{1b}[2J\n```"), Refused("U+001B")),
        ("a nought", told("a\0b"), Refused("U+0000")),
        ("a return in a command", told("```sh run\ndocker ps\r rm -rf x\n```"), Refused("U+000D")),
        ("a direction in a command", told("```sh run\ndocker ps # \u{202e}\n```"), Refused("U+202E")),
        (
            "a direction in a title",
            "# T\u{202e}\n\n## One {#one}\n\n```check\nx\n```\n".to_string(),
            Refused("en.md:1:"),
        ),
        ("a mark of the byte order", format!("\u{feff}{}", told("a")), Refused("U+FEFF")),
        ("an address in disguise", told("[a](https://example.com/\u{202e}x)"), Refused("U+202E")),
        ("an address with a direction by entity", told("[a](https://example.com/&#x202e;x)"), Refused("U+202E")),
    ];
    for (name, text, fate) in &cases {
        check(name, SHARED, text, fate);
    }
    let hidden = SHARED.replace("docker ps\n```\n", "docker ps \u{202e}\n```\n");
    check("a direction in a solution", &hidden, &told("a"), &Refused("lesson.md:8: U+202E"));
}

#[test]
fn too_much() {
    let list = |depth: usize| (0..depth).map(|n| format!("{}- a\n", "  ".repeat(n))).collect::<String>();
    let notes =
        |depth: usize| (0..depth).fold("x\n".to_string(), |body, n| format!("{0}note\n{body}{0}\n", "`".repeat(n + 3)));
    let table = |rows: usize| format!("| a | b |\n| - | - |\n{}", "| 1 | 2 |\n".repeat(rows));
    let cases = [
        ("a long text", told(&"word ".repeat(60_000)), Refused("too long")),
        ("a long line", told(&"x".repeat(200_000)), Text("xxx")),
        ("a deep list", told(&list(200)), Refused("nested too deep")),
        ("deep notes", told(&notes(100)), Refused("nested too deep")),
        ("deep quotes", told(&format!("{} a", ">".repeat(20_000))), Refused("a quote is not part")),
        ("deep emphasis", told(&format!("{}x{}", "*a _b ".repeat(40), "_*".repeat(40))), Refused("nested too deep")),
        ("open brackets", told(&"[".repeat(50_000)), Refused("are too many")),
        ("open brackets and marks", told(&"[a](".repeat(30_000)), Refused("are too many")),
        ("open stars", told(&"*a ".repeat(50_000)), Refused("are too many")),
        ("open quotes of code", told(&"`a ``b ".repeat(20_000)), Refused("are too many")),
        ("open markup", told(&"<a ".repeat(50_000)), Refused("are too many")),
        ("a table of many rows", told(&table(20_000)), Refused("are too many")),
        (
            "a table of many columns",
            told(&format!("|{}\n|{}\n|{}", "a|".repeat(9_000), "-|".repeat(9_000), "1|".repeat(9_000))),
            Refused("are too many"),
        ),
        ("many paragraphs", told(&"a\n\n".repeat(30_000)), Refused("are too many")),
        ("many commands", told(&format!("```sh run\n{}```", "ls\n".repeat(30_000))), Refused("are too many")),
        ("many references", told(&format!("[a]: #b\n{}", "[a] ".repeat(30_000))), Refused("are too many")),
        ("an entity that is long", told(&format!("&{};", "a".repeat(100_000))), Text("&aaa")),
        (
            "a fence that stays open",
            "# T\n\n## One {#one}\n\n```check\nlooked\n```\n\n```sh run\ndocker ps\n".to_string(),
            Text("docker ps"),
        ),
        (
            "a title that is long",
            format!("# {}\n\n## One {{#one}}\n\n```check\nx\n```\n", "T".repeat(100_000)),
            Refused("title"),
        ),
        (
            "a link that is long",
            told(&format!("[a](javascript:{})", "x".repeat(100_000))),
            Refused("a link must lead to"),
        ),
    ];
    for (name, text, fate) in &cases {
        check(name, SHARED, text, fate);
    }
}

#[test]
fn what_is_shared() {
    let front = |lines: &str| SHARED.replace("minutes: 5\n", &format!("minutes: 5\n{lines}"));
    let file = |path: &str| SHARED.replace("## one", &format!("```file {path}\nx\n```\n\n## one"));
    let steps: String =
        (0..200).map(|n| format!("## s{n}\n\n```check\nran ls\n```\n\n```solution\nls\n```\n\n")).collect();
    let said: String = (0..200).map(|n| format!("## S {{#s{n}}}\n\n```check\nx\n```\n\n")).collect();
    let cases = [
        ("front matter without an end", "---\nminutes: 5\n".repeat(5_000), told("a"), Refused("lesson.md:")),
        (
            "front matter of many images",
            front(&"images: alpine alpine alpine\n".repeat(2_000)),
            told("a"),
            Refused("are too many"),
        ),
        (
            "front matter of many switches",
            front(&"machine: network off\n".repeat(2_000)),
            told("a"),
            Refused("are too many"),
        ),
        ("front matter of another kind", front("script: alert(1)\n"), told("a"), Refused("`script`")),
        (
            "minutes without end",
            SHARED.replace("minutes: 5", "minutes: 99999999999999"),
            told("a"),
            Refused("no number"),
        ),
        ("a file above", file("../../etc/passwd"), told("a"), Refused("below the working directory")),
        ("a file of the machine", file("/etc/passwd"), told("a"), Refused("below the working directory")),
        ("a file with a long name", file(&"a/".repeat(5_000)), told("a"), Refused("below the working directory")),
        (
            "many files",
            SHARED.replace("## one", &format!("{}## one", "```file a\nx\n```\n\n".repeat(2_000))),
            told("a"),
            Refused("are too many"),
        ),
        ("many steps", format!("---\nminutes: 5\n---\n\n{steps}"), format!("# T\n\n{said}"), Refused("are too many")),
        ("a step with a strange id", SHARED.replace("## one", "## <img src=x>"), told("a"), Refused("lesson.md:5:")),
        (
            "a condition that is deep",
            SHARED.replace("ran docker ps", &format!("container a: {} = 1", "a.".repeat(20_000))),
            told("a"),
            Refused(""),
        ),
        ("a par that is no number", format!("{SHARED}\n```par\n1e99\n```\n"), told("a"), Refused("no number")),
        ("markup in what is shared", format!("{SHARED}\n<script>alert(1)</script>\n"), told("a"), Without("script")),
    ];
    for (name, shared, text, fate) in &cases {
        check(name, shared, text, fate);
    }
}

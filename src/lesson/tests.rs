//! The form of lessons, their checks, and what the coach says.

use super::coach::advise;
use super::*;
use crate::model::World;
use crate::words::Lang;

const SHARED: &str = "---\nminutes: 5\nneeds: a b\ncovers: I. X\nmachine: network off\n---\n\n```setup\ndocker ps\n```\n\n## one\n\n```file a.txt\nhello\n```\n\n```check\nimage a\nran docker ps -a or docker container ls -a\n```\n\n```solution\ndocker ps -a\n^C\n```\n";
const TOLD: &str = "# Title\n\nHello *you*, <b>see</b> [here](https://example.com).\n\n## One {#one}\n\nText with `code`.\n\n- a\n- **b**\n  1. c\n\n```sh run\ndocker ps\n\nls\n```\n\n```note\nBeside.\n```\n\n```figure container:web\nLook `here`.\n```\n\n| A | B |\n| - | - |\n| 1 | `2` |\n\n```quiz several\nWhich?\n\n- [x] one\n- [ ] two `x`\n\nSo it is.\n```\n\n```check\nit is there\nlooked\n```\n\n```hint\nTry `x`.\n```\n";

fn text(text: &str) -> Span {
    Span::Text(text.to_string())
}

#[test]
fn a_lesson_is_read_into_plain_data() {
    let lesson = parse("small", SHARED, "en.md", TOLD).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((lesson.id.as_str(), lesson.title.as_str(), lesson.front.minutes), ("small", "Title", 5));
    assert_eq!((lesson.front.needs.len(), lesson.front.covers.as_slice()), (2, &["I. X".to_string()][..]));
    assert_eq!(lesson.setup.lines, ["docker ps"]);
    assert_eq!(lesson.files, [("a.txt".to_string(), "hello\n".to_string())]);
    let link = Span::Link { url: "https://example.com".to_string(), spans: vec![text("here")] };
    let intro =
        [text("Hello "), Span::Emphasis(vec![text("you")]), text(", "), text("see"), text(" "), link, text(".")];
    assert_eq!(lesson.intro, [Block::Paragraph(intro.to_vec())]);
    let [step] = lesson.steps.as_slice() else { panic!("one step, not {}", lesson.steps.len()) };
    assert_eq!((step.id.as_str(), step.title.as_str(), step.lines), ("one", "One", (12, 5)));
    let inner = Block::List { ordered: true, items: vec![vec![Block::Paragraph(vec![text("c")])]] };
    let strong = Block::Paragraph(vec![Span::Strong(vec![text("b")])]);
    let items = vec![vec![Block::Paragraph(vec![text("a")])], vec![strong, inner]];
    assert_eq!(step.blocks[1], Block::List { ordered: false, items });
    assert_eq!(step.blocks[2], Block::Run { lines: vec!["docker ps".into(), "ls".into()], ends: Ends::Well });
    assert_eq!(step.blocks[3], Block::Note(vec![Block::Paragraph(vec![text("Beside.")])]));
    let caption = vec![text("Look "), Span::Code("here".to_string()), text(".")];
    assert_eq!(step.blocks[4], Block::Figure { object: "container:web".to_string(), caption });
    let row = |a: &str, b| vec![vec![text(a)], vec![b]];
    assert_eq!(step.blocks[5], Block::Table(vec![row("A", text("B")), row("1", Span::Code("2".to_string()))]));
    let Some(Block::Quiz(quiz)) = step.blocks.get(6) else { panic!("{:?}", step.blocks) };
    assert_eq!((quiz.form, quiz.answer().as_str(), quiz.choices.len()), (Form::Several, "0", 2));
    assert_eq!((quiz.question.as_slice(), quiz.why.as_slice()), (&[text("Which?")][..], &[text("So it is.")][..]));
    assert_eq!(quiz.choices[0].text, [text("one")]);
    assert_eq!(step.check.len(), 2);
    assert_eq!((step.check[1].meaning.as_str(), step.check[1].line), ("looked", 20));
    assert_eq!(step.check[1].condition.to_string(), "ran docker ps -a or docker container ls -a");
    assert_eq!(step.hints, [[Block::Paragraph(vec![text("Try "), Span::Code("x".to_string()), text(".")])]]);
    assert_eq!(step.solution.lines, ["docker ps -a", "^C"]);
}

#[test]
fn what_is_wrong_with_a_text_is_said_with_its_line() {
    let cases = [
        ("", "x.md:1: a lesson needs a title: # Title"),
        ("# T\n\n## S\n", "x.md:3: a step needs an id: ## Title {#id}"),
        ("# T\n\n## S {#s}\n", "x.md:3: lesson.md has no step `s`"),
        ("# T\n\n> quote\n", "x.md:3: a quote is not part of a lesson"),
        ("# T\n\n![a](b)\n", "x.md:3: an image is not part of a lesson"),
        ("# T\n\n[a](javascript:b)\n", "x.md:3: a link must lead to https:// or #, not javascript:b"),
        ("# T\n\n## O {#one}\n\n```solution\nls\n```\n", "x.md:5: a solution stands in lesson.md"),
        ("# T\n# U\n", "x.md:2: a lesson has one title, at its beginning"),
        ("# T\n\n```hint\nx\n```\n", "x.md:3: a hint belongs to a step"),
        (
            "# T\n\n## O {#one}\n\n```quiz fly\nx\n```\n",
            "x.md:5: a quiz is `choice`, `several`, `order`, `fill` or `predict`",
        ),
        (
            "# T\n\n## O {#one}\n\n```sh run away\nx\n```\n",
            "x.md:5: commands `run`, `run fails` or `run stop`, not `run away`",
        ),
        ("# T\n", "lesson.md:12: x.md has no step `one`"),
    ];
    for (text, error) in cases {
        let read = parse("x", SHARED, "x.md", text).map(|lesson| lesson.title);
        assert_eq!(read.map_err(|error| error.to_string()), Err(error.to_string()), "{text}");
    }
    let deep = format!("# T\n\n{}x\n", (0..40).map(|n| format!("{}- a\n", "  ".repeat(n))).collect::<String>());
    assert!(parse("x", SHARED, "x.md", &deep).is_err_and(|error| error.text == "nested too deep"));
}

#[test]
fn conditions_are_read_and_written() {
    for line in [
        "image a",
        "no image a:b",
        "container a",
        "container a running",
        "container a exited 137",
        "container a running: HostConfig.Memory = 5 and State.Pid > 0",
        "no container a",
        "volume a: Driver = local",
        "network a",
        "count container > 3: State.Running = true",
        "file a:/b/c",
        "no file image a:b:/c",
        "file volume a:/b has some words",
        "file host:/etc/x",
        "http http://localhost:80/ 200 has hello you",
        "http http://a/ from web 404",
        "ran docker ps -a or docker container ls",
    ] {
        assert_eq!(Condition::parse(line).map(|condition| condition.to_string()), Ok(line.to_string()));
    }
    for line in [
        "",
        "a",
        "image",
        "image a running",
        "container a b c",
        "no count image = 1",
        "file a",
        "file :/x",
        "count image a b",
        "http a",
        "ran",
        "ran x or",
        "file a:/b: X = 1",
    ] {
        assert!(Condition::parse(line).is_err(), "{line}");
    }
}

#[test]
fn the_coach_explains_and_proposes() {
    let world = World::new(1);
    let rule = |command: &str, error: &str| advise(command, "", error, 1, &world, Lang::En);
    let cases = [
        (
            "docker ps",
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n",
            "daemon-unreachable",
            "",
        ),
        (
            "docker run --name a x",
            "docker: Error response from daemon: Conflict. The container name \"/a\" is already in use by container \"12\". You have",
            "name-conflict",
            "docker rm -f a",
        ),
        ("docker stop a", "Error response from daemon: No such container: a\n", "no-such-container", "docker ps -a"),
        (
            "docker rum alpine",
            "docker: unknown command: docker rum\n\nRun 'docker --help' for more information\n",
            "command-near",
            "docker run alpine",
        ),
        ("docker containers", "docker: unknown command: docker containers\n", "command-near", "docker ps"),
        (
            "docker run --nmae=x y",
            "unknown flag: --nmae\n\nUsage:  docker run [OPTIONS]\n\nRun 'docker run --help' for more information\n",
            "flag-near",
            "docker run --name=x y",
        ),
        (
            "docker exec a bash",
            "OCI runtime exec failed: exec failed: unable to start container process: exec: \"bash\": executable file not found in $PATH: unknown\n",
            "no-bash",
            "docker exec a sh",
        ),
        (
            "docker exec a curl http://localhost:3000",
            "exec: \"curl\": executable file not found in $PATH",
            "no-curl",
            "docker exec a wget -qO- http://localhost:3000",
        ),
        ("curl -s http://x:1/", "sh: curl: not found\n", "no-curl", "wget -qO- http://x:1/"),
        ("dokcer ps", "bash: dokcer: command not found\n", "program-near", "docker ps"),
        ("node -v", "bash: node: command not found\n", "program-in-image", "docker run --rm node:18-alpine node -v"),
        (
            "docker pull ngnix:alpine",
            "Error response from daemon: pull access denied for ngnix, repository does not exist",
            "image-near",
            "docker pull nginx:alpine",
        ),
        (
            "docker run --name b -p 80:80 x",
            "Bind for 0.0.0.0:80 failed: port is already allocated",
            "port-taken",
            "docker rm b",
        ),
        (
            "docker rm a",
            "Error response from daemon: cannot remove container \"a\": container is running: stop",
            "remove-running",
            "docker stop a",
        ),
    ];
    for (command, error, name, first) in cases {
        let advice = rule(command, error).unwrap_or_else(|| panic!("{command}: no advice"));
        assert_eq!((advice.rule, advice.commands.first().map_or("", String::as_str)), (name, first), "{command}");
        let vietnamese = advise(command, "", error, 1, &world, Lang::Vi).expect("both languages");
        assert_ne!(vietnamese.text, advice.text, "{command}");
    }
    for (command, error) in
        [("docker ps", ""), ("ls x", "ls: cannot access 'x': No such file or directory\n"), ("", "\u{0}`{0}")]
    {
        assert_eq!(rule(command, error), None, "{command}");
    }
}

//! The form of lessons, their checks, and what the coach says.

use super::coach::advise;
use super::*;
use crate::model::World;

const SMALL: &str = "# Title\n\nHello *you*, <b>see</b> [here](https://example.com).\n\n## One {#one}\n\nText with `code`.\n\n- a\n- **b**\n  1. c\n\n```sh run\ndocker ps\n\nls\n```\n\n```check\nimage a # it is there\nran docker ps -a or docker container ls -a # looked\n```\n\n```hint\nTry `x`.\n```\n\n```solution\ndocker ps -a\n```\n";

fn text(text: &str) -> Span {
    Span::Text(text.to_string())
}

#[test]
fn a_lesson_is_read_into_plain_data() {
    let lesson = parse("small", SMALL).expect("the lesson is well formed");
    assert_eq!((lesson.id.as_str(), lesson.title.as_str()), ("small", "Title"));
    let link = Span::Link { url: "https://example.com".to_string(), spans: vec![text("here")] };
    let intro =
        [text("Hello "), Span::Emphasis(vec![text("you")]), text(", "), text("see"), text(" "), link, text(".")];
    assert_eq!(lesson.intro, [Block::Paragraph(intro.to_vec())]);
    let [step] = lesson.steps.as_slice() else { panic!("one step, not {}", lesson.steps.len()) };
    assert_eq!((step.id.as_str(), step.title.as_str()), ("one", "One"));
    let inner = Block::List { ordered: true, items: vec![vec![Block::Paragraph(vec![text("c")])]] };
    let strong = Block::Paragraph(vec![Span::Strong(vec![text("b")])]);
    let items = vec![vec![Block::Paragraph(vec![text("a")])], vec![strong, inner]];
    assert_eq!(step.blocks[1], Block::List { ordered: false, items });
    assert_eq!(step.blocks[2], Block::Run(vec!["docker ps".to_string(), "ls".to_string()]));
    assert_eq!(step.check.criteria.len(), 2);
    assert_eq!(step.check.criteria[1].meaning, "looked");
    assert_eq!(step.check.criteria[1].condition.to_string(), "ran docker ps -a or docker container ls -a");
    assert_eq!(step.hints, [[Block::Paragraph(vec![text("Try "), Span::Code("x".to_string()), text(".")])]]);
    assert_eq!(step.solution, ["docker ps -a"]);
}

#[test]
fn what_is_wrong_with_a_lesson_is_said_with_its_line() {
    let cases = [
        ("", "line 1: a lesson needs a title: # Title"),
        ("# T\n\n## S\n", "line 3: a step needs an id: ## Title {#id}"),
        ("# T\n\n## S {#s}\n", "line 3: step `s` has no check"),
        ("# T\n\n> quote\n", "line 3: a quote is not part of a lesson"),
        ("# T\n\n![a](b)\n", "line 3: an image is not part of a lesson"),
        ("# T\n\n[a](javascript:b)\n", "line 3: a link must lead to https:// or #, not javascript:b"),
        ("# T\n\n## S {#s}\n\n```check\nimage a # b\nfly # b\n```\n", "line 7: `fly` is no condition"),
        ("# T\n\n## S {#s}\n\n```check\nimage a\n```\n", "line 6: a check needs a meaning: CONDITION # MEANING"),
        ("# T\n\n## S {#s}\n```check\ncontainer a gone # b\n```\n", "line 5: `gone` is no state of a container"),
        ("# T\n\n```solution\nls\n```\n", "line 3: a solution belongs to a step"),
        ("# T\n# U\n", "line 2: a lesson has one title, at its beginning"),
    ];
    for (text, error) in cases {
        assert_eq!(parse("x", text).map_err(|error| error.to_string()), Err(error.to_string()), "{text}");
    }
    let twice = SMALL.to_string() + "\n## Two {#one}\n";
    assert!(parse("x", &twice).is_err_and(|error| error.text.contains("already")));
    let deep = format!("# T\n\n{}x\n", (0..40).map(|n| format!("{}- a\n", "  ".repeat(n))).collect::<String>());
    assert!(parse("x", &deep).is_err_and(|error| error.text == "nested too deep"));
}

#[test]
fn the_lessons_carry_the_same_steps_in_both_languages() {
    for id in ids() {
        let [vi, en] = Lang::ALL.map(|lang| {
            let text = source(id, lang).unwrap_or_default();
            parse(id, text).unwrap_or_else(|error| panic!("{id}/{}.md: {error}", lang.code()))
        });
        assert_eq!(lint(&vi, &en), [], "{id}");
        assert!(vi.steps.len() >= 10, "{id} is complete");
        assert_ne!(vi.title, "");
    }
}

#[test]
fn lint_tells_what_differs() {
    let one = parse("x", SMALL).expect("well formed");
    let lines = [
        ("docker ps -a\n```\n", "docker ps\n```\n", "solutions"),
        ("image a", "image b", "checks"),
        ("\n\nls", "\nls -l", "runnable"),
    ];
    for (old, new, what) in lines {
        let other = parse("x", &SMALL.replace(old, new)).expect("well formed");
        let problems: Vec<String> = lint(&one, &other).iter().map(ToString::to_string).collect();
        assert!(problems.iter().any(|problem| problem.contains(what)), "{what}: {problems:?}");
    }
    let other = parse("x", &SMALL.replace("{#one}", "{#two}")).expect("well formed");
    assert_eq!(lint(&one, &other).len(), 1);
}

#[test]
fn commands_are_recognised_in_lines() {
    let world = World::new(1);
    let holds = |line: &str| {
        let check = Check::parse("ran docker ps -a or docker ps --all # x").expect("a check");
        check.holds(Seen { world: &world, lines: &[line] })
    };
    for line in ["docker ps -a", "docker  ps -a", "docker ps -q -a", "x && docker ps --all | head", "y=$(docker ps -a)"]
    {
        assert!(holds(line), "{line}");
    }
    for line in ["docker ps", "echo docker ps -a", "docker -a ps", ""] {
        assert!(!holds(line), "{line}");
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

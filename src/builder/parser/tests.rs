use super::*;

fn dump(source: &str) -> Vec<String> {
    parse(source).nodes.iter().map(Node::dump).collect()
}

fn problem(source: &str) -> String {
    parse(source).first_problem().map(|p| format!("{} {:?}", p.message, p.lines)).unwrap_or_default()
}

#[test]
fn instructions_become_nodes() {
    let source = "# a comment\nFROM alpine AS  base\nrun --mount=type=cache,target=/x --network=none echo hi\n\
                  CMD [\"a\", \"b c\"]\nCMD [\"a\", 'b']\nENV A=1 B=\"2 3\"\nENV C d  e\nONBUILD COPY . /app\n\
                  HEALTHCHECK --interval=5s CMD [\"x\"]\nEXPOSE 80 443/tcp\nARG X Y=1\n";
    assert_eq!(
        dump(source),
        [
            "from \"alpine\" \"AS\" \"base\"",
            "run [\"--mount=type=cache,target=/x\" \"--network=none\"] \"echo hi\"",
            "cmd \"a\" \"b c\"",
            "cmd \"[\\\"a\\\", 'b']\"",
            "env \"A\" \"1\" \"=\" \"B\" \"\\\"2 3\\\"\" \"=\"",
            "env \"C\" \"d  e\" \"\"",
            "onbuild (copy \".\" \"/app\")",
            "healthcheck [\"--interval=5s\"] \"CMD\" \"x\"",
            "expose \"80\" \"443/tcp\"",
            "arg \"X\" \"Y=1\"",
        ]
    );
}

#[test]
fn lines_go_on_behind_an_escape() {
    let tree = parse("FROM a\nRUN one && \\\n  # not this\n\n  two \\  \n  three\nRUN a\\\\\nUSER x\n");
    let lines: Vec<(String, Lines)> = tree.nodes.iter().map(|n| (n.args.concat(), n.lines)).collect();
    assert_eq!(lines[1], ("one &&   two   three".into(), (2, 6)));
    assert_eq!(lines[2], ("a\\\\".into(), (7, 7)));
    assert_eq!(tree.empty_continuations, [6]);
    let tick = parse("# escape=`\nFROM a\nRUN x `\n y\\\n");
    assert_eq!((tick.escape, tick.nodes[1].args[0].as_str()), ('`', "x  y\\"));
    assert_eq!(parse("# c\n# escape=`\nFROM a\n").escape, '\\');
}

#[test]
fn spans_name_bytes() {
    let source = "\u{feff}FROM a\n\n  RUN <<X\nb\nX\n";
    let tree = parse(source);
    let run = &tree.nodes[1];
    assert_eq!(&source[run.keyword_span.clone()], "RUN");
    assert_eq!(&source[run.span.clone()], "RUN <<X\nb\nX\n");
    assert_eq!(&source[tree.nodes[0].keyword_span.clone()], "FROM");
}

#[test]
fn here_documents_belong_to_their_instruction() {
    let tree = parse("FROM a\nRUN <<-'ONE' cat <<TWO > f\n\tx $Y\n\tONE\nz\nTWO\nCOPY <<a.txt /\nt\na.txt\nCMD <<X\n");
    let run = &tree.nodes[1].heredocs;
    assert_eq!((run[0].content.as_str(), run[0].chomp, run[0].expand), ("\tx $Y\n", true, false));
    assert_eq!((run[1].name.as_str(), run[1].content.as_str(), run[1].expand), ("TWO", "z\n", true));
    assert_eq!(tree.nodes[2].heredocs[0].content, "t\n");
    assert!(tree.nodes[3].heredocs.is_empty());
    assert_eq!(chomped("\t\ta\n\tb"), "a\nb");
    assert_eq!(parse_heredoc("3<<\"E F\"").map(|h| (h.name, h.descriptor, h.expand)), Some(("E F".into(), 3, false)));
}

#[test]
fn what_is_wrong_is_told_with_its_lines() {
    assert_eq!(problem("# only\n"), "file with no instructions (1, 1)");
    assert_eq!(problem("FROM a\nENV x\n"), "ENV must have two arguments (2, 2)");
    assert_eq!(
        problem("FROM a\nRUN [1]\n"),
        format!("{} (2, 2)", "when using JSON array syntax, arrays must be comprised of strings only")
    );
    assert_eq!(problem("FROM a\nRUN <<X\ny\n"), "unterminated heredoc (2, 3)");
    assert_eq!(problem("# escape=x\nFROM a\n"), "invalid escape token 'x' does not match ` or \\ (1, 1)");
    let both = parse("FROM a\nENV x\nLABEL a=1 b\n");
    assert_eq!(both.problems.len(), 2, "an editor sees them all");
}

#[test]
fn no_text_makes_it_panic() {
    let pieces = [
        "FROM", "RUN", "ONBUILD ", "<<", "E\n", "\\", "\\\n", "\"", "'", "[", "{", "$", "--", "=", "#", "é", "\r\n",
        "\u{feff}",
    ];
    let mut random = crate::model::random::Random(7);
    for _ in 0..2000 {
        let length = random.below(12);
        let text: String = (0..length).map(|_| pieces[random.below(pieces.len() as u64) as usize]).collect();
        let tree = parse(&text);
        for node in &tree.nodes {
            assert!(text.get(node.span.clone()).is_some() && text.get(node.keyword_span.clone()).is_some(), "{text:?}");
        }
    }
    parse(&"ONBUILD ".repeat(5000));
}

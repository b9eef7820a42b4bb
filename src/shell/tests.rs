//! The parser against what bash 5.2 and busybox ash say, and against hostile text.

use super::syntax::*;
use super::*;

/// What a shell with `-c text` says of its first fault, after the commands in front of it.
fn complaint(text: &str, dialect: Dialect) -> String {
    let name = if dialect == Dialect::Bash { "bash" } else { "sh" };
    match parse(text, dialect) {
        Ok(_) => String::new(),
        Err(error) => error.fault().report(dialect, name, Source::Argument),
    }
}

#[track_caller]
fn bash(text: &str, expected: &str) {
    assert_eq!(complaint(text, Dialect::Bash), expected.replace("B ", "bash: -c: "), "{text}");
}

#[track_caller]
fn ash(text: &str, expected: &str) {
    assert_eq!(complaint(text, Dialect::Ash), format!("sh: syntax error: {expected}\n"), "{text}");
}

#[track_caller]
fn near(text: &str, token: &str) {
    let line = text.lines().last().unwrap_or_default();
    let number = text.lines().count().max(1);
    let place = format!("bash: -c: line {number}: ");
    let expected = format!("{place}syntax error near unexpected token `{token}'\n{place}`{line}'\n");
    assert_eq!(complaint(text, Dialect::Bash), expected, "{text}");
}

#[test]
fn bash_names_the_token_that_does_not_fit() {
    for (text, token) in [
        ("echo )", ")"),
        ("for", "newline"),
        ("| echo", "|"),
        ("if true; then fi", "fi"),
        ("}", "}"),
        ("done", "done"),
        ("echo ;;", ";;"),
        ("&& a", "&&"),
        ("foo() a", "a"),
        ("echo (a)", "a"),
        ("a &&& b", "&"),
        ("cat <", "newline"),
        ("cat < >", ">"),
        ("a | | b", "|"),
        ("case x b", "b"),
        ("for x in a\ndone", "done"),
        ("if then", "then"),
        ("a;;b", ";;"),
        ("()", ")"),
        ("( )", ")"),
        ("fn () { a; } b", "b"),
        ("echo a\necho b\nfi", "fi"),
        ("; a", ";"),
        ("a & ; b", ";"),
        ("for ((;;)) echo", "echo"),
        ("case x in a) b;; c", "newline"),
        ("case x in |) esac", "|"),
        ("echo a > ; b", ";"),
        ("a >& ", "newline"),
        ("2>", "newline"),
        ("function", "newline"),
        ("function f a", "a"),
        ("echo a; } ", "}"),
        ("if a; then b; else c; else", "else"),
        ("for x in a; echo", "echo"),
        ("{ }", "}"),
        ("echo a=(1 2)", "("),
        ("! | a", "|"),
        ("a | ! b", "!"),
        ("if() { a; }", ")"),
        ("a b () { c; }", "("),
        ("then", "then"),
        ("in", "in"),
        ("{ a; } b", "b"),
        ("(a) b", "b"),
        ("if a; then b; fi c", "c"),
        ("echo a &| b", "|"),
        ("a ;& b", ";&"),
    ] {
        near(text, token);
    }
}

#[test]
fn bash_tells_where_the_text_ended() {
    let end = "B line 2: syntax error: unexpected end of file\n";
    for text in [
        "if",
        "if true",
        "echo a &&",
        "for x in a b",
        "( echo",
        "case x in",
        "echo |",
        "foo()",
        "while",
        "{ a",
        "{ a }",
        "for x do a; b",
        "case x in a) b",
        "if a; then b; else",
        "if a; then b; elif",
        "while a; do",
        "a |& b |",
        "function f",
        "( a; ",
    ] {
        bash(text, end);
    }
    let matching = |line: u32, c: &str| format!("B line {line}: unexpected EOF while looking for matching `{c}'\n");
    bash("echo \"a", &matching(1, "\""));
    bash("echo a\necho \"b\nc", &matching(2, "\""));
    bash("echo 'x", &matching(1, "'"));
    bash("echo $'a", &matching(1, "'"));
    bash("echo $(", &matching(2, ")"));
    bash("echo \"$(", &matching(2, ")"));
    bash("echo $(a", &matching(2, ")"));
    bash("echo a\necho $(b\nc", &matching(4, ")"));
    bash("echo `a", &matching(1, "`"));
    bash("echo ${x", &matching(1, "}"));
    bash("echo a\necho ${b\nc", &matching(2, "}"));
    bash("echo $((1+", &matching(1, ")"));
    bash("echo $((1)", &matching(1, ")"));
    bash("x=(a", &matching(1, ")"));
    bash("(( 1 +", &matching(1, ")"));
    bash("[[ a == b", "B line 1: unexpected EOF while looking for `]]'\n");
    bash("[[ a", "B line 1: unexpected token `newline', conditional binary operator expected\n");
    bash("[[ a b ]]", "B line 1: conditional binary operator expected\n");
    bash("[[ a == ]]", "B line 1: unexpected argument `]]' to conditional binary operator\n");
    bash("[[ -f ]]", "B line 1: unexpected argument `]]' to conditional unary operator\n");
}

#[test]
fn ash_names_what_it_expected() {
    for (text, expected) in [
        ("echo )", "unexpected \")\""),
        ("echo \"a", "unterminated quoted string"),
        ("echo 'x", "unterminated quoted string"),
        ("if", "unexpected end of file (expecting \"then\")"),
        ("echo a &&", "unexpected end of file"),
        ("for", "bad for loop variable"),
        ("for 1x in a; do :; done", "bad for loop variable"),
        ("for x in a b", "unexpected end of file"),
        ("( echo", "unexpected end of file (expecting \")\")"),
        ("case x in", "unexpected end of file (expecting \")\")"),
        ("echo |", "unexpected end of file"),
        ("| echo", "unexpected \"|\""),
        ("if true; then fi", "unexpected \"fi\""),
        ("}", "unexpected \"}\""),
        ("echo ;;", "unexpected \";;\""),
        ("echo $(a", "unexpected end of file (expecting \")\")"),
        ("echo `a", "EOF in backquote substitution"),
        ("echo ${x", "missing '}'"),
        ("echo $((1+", "missing '))'"),
        ("foo()", "unexpected end of file"),
        ("while", "unexpected end of file (expecting \"do\")"),
        ("for x do a; b", "unexpected end of file (expecting \"done\")"),
        ("echo (a)", "unexpected word (expecting \")\")"),
        ("cat <", "unexpected end of file"),
        ("cat < >", "unexpected redirection"),
        ("!", "unexpected end of file"),
        ("{ a", "unexpected end of file (expecting \"}\")"),
        ("echo ${x!}", "bad substitution"),
        ("x=(a", "unexpected \"(\""),
        ("case x in a) b", "unexpected end of file (expecting \";;\")"),
        ("case x b", "unexpected word (expecting \"in\")"),
        ("for x in a\ndone", "unexpected \"done\" (expecting \"do\")"),
        ("if then", "unexpected \"then\""),
        ("( )", "unexpected \")\""),
        ("fn () { a; } b", "unexpected word"),
        ("; a", "unexpected \";\""),
        ("function", "unexpected end of file (expecting word)"),
        ("if a; then b; else c; else", "unexpected \"else\" (expecting \"fi\")"),
        ("for x in a; echo", "unexpected word (expecting \"do\")"),
        ("{ }", "unexpected \"}\""),
        ("! ! true", "unexpected \"!\""),
        ("a | ! b", "unexpected \"!\""),
        ("a |& b |", "unexpected \"&\""),
        ("f-g() { echo hi; }; f-g", "bad function name"),
        ("for i in 1 2; { echo $i; }", "unexpected \"{\" (expecting \"do\")"),
    ] {
        ash(text, expected);
    }
}

#[test]
fn ash_is_content_with_what_bash_refuses() {
    for text in ["f() echo a", "foo() a", "echo ${x:-'}", "coproc a", "[[ a == b", "((1+))"] {
        let complaint = complaint(text, Dialect::Ash);
        assert!(complaint.is_empty() || text.contains('\''), "{text}: {complaint}");
    }
    for text in ["echo ${x!}", "echo ${x:}", "echo ${-x}", "f-g() { :; }", "! ! true", "!", "time", "f=()"] {
        assert_eq!(complaint(text, Dialect::Bash), "", "{text}");
    }
}

#[test]
fn more_text_may_mend_what_is_open() {
    for text in [
        "echo 'a\n",
        "echo \"a\n",
        "echo a &&\n",
        "echo a |\n",
        "if true\n",
        "while x; do\n",
        "f() {\n",
        "cat <<E\nx\n",
        "echo \\\n",
        "echo $(\n",
        "echo ${x:-\n",
        "( a\n",
        "case x in\n",
        "case x in a)\n",
        "echo `a\n",
        "[[ a &&\n",
        "for i in 1 2\n",
        "x=(1\n",
        "((1 +\n",
        "{ a\n",
        "cat <<-E <<F\nE\n",
    ] {
        let next = next_command(text, 1, Dialect::Bash, &BTreeMap::new(), false);
        assert!(next.as_ref().is_err_and(SyntaxError::is_incomplete), "{text:?}: {next:?}");
    }
    for text in ["echo )\n", "fi\n", "if then\n", "cat <\n", "for\n"] {
        let next = next_command(text, 1, Dialect::Bash, &BTreeMap::new(), false);
        assert!(next.as_ref().is_err_and(|error| !error.is_incomplete()), "{text:?}: {next:?}");
    }
}

#[test]
fn commands_are_taken_one_line_at_a_time() {
    let text = "\n# first\necho a; echo b\ncat <<E\n$x\nE\nif true\nthen :\nfi; x\nlast";
    let (mut rest, mut line, mut seen) = (text, 1, Vec::new());
    loop {
        let next = next_command(rest, line, Dialect::Bash, &BTreeMap::new(), true).unwrap();
        let Some(list) = next.list else { break };
        seen.push(print::list(&list));
        rest = &rest[next.consumed..];
        line += next.lines;
    }
    assert_eq!(seen, ["echo a; echo b", "cat <<E\n$x\nE\n", "if true; then :; fi; x", "last"]);
    assert_eq!(line, 10);
}

#[test]
fn a_here_document_may_end_with_the_text() {
    let next = next_command("echo\ncat <<E\nx\n", 1, Dialect::Bash, &BTreeMap::new(), true).unwrap();
    let next = next_command("cat <<E\nx\n", next.lines + 1, Dialect::Bash, &BTreeMap::new(), true).unwrap();
    let text = "warning: here-document at line 2 delimited by end-of-file (wanted `E')";
    assert_eq!(next.warnings, [(3, text.to_owned())]);
}

#[test]
fn aliases_are_put_in_place() {
    let aliases: BTreeMap<String, String> =
        [("ll", "ls -l"), ("ls", "ls --color"), ("w", "while true; do"), ("sudo", "sudo "), ("x", "x y")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .into();
    let print = |text: &str| {
        let next = next_command(text, 1, Dialect::Bash, &aliases, true).unwrap();
        assert_eq!(next.consumed, text.len());
        print::list(&next.list.unwrap())
    };
    assert_eq!(print("ll a | ll"), "ls --color -l a | ls --color -l");
    assert_eq!(print("w ll; done"), "while true; do ls --color -l; done");
    assert_eq!(print("sudo ll; sudo ./ll"), "sudo ls --color -l; sudo ./ll");
    assert_eq!(print("x; 'x'; A=1 x $(x)"), "x y; \\x; A=1 x y $(x y)".replace("\\x", "'x'"));
}

fn only_word(text: &str) -> Word {
    let list = parse(&format!("echo {text}"), Dialect::Bash).unwrap();
    match &list.items[0].and_or.first.commands[0].kind {
        CommandKind::Simple { words, .. } => words[1].clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn words_keep_what_was_quoted() {
    let parts = only_word(r#"a\ b'c$d'"e $f\$"g*"#).parts;
    let parameter = |name: &str| {
        Part::Parameter(Box::new(Parameter {
            name: name.to_owned(),
            index: None,
            indirect: false,
            operation: Operation::Value,
        }))
    };
    assert_eq!(
        parts,
        [
            Part::Literal("a".to_owned()),
            Part::Quoted(" ".to_owned()),
            Part::Literal("b".to_owned()),
            Part::Quoted("c$d".to_owned()),
            Part::Double(vec![Part::Quoted("e ".to_owned()), parameter("f"), Part::Quoted("$".to_owned())]),
            Part::Literal("g*".to_owned()),
        ]
    );
    assert_eq!(only_word(r"$'a\tb\x41\u00e9\101'"), Word::quoted("a\tbAéA"));
    assert_eq!(only_word("a\\\nb"), Word::literal("ab"));
    assert_eq!(only_word("$"), Word::literal("$"));
}

#[test]
fn printing_and_parsing_are_inverse() {
    for text in [
        "a=1 b+=2 c[1]=3 d=(x [4]=y) cmd arg >out 2>&1 <in >>app &>both &>>more <<<here 3<&- >|c <>rw",
        "declare -a x=(1 2)",
        "! time -p a | b |& c && d || e & f",
        "if a; then b; elif c; then d; else e; fi >f",
        "for i in a \"$@\" b*; do echo $i; done; for i; do :; done; for ((i=0;i<3;i++)); do :; done",
        "while a; do b; done; until c; do d & done",
        "case $x in a|b*) c;; (d) ;& e) f & ;;& *) esac",
        "f() { a; b; }; function g { (a; b); }",
        "[[ -f a && ( b == c* || ! $d ) && e =~ ^(a|b)+$ && 1 -lt 2 && a < b ]]",
        "((x = 1 + $y, z[2] <<= 3)); echo $((1 + (2) * $((3)))) $(echo $(echo a)) `echo \\`echo b\\``",
        "echo ${x} ${#x} ${x:-a b} ${x:=c} ${x?d} ${x:+e} ${x#a} ${x##*/} ${x%.*} ${x%%.*} ${x/a/b} ${x//a/}",
        "echo ${x/#a/b} ${x/%a/b} ${x:1} ${x:1:2} ${x: -1} ${x^} ${x^^} ${x,,[a-z]} ${x@Q} ${!x} ${!x[@]} ${!x*}",
        "echo ${x[1]} ${x[@]:1:2} ${#x[*]} \"${x[@]}\" ${10} $1 $10 $# $? $- $$ $! $@ ${x}y \"${x:-\"a b\"}\" ${x!y}",
        "echo 'it'\\''s' \"a\\\"b\" $'\\n' '' \"\" \\\\ ~/x {a,b}{1..3}",
        "cat <<E | wc\n$x \\$y \"z\"\nE\n",
        "cat <<-'E' && { cat <<F; }\n\t$x\n\tE\nbody\nF\n",
        "diff <(a) <(b) >(c)",
        "$( (a); b) && (b; (c))",
    ] {
        let list = parse(text, Dialect::Bash).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let printed = print::list(&list);
        let again = parse(&printed, Dialect::Bash).unwrap_or_else(|e| panic!("{text}\n{printed}: {e:?}"));
        assert_eq!(print::list(&again), printed, "{text}");
        assert_eq!(without_lines(&again), without_lines(&list), "{text}\n{printed}");
    }
}

/// The tree as text, without line numbers.
fn without_lines(list: &List) -> String {
    let text = format!("{list:?}");
    text.split("line: ").map(|s| s.trim_start_matches(|c: char| c.is_ascii_digit())).collect()
}

#[test]
fn hostile_text_is_refused_quickly() {
    for unit in [
        "(",
        "((",
        "{ ",
        "$(",
        "$((",
        "${x:-",
        "\"$(",
        "`",
        "if ",
        "while x; do ",
        "case x in a) ",
        "[[ ( ",
        "f() { ",
        "! ",
        "a | ",
        "<<E ",
        "$($((",
        "\"${x:-",
        "a=(",
        "\\",
        "'",
        "\0",
        "\u{fffd}",
        ";",
        "&",
        "a[",
        "{a,",
        "time ",
        "$'\\",
        "x\n",
        "<<E\n",
        "( (",
        "`\\`",
        "function ",
        "for ((",
        "<(",
        "\"",
        "#\n",
        "$((a)",
        "((a)",
        "[[ ! ",
    ] {
        let text = unit.repeat(300_000 / unit.len());
        for dialect in [Dialect::Bash, Dialect::Ash] {
            let _ = parse(&text, dialect);
        }
    }
    let deep = format!("{}:{}", "( ".repeat(90), " )".repeat(90));
    assert!(parse(&deep, Dialect::Bash).is_ok());
    let deeper = format!("{}:{}", "( ".repeat(200), " )".repeat(200));
    assert_eq!(
        complaint(&deeper, Dialect::Bash),
        "bash: -c: line 1: layerlab: syntax nested more than 100 levels deep\n"
    );
}

#[test]
fn no_text_upsets_the_parser() {
    const PIECES: [&str; 52] = [
        "a",
        "1",
        " ",
        "\n",
        ";",
        "&",
        "|",
        "<",
        ">",
        "(",
        ")",
        "{",
        "}",
        "$",
        "\"",
        "'",
        "`",
        "\\",
        "#",
        "!",
        "[",
        "]",
        "*",
        "?",
        "~",
        "=",
        "+",
        "-",
        ":",
        "/",
        "%",
        "^",
        ",",
        "@",
        "if ",
        "then ",
        "fi",
        "do ",
        "done",
        "case ",
        " in ",
        "esac",
        "for ",
        "while ",
        "[[ ",
        " ]]",
        "((",
        "))",
        "<<E\n",
        "E\n",
        "\u{1f980}",
        "${x",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut parsed = 0;
    for _ in 0..30_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text.push_str(PIECES[(state % PIECES.len() as u64) as usize]);
        }
        for dialect in [Dialect::Bash, Dialect::Ash] {
            for last in [true, false] {
                if let Ok(next) = next_command(&text, 1, dialect, &BTreeMap::new(), last) {
                    assert!(text.is_char_boundary(next.consumed), "{text:?}");
                }
            }
            if let Ok(list) = parse(&text, dialect) {
                parsed += 1;
                if text.matches("<<").count() > 1 {
                    // A here-document in a here-document's substitution has no one-line form.
                    continue;
                }
                let printed = print::list(&list);
                let again = parse(&printed, dialect);
                assert!(again.is_ok(), "{text:?}\n{printed:?}\n{again:?}");
                assert_eq!(print::list(&again.unwrap()), printed, "{text:?}");
            }
        }
    }
    assert!(parsed > 1_000, "{parsed}");
}

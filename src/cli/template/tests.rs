use super::*;
use crate::cli::format::quote::quoted;

fn data() -> Value {
    let json = serde_json::json!({
        "Name": "/app",
        "State": {"Status": "running", "Running": true, "ExitCode": 0},
        "Config": {"Env": ["MODE=test", "PATH=/bin"], "Cmd": ["sleep", "9"], "Entrypoint": null, "Labels": {"team": "red"}},
        "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8090"}], "81/tcp": null}}
    });
    Value::typed(&json)
}

fn run(template: &str) -> Result<String, String> {
    Template::parse(template)?.execute(&data(), false)
}

#[test]
fn values() {
    for (template, output) in [
        ("{{.Name}} {{.State.Status}} {{.Config.Cmd}}", "/app running [sleep 9]"),
        ("{{json .Config.Labels}} {{json .Config.Env}}", r#"{"team":"red"} ["MODE=test","PATH=/bin"]"#),
        ("{{range .Config.Env}}{{println .}}{{end}}", "MODE=test\nPATH=/bin\n"),
        ("{{range $i, $e := .Config.Env}}{{$i}}{{$e}} {{end}}", "0MODE=test 1PATH=/bin "),
        (r#"{{index .Config.Labels "team"}}{{.Config.Labels.nothing}}"#, "red<no value>"),
        (r#"{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}"#, "8090"),
        (
            r#"{{range $p, $c := .NetworkSettings.Ports}}{{$p}}{{with $c}}->{{(index . 0).HostPort}}{{end}};{{end}}"#,
            "80/tcp->8090;81/tcp;",
        ),
        ("{{len .Config.Env}} {{.Config.Entrypoint}} {{.State}}", "2 [] {running true 0}"),
        (
            "{{json .Config.Entrypoint}} {{json .NetworkSettings}}",
            r#"null {"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8090"}],"81/tcp":null}}"#,
        ),
        (
            "{{len .Config.Entrypoint}}{{range .Config.Entrypoint}}x{{else}}none{{end}}|{{join .Config.Entrypoint \",\"}}|",
            "0none||",
        ),
        ("{{if .State.Running}}up{{else}}down{{end}}{{if false}}a{{else if true}}b{{end}}", "upb"),
        (r#"{{join .Config.Cmd " "}}|{{split "a:b" ":"}}|{{.Name | upper | printf "%-6s|"}}"#, "sleep 9|[a b]|/APP  |"),
        (r#"{{pad .Name 1 2}}|{{truncate .Name 2}}|{{title "ab cd"}}|{{slice "abcdef" 1 3}}"#, " /app  |/a|Ab Cd|bc"),
        (
            r#"{{eq .Name "x" "/app"}} {{ne 1 2}} {{lt "a" "b"}} {{and 1 0 2}} {{or 0 "" 3}} {{not true}}"#,
            "true true true 0 3 false",
        ),
        ("{{/* c */}}x{{- /* d */ -}} y {{- .Name -}} z", "xy/appz"),
        (r#"{{$y := 1}}{{$y = 2}}{{$y}} {{with $x := 5}}{{$x}}{{end}} {{$.Name}}"#, "2 5 /app"),
        ("{{range 5}}{{if eq . 1}}{{continue}}{{end}}{{if eq . 3}}{{break}}{{end}}{{.}}{{else}}no{{end}}", "02"),
        (
            r#"{{printf "%5.2f|%05d|%+d|%x|%X|%o|%b|%c|%U|%t" 3.14159 42 7 255 255 8 5 65 66 true}}"#,
            " 3.14|00042|+7|ff|FF|10|101|A|U+0042|true",
        ),
        (
            r#"{{printf "%s"}} {{printf "a" 1}} {{printf "%!" 1}} {{printf "%d" .Name}}"#,
            "%!s(MISSING) a%!(EXTRA int=1) %!!(int=1) %!d(string=/app)",
        ),
        (r#"{{printf "%v %q %T" .Config.Env "a\"b" .Config.Env}}"#, "[MODE=test PATH=/bin] \"a\\\"b\" []string"),
        (
            r#"{{1.5}} {{1e9}} {{0x10}} {{'a'}} {{println 1 "a"}}{{print 1 2 "a" "b" 3}}{{print nil}}"#,
            "1.5 1e+09 16 97 1 a\n1 2ab3<nil>",
        ),
        ("{{.Name}}}", "/app}"),
        (r#"{{index "abc" 1}} {{html "<a>"}}"#, "98 &lt;a&gt;"),
    ] {
        assert_eq!(run(template).as_deref(), Ok(output), "{template}");
    }
}

#[test]
fn errors_while_reading() {
    for (template, message) in [
        ("{{.Name", "unclosed action"),
        ("{{.Name}", "bad character U+007D '}'"),
        ("{{if}}x{{end}}", "missing value for if"),
        ("{{end}}", "unexpected {{end}}"),
        ("{{if true}}", "unexpected EOF"),
        ("{{\"abc}}", "unterminated quoted string"),
        ("{{.Name | 5}}", "non executable command in pipeline stage 2"),
        ("{{$x}}", "undefined variable \"$x\""),
        ("{{.Name.}}", "unexpected <.> in operand"),
        ("{{nofunc .Name}}", "function \"nofunc\" not defined"),
        ("{{ .Name  | |}}", "unexpected \"|\" in command"),
        ("{{,}}", "unexpected \",\" in command"),
        ("{{(.Name}}", "unclosed left paren"),
        ("{{.Name)}}", "unexpected right paren"),
        ("{{break}}", "{{break}} outside {{range}}"),
        ("{{if true}}a{{else}}b{{else}}c{{end}}", "expected end; found {{else}}"),
        ("{{true.x}}", "unexpected . after term \"true\""),
        ("{{\"\\q\"}}", "invalid syntax"),
        ("{{99999999999999999999}}", "integer overflow: \"99999999999999999999\""),
        ("{{1a}}", "bad number syntax: \"1a\""),
        ("{{.", "illegal number syntax: \".\""),
        ("{{template \"x\"}}", "layerlab: {{template}} is not simulated"),
    ] {
        assert_eq!(run(template), Err(format!("template: :1: {message}")), "{template}");
    }
}

#[test]
fn errors_while_running() {
    for (template, column, at, message) in [
        ("{{.Nope}}", 2, ".Nope", "can't evaluate field Nope in type struct"),
        ("{{.Name.Foo}}", 7, ".Name.Foo", "can't evaluate field Foo in type string"),
        ("{{upper 5}}", 8, "5", "expected string; found 5"),
        ("{{upper .Config.Env}}", 15, ".Config.Env", "wrong type for value; expected string; got []string"),
        ("{{len 5}}", 2, "len 5", "error calling len: len of type int"),
        ("{{nil}}", 2, "nil", "nil is not a command"),
        ("{{5 6}}", 2, "5", "can't give argument to non-function 5"),
        ("{{truncate \"abc\" \"x\"}}", 17, "\"x\"", "expected integer; found \"x\""),
        ("{{truncate \"abc\"}}", 2, "truncate", "wrong number of args for truncate: want 2 got 1"),
        ("{{join \"a\" \"b\"}}", 7, "\"a\"", "can't handle \"a\" for arg of type []string"),
        ("{{eq 1 \"a\"}}", 2, "eq 1 \"a\"", "error calling eq: incompatible types for comparison"),
        ("{{and}}", 2, "and", "wrong number of args for and: want at least 1 got 0"),
        ("{{index .Config.Env 99}}", 2, "index .Config.Env 99", "error calling index: index out of range: 99"),
        ("{{range .Name}}{{end}}", 8, ".Name", "range can't iterate over /app"),
        ("{{pad \"x\" -1 2}}", 2, "pad \"x\" -1 2", "error calling pad: strings: negative Repeat count"),
        ("{{1 | len}}", 6, "len", "error calling len: len of type int"),
        ("{{(index .Config.Env 0).Hst}}", 21, "0", "can't evaluate field Hst in type string"),
    ] {
        let error = format!("template: :1:{column}: executing {} at <{at}>: {message}", quoted(""));
        assert_eq!(run(template), Err(error), "{template}");
    }
}

#[test]
fn an_untyped_answer_misses_keys() {
    let raw = Value::raw(&serde_json::json!({"Name": "/app", "State": {"Status": "running"}, "Nil": null}));
    let strict = |text: &str| Template::parse(text).and_then(|template| template.execute(&raw, true));
    let error = "template: :1:8: executing \"\" at <.State.Nothing>: map has no entry for key \"Nothing\"";
    assert_eq!(strict("{{.State.Nothing}}"), Err(error.to_string()));
    let error = "template: :1:7: executing \"\" at <.Name.Foo>: can't evaluate field Foo in type interface {}";
    assert_eq!(strict("{{.Name.Foo}}"), Err(error.to_string()));
    assert_eq!(strict("{{.Nil}} {{.Name}}").as_deref(), Ok("<no value> /app"));
}

#[test]
fn a_line_of_a_table_has_methods() {
    let labels = Value::Lookup(vec![("team".to_string(), Value::text("red"))].into());
    let fields = vec![("ID".to_string(), Value::text("abc")), ("Label".to_string(), labels)];
    let line = Value::structure("*formatter.ContainerContext", fields);
    let run = |text: &str| Template::parse(text).and_then(|template| template.execute(&line, false));
    assert_eq!(run("{{.Label \"team\"}}{{.Label \"x\"}}{{json .}}").as_deref(), Ok("red{\"ID\":\"abc\"}"));
    let wrong = |at, name, want, got| {
        Err(format!("template: :1:2: executing \"\" at <{at}>: wrong number of args for {name}: want {want} got {got}"))
    };
    assert_eq!(run("{{.Label}}"), wrong(".Label", "Label", 1, 0));
    assert_eq!(run("{{.ID \"x\"}}"), wrong(".ID", "ID", 0, 1));
}

#[test]
fn no_template_is_too_much() {
    let deep = format!("{}{}", "{{if true}}".repeat(5000), "{{end}}".repeat(5000));
    assert!(run(&deep).is_err());
    assert!(run(&format!("{{{{{}1{}}}}}", "(".repeat(5000), ")".repeat(5000))).is_err());
    assert!(run("{{range 9999999}}{{range 9999999}}{{range 9999999}}x{{end}}{{end}}{{end}}").is_err());
    assert!(run("{{pad \"x\" 999999999999 1}}").is_err());
    assert_eq!(run("{{printf \"%999999999d\" 1}}").map(|text| text.len()), Ok(1_000_000));
    for odd in [
        "{{",
        "{{-",
        "{{- ",
        "{{-}}",
        "}}",
        "{{'",
        "{{'é'}}",
        "{{\u{0}}}",
        "{{.é}}",
        "{{/*",
        "{{/**/",
        "{{ -}}",
        "{{:}}",
        "{{$",
        "{{\"\\",
    ] {
        let _ = run(odd);
    }
}

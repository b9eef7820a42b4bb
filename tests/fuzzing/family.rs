//! What is fuzzed: readers of texts that anybody may write.

use std::cell::RefCell;

use layerlab::builder::build::excerpt;
use layerlab::builder::expand::{Lex, Nothing, expand};
use layerlab::builder::ignore::{self, Ignore};
use layerlab::builder::instruction::understand;
use layerlab::builder::lint::Lint;
use layerlab::builder::parser::{Lines, parse};
use layerlab::builder::stage::{Options, Resolved, Stages};
use layerlab::cli::dispatch::dispatch;
use layerlab::cli::template::{Template, Value};
use layerlab::compose::file::{Ask, Files, load};
use layerlab::kernel::Errno;
use layerlab::shell::{self, Dialect};

pub struct Family {
    /// Of its folder in `tests/corpus`.
    pub name: &'static str,
    /// Words of its language.
    pub words: &'static [&'static str],
    /// Reads a text; the error is a promise that was broken.
    pub check: fn(&str) -> Result<(), String>,
}

pub const FAMILIES: [Family; 6] = [
    Family {
        name: "compose",
        words: &[
            "services:\n",
            "  a:\n",
            "    image: x\n",
            "    build: .\n",
            "ports: ",
            "[\"80:80\"]",
            "volumes:\n",
            "depends_on: [b]\n",
            "<<: *a",
            "&a ",
            "*a",
            "!reset ",
            "!!str ",
            "- ",
            ": ",
            "{a: b}",
            "[",
            "]",
            "|\n",
            ">-\n",
            "\"\\u00e9\"",
            "${A:-",
            "}",
            "$$",
            "x-y: ",
            "extends: a\n",
            "include: [b]\n",
            "null",
            "0x1f",
            "1e9",
            "\t",
            "# ",
            "---\n",
            "environment: ",
        ],
        check: compose,
    },
    Family {
        name: "dockerfile",
        words: &[
            "FROM ",
            "RUN ",
            "COPY ",
            "ADD ",
            "ENV ",
            "ARG ",
            "ONBUILD ",
            "HEALTHCHECK ",
            "SHELL ",
            "LABEL ",
            "--from=",
            "--mount=type=cache,target=",
            "--chown=",
            "--link ",
            "AS x",
            "scratch",
            "${A:-",
            "${A//",
            "${A#*",
            "<<EOF ",
            "EOF\n",
            "# escape=`\n",
            "# syntax=",
            "# check=",
            "\\\n",
            "\"a\", ",
            "[\"a\"]",
            "$A$A",
        ],
        check: dockerfile,
    },
    Family {
        name: "template",
        words: &[
            "{{", "}}", "{{-", "-}}", "if ", "else", "end", "range ", "with ", ".Name", "$x := ", "| ", "printf ", "(",
            ")", "json .", "index . ", "\"%*d\"", "/*", "*/", "`", "'a'", "1e9",
        ],
        check: template,
    },
    Family {
        name: "command",
        words: &[
            " --",
            " -",
            "=",
            " -p ",
            " -v ",
            " --mount ",
            " type=bind,",
            " run ",
            " container ",
            " --format ",
            " -f ",
            " --filter ",
            ":",
            ",",
            " \"\" ",
            " 999999999999999999999 ",
            " -1 ",
            " --help ",
            " -q",
            "true",
            " 1e400",
        ],
        check: command,
    },
    Family {
        name: "archive",
        words: &[
            "+0 ",
            "+5 d\n",
            "+2 a b\n",
            "+1 a b\n",
            "+x p\n",
            "  20 path=a/b/c/d/efg\n",
            "+L l\n",
            "z(\n",
            "(\n",
            ")\n",
            "=a\n",
            "{a}",
            "{#a}",
            "{}",
            ".wh.",
            ".wh..wh..opq",
            "../",
            "/",
            " size=99999999999",
            "!124 \u{7f}",
            "~148 0",
            "cut 600\n",
            "manifest.json",
            "index.json",
            "sha256:",
            "null",
            "[]",
            "{}",
            "\"",
        ],
        check: super::archive::check,
    },
    Family {
        name: "shell",
        words: &[
            "if ",
            "then ",
            "fi ",
            "while ",
            "do ",
            "done ",
            "case x in ",
            "esac ",
            "$(",
            "${",
            "$((",
            "))",
            "`",
            "<<E\n",
            "E\n",
            "{ ",
            "} ",
            "( ",
            ") ",
            "&& ",
            "|| ",
            "| ",
            "; ",
            ";; ",
            "> ",
            "<(",
            "[[ ",
            "]] ",
            "f() ",
            "${a//",
            "a=(",
        ],
        check: shell,
    },
];

pub fn family(name: &str) -> &'static Family {
    FAMILIES.iter().find(|family| family.name == name).expect("a family")
}

pub fn held(condition: bool, promise: &str) -> Result<(), String> {
    condition.then_some(()).ok_or_else(|| format!("broken: {promise}"))
}

/// Parser, instructions, checks, stages and graph, words, ignore files.
fn dockerfile(text: &str) -> Result<(), String> {
    let tree = parse(text);
    let count = text.split('\n').count();
    let lines = |(from, to): Lines| from <= count && to <= count;
    let mut end = 0;
    for node in &tree.nodes {
        held(text.get(node.span.clone()).is_some(), "a span is a part of the text")?;
        let keyword = text.get(node.keyword_span.clone());
        held(keyword.is_some(), "a keyword's span is a part of the text")?;
        // A keyword may go on behind a continued line.
        let whole = keyword.filter(|word| !word.contains(tree.escape));
        held(whole.is_none_or(|word| word == node.keyword), "a keyword stands in its span")?;
        held(node.span.start >= end, "spans follow each other")?;
        held(node.keyword_span.start >= node.span.start && node.keyword_span.end <= node.span.end, "inside")?;
        held(node.lines.0 >= 1 && node.lines.0 <= node.lines.1 && lines(node.lines), "lines are there")?;
        end = node.span.end;
    }
    for problem in &tree.problems {
        held(!problem.message.is_empty() && lines(problem.lines), "a problem has words and a place")?;
        excerpt("Dockerfile", text, problem.lines);
    }
    let _ = expand(Lex::new('\\'), text, &Nothing);
    if let Ok(ignore) = Ignore::new(&ignore::lines(text)) {
        ignore.matches("src/deep/node_modules/a.log");
    }
    let Ok(mut lint) = Lint::new(tree.directive("check").unwrap_or_default()) else { return Ok(()) };
    let file = match understand(&tree) {
        Ok(file) => file,
        Err(refusal) => {
            held(refusal.lines.is_none_or(lines), "a refusal is of lines that are there")?;
            return held(!refusal.message.is_empty(), "a refusal says why");
        }
    };
    held(tree.problems.is_empty(), "a file with a problem is not understood")?;
    lint.text(&tree, &file.stages);
    let Ok(mut stages) = Stages::new(file, tree.escape, Options::default(), lint) else { return Ok(()) };
    for _ in 0..10 {
        let Ok(wanted) = stages.wanted(true) else { return Ok(()) };
        for base in wanted {
            stages.resolved(base.draft, &base.reference, Resolved::default());
        }
        match stages.triggers() {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Ok(()),
        }
    }
    if stages.lay_out(true, None).is_ok() {
        for (at, vertex) in stages.graph.vertices.iter().enumerate() {
            held(vertex.inputs.iter().flatten().all(|input| *input < at), "inputs come first")?;
        }
    }
    for warning in &stages.lint.warnings {
        held(lines(warning.lines), "a warning is of lines that are there")?;
    }
    Ok(())
}

fn template(text: &str) -> Result<(), String> {
    let data = serde_json::json!({
        "Name": "héllo", "Running": true, "Ports": ["a", "b"], "Labels": {"a": "b"}, "State": {"Status": "up"},
        "Size": -1.5, "None": null,
    });
    match Template::parse(text) {
        Ok(template) => {
            let _ = template.execute(&Value::typed(&data), true);
            let _ = template.execute(&Value::raw(&data), false);
            template.execute_headers(&Value::raw(&data));
            Ok(())
        }
        Err(why) => held(why.starts_with("template: "), "an error is Go's"),
    }
}

/// The words of a command line, cut as simply as can be.
fn command(text: &str) -> Result<(), String> {
    let words: Vec<String> = text.split_whitespace().map(|word| word.trim_matches('"').to_string()).collect();
    match dispatch(&words, "/home/learner") {
        Ok(invocation) => held(!invocation.command.is_empty(), "a command has a name"),
        Err(answer) => held(answer.code == 0 || !answer.stderr.is_empty(), "a failure says why"),
    }
}

/// A folder with one file.
struct Folder<'a>(&'a str);

impl Files for Folder<'_> {
    fn read(&self, path: &str) -> Result<String, Errno> {
        if self.exists(path) { Ok(self.0.to_string()) } else { Err(Errno::NoEnt) }
    }
    fn exists(&self, path: &str) -> bool {
        path == "/p/compose.yaml"
    }
    fn is_dir(&self, path: &str) -> bool {
        path == "/p"
    }
}

/// YAML, variables, merging, the schema, and what is printed of it: that is read as the same project.
fn compose(text: &str) -> Result<(), String> {
    let ask = Ask { cwd: "/p".into(), home: "/home/learner".into(), ..Ask::default() };
    let warnings = RefCell::default();
    let canonical = |text: &str| {
        let project = load(&Folder(text), &ask, &warnings)?;
        Ok::<String, String>(project.yaml().replace('$', "$$"))
    };
    let first = match canonical(text) {
        Ok(first) => first,
        Err(why) => return held(!why.is_empty(), "a refusal says why"),
    };
    // What is empty is printed as if it were not there: a variable that is not set may leave less than was written.
    let less = warnings.borrow().iter().any(|warning: &String| warning.ends_with("Defaulting to a blank string."));
    match canonical(&first) {
        Ok(second) => held(less || same(&first, &second), "what is printed is read as the same project"),
        // Port 0 may be written, and is printed without its target, as every number that is 0.
        Err(why) if why.ends_with("is missing a target port") => Ok(()),
        Err(_) if less => Ok(()),
        Err(why) => Err(format!("broken: what is printed can be read: {why}")),
    }
}

/// Whether two printed projects are the same, but for what the real one does not keep either: `config` doubles every
/// dollar sign, and reading takes that back in values alone; a network's empty name is printed as none, and then it is
/// named by its key; a build's empty context and a secret's empty target, too, and then they are what they are without;
/// a size is read as a fraction, which holds sixteen digits.
fn same(first: &str, second: &str) -> bool {
    let in_key = |line: &str| {
        let line = line.trim_start_matches([' ', '-']);
        let key = line.strip_prefix("? ").or_else(|| line.strip_suffix(':'));
        key.or_else(|| Some(line.split_once(": ")?.0)).is_some_and(|key| key.contains('$'))
    };
    if first.lines().any(in_key) {
        return true;
    }
    let size = |line: &str| {
        let (key, number) = line.strip_suffix('"')?.split_once(": \"")?;
        Some((key.to_owned(), number.parse::<u64>().ok()? as f64))
    };
    let mut first = first.lines().peekable();
    for line in second.lines() {
        match first.next_if(|one| *one == line || size(one).is_some_and(|all| Some(all) == size(line))) {
            Some(_) => {}
            None if ["    name: ", "      context: ", "        target: /run/secrets/"]
                .iter()
                .any(|implied| line.starts_with(implied)) => {}
            None => return false,
        }
    }
    first.next().is_none()
}

fn shell(text: &str) -> Result<(), String> {
    for dialect in [Dialect::Bash, Dialect::Ash] {
        let _ = shell::parse(text, dialect);
        let _ = shell::parse_quoted(text, dialect);
    }
    Ok(())
}

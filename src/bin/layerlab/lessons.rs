//! `layerlab lessons`: tries lessons out, compares their languages, gives a new one to start from.

use std::process::ExitCode;

use layerlab::lesson::{ids, lint, parse, source, trial};
use layerlab::words::Lang;

const HELP: &str = "Usage: layerlab lessons COMMAND

Commands:
  check [LESSON]  every check is false before its step's solution and true after
  lint [LESSON]   every language can be read and carries the same steps
  new NAME        print a lesson to start from
";

/// A lesson of one step, well formed.
const NEW: &str = "# NAME

What the lesson is about.

## The first step {#first}

What to do, and why.

```sh run
docker ps
```

```check
ran docker ps # You looked at the running containers
```

```hint
The command is two words.
```

```solution
docker ps
```
";

pub fn main(args: Vec<String>) -> ExitCode {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["check", rest @ ..] if rest.len() < 2 => each(rest.first().copied(), true),
        ["lint", rest @ ..] if rest.len() < 2 => each(rest.first().copied(), false),
        ["new", name] => {
            print!("{}", NEW.replace("NAME", name));
            ExitCode::SUCCESS
        }
        ["-h" | "--help"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{HELP}");
            ExitCode::from(super::USAGE)
        }
    }
}

/// Lints all lessons, or the one named, and tries them out if asked to.
fn each(only: Option<&str>, try_out: bool) -> ExitCode {
    if let Some(name) = only
        && !ids().any(|id| id == name)
    {
        return super::fail(&format!("there is no lesson '{name}'"));
    }
    let mut well = true;
    for id in ids().filter(|id| only.is_none_or(|name| name == *id)) {
        let mut read = Vec::new();
        for lang in Lang::ALL {
            match parse(id, source(id, lang).unwrap_or_default()) {
                Ok(lesson) => read.push((lang, lesson)),
                Err(error) => {
                    eprintln!("lessons/{id}/{}.md: {error}", lang.code());
                    well = false;
                }
            }
        }
        let first = read.first().map(|(_, lesson)| lesson);
        for (lang, lesson) in &read {
            let mut problems = first.map(|first| lint(first, lesson)).unwrap_or_default();
            if try_out {
                problems.extend(trial(lesson));
            }
            well &= problems.is_empty();
            for problem in &problems {
                eprintln!("lessons/{id}/{}.md: {problem}", lang.code());
            }
            if problems.is_empty() {
                println!("lessons/{id}/{}.md: {} steps", lang.code(), lesson.steps.len());
            }
        }
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

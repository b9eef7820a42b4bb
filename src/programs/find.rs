//! find: walks trees and tests what it meets.
//!
//! The expression becomes a flat list of tests and jumps, so that `-exec` can wait in the middle of it.

use super::command::Cmd;
use crate::kernel::{FileType, LocalFuture, Stat};
use crate::shell::pattern::Pattern;

enum Step {
    Name(Pattern, bool),
    Path(Pattern),
    Type(Vec<char>),
    /// Compared with: units of so many bytes.
    Size(char, u64, u64),
    Empty,
    Newer(i64, u32),
    /// Age in units of so many seconds.
    Age(char, i64, i64),
    User(u32),
    Group(u32),
    Perm(char, u16),
    True(bool),
    Print(char),
    Exec {
        argv: Vec<String>,
        many: bool,
        inside: bool,
        gathered: Vec<String>,
    },
    Delete,
    Prune,
    Quit,
    Not,
    /// Jumps to a step when the value so far is as said.
    JumpIf(bool, usize),
}

struct Parser<'a> {
    words: &'a [String],
    at: usize,
    steps: Vec<Step>,
    acts: bool,
    deep: bool,
    least: usize,
    most: usize,
    depth: usize,
}

pub fn find(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let args = std::mem::take(&mut cmd.args);
        run(&mut cmd, &args).await;
        let _ = cmd.flush().await;
        cmd.status
    })
}

async fn run(cmd: &mut Cmd, args: &[String]) {
    let mut rest = args;
    let mut follow = false;
    while let [option, more @ ..] = rest {
        match option.as_str() {
            "-L" => follow = true,
            "-H" | "-P" => follow = false,
            _ => break,
        }
        rest = more;
    }
    let is_expression = |word: &String| word.starts_with('-') && word.len() > 1 || word == "(" || word == "!";
    let split = rest.iter().position(is_expression).unwrap_or(rest.len());
    let (roots, words) = rest.split_at(split);
    let mut parser =
        Parser { words, at: 0, steps: Vec::new(), acts: false, deep: false, least: 0, most: usize::MAX, depth: 0 };
    let parsed = match words.is_empty() {
        true => Ok(()),
        false => parser.either(cmd).and_then(|()| match parser.words.get(parser.at) {
            None => Ok(()),
            Some(word) if word == ")" => Err("you have too many ')'".to_string()),
            Some(word) => Err(format!("paths must precede expression: `{word}'")),
        }),
    };
    if let Err(text) = parsed {
        if text.starts_with("layerlab") {
            cmd.note(&text);
            cmd.status = 126;
        } else {
            cmd.fail(&text);
        }
        return;
    }
    if !parser.acts {
        let end = parser.steps.len() + 2;
        if !words.is_empty() {
            parser.steps.push(Step::JumpIf(false, end));
        }
        parser.steps.push(Step::Print('\n'));
    }
    let here = [".".to_string()];
    let roots = if roots.is_empty() { &here[..] } else { roots };
    for root in roots {
        if walk(cmd, &mut parser, root, follow).await {
            break;
        }
    }
    for at in 0..parser.steps.len() {
        if let Some(Step::Exec { argv, many: true, gathered, .. }) = parser.steps.get_mut(at)
            && !gathered.is_empty()
        {
            let mut full = argv.clone();
            full.append(gathered);
            if !execute(cmd, &full).await {
                cmd.status = 1;
            }
        }
    }
}

/// Walks one tree; true when `-quit` was met.
async fn walk(cmd: &mut Cmd, parser: &mut Parser<'_>, root: &str, follow: bool) -> bool {
    let mut stack = vec![(root.to_string(), 0usize, false)];
    while let Some((path, depth, after)) = stack.pop() {
        cmd.cost += 4;
        if (cmd.cost > 1_000 || cmd.queued() > 32_768) && cmd.flush().await.is_err() {
            return true;
        }
        let found = if follow { cmd.sys.stat(&path).or_else(|_| cmd.sys.lstat(&path)) } else { cmd.sys.lstat(&path) };
        let stat = match found {
            Ok(stat) => stat,
            Err(errno) => {
                cmd.trouble("‘{}’", "{}", &path, errno);
                continue;
            }
        };
        let dir = stat.kind == FileType::Dir;
        let mut verdict = Verdict::default();
        let test = depth >= parser.least && (!parser.deep || !dir || after);
        if test {
            verdict = evaluate(cmd, parser, &path, &stat).await;
            if verdict.quit {
                return true;
            }
        }
        if !dir || after || verdict.prune || depth >= parser.most {
            if parser.deep && dir && !after && !test {
                stack.push((path, depth, true));
            }
            continue;
        }
        match cmd.sys.read_dir(&path) {
            Ok(names) => {
                if parser.deep {
                    stack.push((path.clone(), depth, true));
                }
                let base = if path.ends_with('/') { path } else { format!("{path}/") };
                stack.extend(names.iter().rev().map(|name| (format!("{base}{name}"), depth + 1, false)));
            }
            Err(errno) => {
                cmd.trouble("‘{}’", "{}", &path, errno);
                if parser.deep {
                    stack.push((path, depth, true));
                }
            }
        }
    }
    false
}

#[derive(Default)]
struct Verdict {
    prune: bool,
    quit: bool,
}

async fn evaluate(cmd: &mut Cmd, parser: &mut Parser<'_>, path: &str, stat: &Stat) -> Verdict {
    let mut verdict = Verdict::default();
    let mut value = true;
    let mut at = 0;
    while at < parser.steps.len() {
        let Some(step) = parser.steps.get_mut(at) else { break };
        at += 1;
        match step {
            Step::JumpIf(when, to) => {
                if value == *when {
                    at = *to;
                }
            }
            Step::Not => value = !value,
            Step::Print(end) => {
                cmd.out(&format!("{path}{end}"));
                value = true;
            }
            Step::Prune => (verdict.prune, value) = (true, true),
            Step::Quit => {
                verdict.quit = true;
                return verdict;
            }
            Step::Delete => {
                let dir = stat.kind == FileType::Dir;
                let result = match path {
                    "." => Ok(()),
                    path if dir => cmd.sys.rmdir(path),
                    path => cmd.sys.unlink(path),
                };
                value = result.is_ok();
                if let Err(errno) = result {
                    cmd.trouble("cannot delete ‘{}’", "{}", path, errno);
                }
            }
            Step::Exec { argv, many: false, inside, .. } => {
                let shown = if *inside { format!("./{}", crate::kernel::split_last(path).1) } else { path.to_string() };
                let full: Vec<String> = argv.iter().map(|word| word.replace("{}", &shown)).collect();
                value = execute(cmd, &full).await;
            }
            Step::Exec { gathered, .. } => {
                gathered.push(path.to_string());
                value = true;
            }
            test => value = holds(cmd, test, path, stat),
        }
    }
    verdict
}

async fn execute(cmd: &mut Cmd, argv: &[String]) -> bool {
    let before = cmd.status;
    let result = super::run::child(cmd, argv, false).await;
    cmd.status = before;
    match result {
        Ok(pid) => cmd.sys.wait_for(pid).await.code() == 0,
        Err(_) => false,
    }
}

fn compare(sign: char, have: i64, want: i64) -> bool {
    match sign {
        '+' => have > want,
        '-' => have < want,
        _ => have == want,
    }
}

fn holds(cmd: &Cmd, test: &Step, path: &str, stat: &Stat) -> bool {
    match test {
        Step::Name(pattern, fold) => {
            let base = if path == "/" { "/" } else { crate::kernel::split_last(path).1 };
            if *fold { pattern.matches(&base.to_lowercase()) } else { pattern.matches(base) }
        }
        Step::Path(pattern) => pattern.matches(path),
        Step::Type(letters) => letters.iter().any(|letter| match letter {
            'f' => stat.kind == FileType::Regular,
            letter => super::attributes::kind_letter(stat) == *letter,
        }),
        Step::Size(sign, want, unit) => compare(*sign, stat.size.div_ceil(*unit) as i64, *want as i64),
        Step::Empty => match stat.kind {
            FileType::Dir => cmd.sys.read_dir(path).is_ok_and(|names| names.is_empty()),
            FileType::Regular => stat.size == 0,
            _ => false,
        },
        Step::Newer(seconds, nanos) => (stat.mtime, stat.nanos) > (*seconds, *nanos),
        Step::Age(sign, want, unit) => compare(*sign, (cmd.sys.now().epoch().0 - stat.mtime).div_euclid(*unit), *want),
        Step::User(uid) => stat.uid == *uid,
        Step::Group(gid) => stat.gid == *gid,
        Step::Perm('-', mode) => stat.mode & mode == *mode,
        Step::Perm('/', mode) => *mode == 0 || stat.mode & mode != 0,
        Step::Perm(_, mode) => stat.mode == *mode,
        Step::True(value) => *value,
        _ => true,
    }
}

impl Parser<'_> {
    fn word(&self) -> Option<&str> {
        self.words.get(self.at).map(String::as_str)
    }

    /// Parts joined by `-o`.
    fn either(&mut self, cmd: &Cmd) -> Result<(), String> {
        self.depth += 1;
        if self.depth > 50 {
            return Err("the expression nests too deep".into());
        }
        let mut jumps = Vec::new();
        self.both(cmd)?;
        while matches!(self.word(), Some("-o" | "-or")) {
            self.at += 1;
            jumps.push(self.steps.len());
            self.steps.push(Step::JumpIf(true, 0));
            self.both(cmd)?;
        }
        self.land(jumps, true);
        self.depth -= 1;
        Ok(())
    }

    fn land(&mut self, jumps: Vec<usize>, when: bool) {
        let end = self.steps.len();
        for at in jumps {
            if let Some(step) = self.steps.get_mut(at) {
                *step = Step::JumpIf(when, end);
            }
        }
    }

    /// Parts joined by `-a` or by nothing.
    fn both(&mut self, cmd: &Cmd) -> Result<(), String> {
        let mut jumps = Vec::new();
        self.part(cmd)?;
        loop {
            match self.word() {
                None | Some("-o" | "-or" | ")") => break,
                Some("-a" | "-and") => self.at += 1,
                Some(_) => {}
            }
            jumps.push(self.steps.len());
            self.steps.push(Step::JumpIf(false, 0));
            self.part(cmd)?;
        }
        self.land(jumps, false);
        Ok(())
    }

    fn part(&mut self, cmd: &Cmd) -> Result<(), String> {
        let Some(word) = self.word().map(String::from) else {
            return Err("expected an expression".into());
        };
        self.at += 1;
        match word.as_str() {
            "!" | "-not" => {
                self.depth += 1;
                if self.depth > 50 {
                    return Err("the expression nests too deep".into());
                }
                self.part(cmd)?;
                self.depth -= 1;
                self.steps.push(Step::Not);
                Ok(())
            }
            "(" => {
                self.either(cmd)?;
                if self.word() != Some(")") {
                    return Err("invalid expression; expected to find a ')' but didn't see one.  Perhaps you need an extra predicate after '('".into());
                }
                self.at += 1;
                Ok(())
            }
            word => {
                let step = self.primary(cmd, word)?;
                self.steps.push(step);
                Ok(())
            }
        }
    }

    fn argument(&mut self, cmd: &Cmd, name: &str) -> Result<String, String> {
        let Some(word) = self.word().map(String::from) else {
            return Err(if cmd.gnu() {
                format!("missing argument to `{name}'")
            } else {
                format!("{name} requires an argument")
            });
        };
        self.at += 1;
        Ok(word)
    }

    fn primary(&mut self, cmd: &Cmd, name: &str) -> Result<Step, String> {
        self.acts |= matches!(name, "-print" | "-print0" | "-exec" | "-execdir" | "-delete" | "-quit" | "-ok" | "-ls");
        let bad = |value: &str| match cmd.gnu() {
            true => format!("invalid argument `{value}' to `{name}'"),
            false => format!("invalid argument '{value}' to '{name}'"),
        };
        Ok(match name {
            "-name" => Step::Name(Pattern::new(&self.argument(cmd, name)?), false),
            "-iname" => Step::Name(Pattern::new(&self.argument(cmd, name)?.to_lowercase()), true),
            "-path" | "-wholename" => Step::Path(Pattern::new(&self.argument(cmd, name)?)),
            "-type" => {
                let value = self.argument(cmd, name)?;
                let letters: Vec<char> = value.chars().filter(|c| *c != ',').collect();
                if letters.is_empty() || !letters.iter().all(|c| "fdlpscb".contains(*c)) {
                    return Err(if cmd.gnu() { format!("Unknown argument to -type: {value}") } else { bad(&value) });
                }
                Step::Type(letters)
            }
            "-size" => {
                let value = self.argument(cmd, name)?;
                let (sign, digits) = sign(&value);
                let (digits, unit) = match digits.chars().last() {
                    Some('c') => (digits.trim_end_matches('c'), 1),
                    Some('k') => (digits.trim_end_matches('k'), 1024),
                    Some('M') => (digits.trim_end_matches('M'), 1 << 20),
                    Some('G') => (digits.trim_end_matches('G'), 1 << 30),
                    Some('b') => (digits.trim_end_matches('b'), 512),
                    _ => (digits, 512),
                };
                Step::Size(sign, digits.parse().map_err(|_| bad(&value))?, unit)
            }
            "-empty" => Step::Empty,
            "-newer" => {
                let file = self.argument(cmd, name)?;
                let stat = cmd.sys.stat(&file).map_err(|errno| {
                    if cmd.gnu() { format!("‘{file}’: {errno}") } else { format!("{file}: {errno}") }
                })?;
                Step::Newer(stat.mtime, stat.nanos)
            }
            "-mtime" | "-mmin" | "-ctime" | "-cmin" | "-atime" | "-amin" => {
                let value = self.argument(cmd, name)?;
                let (sign, digits) = sign(&value);
                let unit = if name.ends_with("min") { 60 } else { 86_400 };
                Step::Age(sign, digits.parse().map_err(|_| bad(&value))?, unit)
            }
            "-user" | "-group" => {
                let value = self.argument(cmd, name)?;
                let user = name == "-user";
                let file = if user { "/etc/passwd" } else { "/etc/group" };
                let kind = if user { "user" } else { "group" };
                let unknown = || {
                    if cmd.gnu() {
                        format!("‘{value}’ is not the name of a known {kind}")
                    } else {
                        format!("unknown {kind} {value}")
                    }
                };
                let id = cmd.id_of(file, &value).ok_or_else(unknown)?;
                if user { Step::User(id) } else { Step::Group(id) }
            }
            "-perm" => {
                let value = self.argument(cmd, name)?;
                let sign = value.chars().next().filter(|c| "-/".contains(*c)).unwrap_or('=');
                let text = value.trim_start_matches(['-', '/']);
                let mode = super::attributes::Mode::parse(text).ok_or_else(|| format!("invalid mode ‘{value}’"))?;
                Step::Perm(sign, mode.apply(0, false, 0))
            }
            "-true" | "-noleaf" | "-mount" | "-xdev" => Step::True(true),
            "-false" => Step::True(false),
            "-depth" => {
                self.deep = true;
                Step::True(true)
            }
            "-maxdepth" | "-mindepth" => {
                let value = self.argument(cmd, name)?;
                let number = value.parse().map_err(|_| match cmd.gnu() {
                    true => format!("Expected a positive decimal integer argument to {name}, but got ‘{value}’"),
                    false => format!("invalid number '{value}'"),
                })?;
                if name == "-maxdepth" {
                    self.most = number
                } else {
                    self.least = number
                }
                Step::True(true)
            }
            "-print" => Step::Print('\n'),
            "-print0" => Step::Print('\0'),
            "-delete" => {
                self.deep = true;
                Step::Delete
            }
            "-prune" => Step::Prune,
            "-quit" => Step::Quit,
            "-exec" | "-execdir" => {
                let mut argv = Vec::new();
                loop {
                    let word = self.argument(cmd, name)?;
                    if word == ";" {
                        return Ok(Step::Exec { argv, many: false, inside: name == "-execdir", gathered: Vec::new() });
                    }
                    if word == "+" && argv.last().is_some_and(|last| last == "{}") {
                        argv.pop();
                        return Ok(Step::Exec { argv, many: true, inside: false, gathered: Vec::new() });
                    }
                    argv.push(word);
                }
            }
            "-ok" | "-ls" | "-printf" | "-regex" | "-iregex" | "-samefile" | "-inum" | "-links" | "-ipath"
            | "-okdir" | "-fprint" | "-lname" | "-readable" | "-writable" | "-executable" => {
                return Err(format!("layerlab: find {name} is not simulated"));
            }
            _ if cmd.gnu() => return Err(format!("unknown predicate `{name}'")),
            _ => return Err(format!("unrecognized: {name}")),
        })
    }
}

fn sign(text: &str) -> (char, &str) {
    match text.chars().next() {
        Some(sign @ ('+' | '-')) => (sign, text.get(1..).unwrap_or("")),
        _ => ('=', text),
    }
}

//! `read`, `mapfile`

use super::super::grammar::is_name;
use super::super::interpreter::{Flow, Shell};
use super::arguments;
use crate::kernel::{Either, Errno, race};
use crate::model::time::Time;
use crate::model::{Map, Text, limits};

/// The options of `read`.
#[derive(Debug, Default)]
struct Options {
    raw: bool,
    silent: bool,
    prompt: Option<String>,
    count: Option<usize>,
    exact: bool,
    seconds: Option<f64>,
    delimiter: Option<u8>,
    array: Option<String>,
    fd: u32,
}

/// How the reading of a line ended.
enum Line {
    /// At the delimiter, or with the wanted number of characters.
    Whole(Vec<(char, bool)>),
    /// At the end of the input.
    Ended(Vec<(char, bool)>),
    Failed(Errno),
}

impl Shell {
    pub(super) async fn read_command(&mut self, fields: &[String]) -> Flow {
        let (options, names) = match self.read_options(arguments(fields)).await {
            Ok(parsed) => parsed,
            Err(flow) => return flow,
        };
        if let Some(name) = names.iter().find(|name| !is_name(name)) {
            let text = match self.is_bash() {
                true => format!("`{name}': not a valid identifier"),
                false => {
                    self.builtin = None;
                    format!("read: '{name}': bad variable name")
                }
            };
            self.complain(&text).await;
            return Ok(1);
        }
        if let Some(prompt) = &options.prompt
            && self.sys.is_terminal(options.fd).is_some()
        {
            self.sys.eprint(prompt).await;
        }
        let echo = self.silence(&options);
        let line = match options.seconds {
            Some(seconds) => {
                let limit = Time::from_secs_f64(seconds.max(0.0));
                let until = self.sys.now().plus(limit);
                let sys = self.sys.clone();
                match race(self.read_line(&options), sys.sleep_until(until)).await {
                    Either::Left(line) => line,
                    Either::Right(()) => {
                        self.restore_echo(echo);
                        return Ok(142);
                    }
                }
            }
            None => self.read_line(&options).await,
        };
        self.restore_echo(echo);
        match line {
            Line::Whole(line) => self.assign_read(&line, &names, &options).await.map(|()| 0),
            Line::Ended(line) => self.assign_read(&line, &names, &options).await.map(|()| 1),
            Line::Failed(Errno::Intr) => {
                let signal = self.sys.me(|p| p.pending.first().copied()).flatten();
                self.signals().await?;
                Ok(signal.map_or(130, |signal| 128 + i32::from(signal.0)))
            }
            Line::Failed(errno) => {
                self.complain(&format!("read error: {}: {errno}", options.fd)).await;
                Ok(1)
            }
        }
    }

    async fn read_options(&mut self, mut operands: &[String]) -> Result<(Options, Vec<String>), Flow> {
        let mut options = Options::default();
        while let Some((first, rest)) = operands.split_first() {
            let Some(letters) = first.strip_prefix('-').filter(|l| !l.is_empty()) else { break };
            operands = rest;
            if letters == "-" {
                break;
            }
            let mut chars = letters.chars();
            while let Some(letter) = chars.next() {
                match letter {
                    'r' => options.raw = true,
                    's' => options.silent = true,
                    'e' => {}
                    'p' | 'n' | 'N' | 't' | 'd' | 'a' | 'u' => {
                        let mut value: String = chars.by_ref().collect();
                        if value.is_empty() {
                            let Some((next, rest)) = operands.split_first() else {
                                let text = format!("-{letter}: option requires an argument");
                                return Err(self.builtin_error(&text, 2).await);
                            };
                            value = next.clone();
                            operands = rest;
                        }
                        options.take(letter, value);
                    }
                    other => {
                        let text = match self.is_bash() {
                            true => format!("-{other}: invalid option"),
                            false => format!("illegal option -{other}"),
                        };
                        return Err(self.builtin_error(&text, 2).await);
                    }
                }
            }
        }
        Ok((options, operands.to_vec()))
    }

    /// Turns echoing off if it was asked for; gives what it was.
    fn silence(&self, options: &Options) -> Option<bool> {
        let tty = self.sys.is_terminal(options.fd).filter(|_| options.silent)?;
        self.sys.world(|w| w.terminal_mut(tty).map(|t| std::mem::replace(&mut t.echo, false)))
    }

    fn restore_echo(&self, echo: Option<bool>) {
        let Some(echo) = echo else { return };
        if let Some(tty) = self.sys.me(|p| p.tty).flatten() {
            self.sys.world(|w| {
                if let Some(terminal) = w.terminal_mut(tty) {
                    terminal.echo = echo;
                }
            });
        }
    }

    /// Reads byte by byte, so that what follows the line stays for others.
    async fn read_line(&self, options: &Options) -> Line {
        let delimiter = options.delimiter.unwrap_or(b'\n');
        let mut line = Vec::new();
        let mut bytes = Vec::new();
        let mut escaped = false;
        loop {
            if options.count.is_some_and(|count| line.len() >= count) {
                return Line::Whole(line);
            }
            let byte = match self.sys.read(options.fd, 1).await {
                Ok(some) => match some.first() {
                    Some(byte) => *byte,
                    None => return Line::Ended(line),
                },
                Err(errno) => return Line::Failed(errno),
            };
            bytes.push(byte);
            let c = match std::str::from_utf8(&bytes) {
                Ok(text) => text.chars().next(),
                Err(_) if bytes.len() < 4 => continue,
                Err(_) => Some('\u{fffd}'),
            };
            bytes.clear();
            let Some(c) = c else { continue };
            if escaped {
                escaped = false;
                if c != '\n' {
                    line.push((c, true));
                }
                continue;
            }
            if byte == delimiter && !options.exact {
                return Line::Whole(line);
            }
            match c {
                '\\' if !options.raw => escaped = true,
                '\0' => {}
                _ => line.push((c, false)),
            }
            if line.len() > limits::STRING_BYTES {
                return Line::Failed(Errno::TooBig);
            }
        }
    }

    async fn assign_read(
        &mut self,
        line: &[(char, bool)],
        names: &[String],
        options: &Options,
    ) -> Result<(), super::super::interpreter::Halt> {
        let ifs = self.get("IFS").unwrap_or_else(|| " \t\n".into());
        let result = if let Some(array) = &options.array {
            let words = split(line, &ifs, usize::MAX);
            let elements: Map<i64, Text> = (0_i64..).zip(words.iter().map(|word| Text::from(word.as_str()))).collect();
            self.set_array(array, elements)
        } else if names.is_empty() {
            let text: String = line.iter().map(|(c, _)| *c).collect();
            let text = if self.is_bash() { text } else { split(line, &ifs, 1).concat() };
            self.set("REPLY", &text)
        } else {
            let words = split(line, &ifs, names.len());
            let mut result = Ok(());
            for (i, name) in names.iter().enumerate() {
                result = result.and(self.set(name, words.get(i).map_or("", String::as_str)));
            }
            result
        };
        if let Err(message) = result {
            self.complain(&message).await;
        }
        Ok(())
    }

    /// `mapfile` and `readarray`: the lines of the input as an array.
    pub(super) async fn mapfile_command(&mut self, fields: &[String]) -> Flow {
        let operands = arguments(fields);
        let strip = operands.iter().any(|a| a == "-t");
        if let Some(option) = operands.iter().find(|a| a.starts_with('-') && *a != "-t") {
            self.sys.eprint(&format!("layerlab: mapfile {option} is not simulated\n")).await;
            return Ok(1);
        }
        let name = operands.iter().find(|a| !a.starts_with('-')).map_or("MAPFILE", String::as_str).to_owned();
        let bytes = match self.sys.read_to_end(0).await {
            Ok(bytes) => bytes,
            Err(errno) => return self.builtin_error(&errno.to_string(), 1).await,
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let line = |line: &str| Text::from(if strip { line.strip_suffix('\n').unwrap_or(line) } else { line });
        let elements: Map<i64, Text> = (0_i64..).zip(text.split_inclusive('\n').map(line)).collect();
        match self.set_array(&name, elements) {
            Ok(()) => Ok(0),
            Err(message) => self.builtin_error(&message, 1).await,
        }
    }
}

impl Options {
    fn take(&mut self, letter: char, value: String) {
        match letter {
            'p' => self.prompt = Some(value),
            'n' | 'N' => {
                self.count = value.parse().ok();
                self.exact = letter == 'N';
            }
            't' => self.seconds = value.parse().ok(),
            'd' => self.delimiter = Some(value.bytes().next().unwrap_or(0)),
            'a' => self.array = Some(value),
            _ => self.fd = value.parse().unwrap_or(0),
        }
    }
}

/// Splits a line into at most so many words; the last one is the rest, without blanks at its end.
fn split(line: &[(char, bool)], ifs: &str, most: usize) -> Vec<String> {
    let delimits = |(c, quoted): &(char, bool)| !quoted && ifs.contains(*c);
    let white = |entry: &(char, bool)| delimits(entry) && entry.0.is_ascii_whitespace();
    let text = |part: &[(char, bool)]| part.iter().map(|(c, _)| *c).collect::<String>();
    let start = line.iter().position(|e| !white(e)).unwrap_or(line.len());
    let mut rest = line.get(start..).unwrap_or_default();
    let mut words = Vec::new();
    while !rest.is_empty() {
        let end = rest.iter().position(delimits);
        let (Some(end), false) = (end, words.len() + 1 >= most) else {
            words.push(last_word(rest, delimits, white));
            break;
        };
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        words.push(text(word));
        // One delimiter with the white space around it.
        let skip = after.iter().position(|e| !white(e)).unwrap_or(after.len());
        rest = after.get(skip..).unwrap_or_default();
        if rest.first().is_some_and(|e| delimits(e) && !white(e)) {
            rest = rest.get(1..).unwrap_or_default();
            let skip = rest.iter().position(|e| !white(e)).unwrap_or(rest.len());
            rest = rest.get(skip..).unwrap_or_default();
        }
    }
    words
}

/// The last variable's value: all that is left, without white space and a lone delimiter at its end.
fn last_word(
    rest: &[(char, bool)],
    delimits: impl Fn(&(char, bool)) -> bool,
    white: impl Fn(&(char, bool)) -> bool,
) -> String {
    let trim = |part: &[(char, bool)]| part.iter().rposition(|e| !white(e)).map_or(0, |at| at + 1);
    let mut kept = rest.get(..trim(rest)).unwrap_or_default();
    if let Some((last, before)) = kept.split_last()
        && delimits(last)
        && !before.iter().any(&delimits)
    {
        kept = before.get(..trim(before)).unwrap_or_default();
    }
    kept.iter().map(|(c, _)| *c).collect()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[track_caller]
    fn check(ifs: &str, line: &str, most: usize, expected: &[&str]) {
        let line: Vec<(char, bool)> = line.chars().map(|c| (c, false)).collect();
        assert_eq!(split(&line, ifs, most), expected);
    }

    #[test]
    fn lines_are_split() {
        check(" \t\n", "  a  b  c ", 2, &["a", "b  c"]);
        check(" ", "a b", 5, &["a", "b"]);
        check(":", "a:b:c", 2, &["a", "b:c"]);
        check(":", "a::c", 3, &["a", "", "c"]);
        check(":", "a:", 1, &["a"]);
        check(" :", "a : b", 2, &["a", "b"]);
        check("", " a b ", 1, &[" a b "]);
    }
}

//! seq, yes, expr, true, false.

use super::command::Cmd;
use super::regex::Regex;
use crate::kernel::LocalFuture;

pub fn succeed(_cmd: &mut Cmd) {}

pub fn refuse(cmd: &mut Cmd) {
    cmd.status = 1;
}

pub fn yes(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let word = if cmd.args.is_empty() { "y".to_string() } else { cmd.args.join(" ") };
        let lines = format!("{word}\n").repeat((4096 / (word.len() + 1)).max(1));
        loop {
            cmd.out(&lines);
            cmd.cost += 10;
            if cmd.flush().await.is_err() {
                return 1;
            }
        }
    })
}

pub fn seq(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if let Some((first, step, last, digits)) = seq_range(&mut cmd) {
            count(&mut cmd, first, step, last, digits).await;
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

/// Takes the options off; a negative number is none.
fn options(cmd: &mut Cmd, args: &mut Vec<String>) -> Option<()> {
    while let Some(option) = args.first().and_then(|arg| arg.strip_prefix('-')).map(String::from) {
        if option.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            break;
        }
        args.remove(0);
        let (letter, rest) = match option.as_str() {
            "-" => break,
            "-equal-width" => ('w', ""),
            long => match long.split_once('=') {
                Some(("-separator", value)) => ('s', value),
                Some(("-format", value)) => ('f', value),
                _ => (long.chars().next().unwrap_or('?'), long.get(1..).unwrap_or("")),
            },
        };
        match letter {
            'w' => cmd.options.push(('w', String::new())),
            's' | 'f' if rest.is_empty() && args.is_empty() => {
                cmd.misuse(&format!("option requires an argument -- '{letter}'"), "");
                return None;
            }
            's' | 'f' if rest.is_empty() => cmd.options.push((letter, args.remove(0))),
            's' | 'f' => cmd.options.push((letter, rest.to_string())),
            other => {
                cmd.misuse(&format!("invalid option -- '{other}'"), "");
                return None;
            }
        }
    }
    Some(())
}

/// First, step, last, and how many digits after the point.
fn seq_range(cmd: &mut Cmd) -> Option<(f64, f64, f64, usize)> {
    let mut args = std::mem::take(&mut cmd.args);
    options(cmd, &mut args)?;
    if args.is_empty() {
        cmd.misuse("missing operand", "");
        return None;
    }
    if let Some(extra) = args.get(3) {
        cmd.misuse("extra operand ‘{}’", extra);
        return None;
    }
    let mut numbers = Vec::new();
    for arg in &args {
        match arg.parse::<f64>() {
            Ok(number) if number.is_finite() => numbers.push(number),
            _ => {
                cmd.misuse("invalid floating point argument: ‘{}’", arg);
                return None;
            }
        }
    }
    let places = |arg: &String| arg.split_once('.').map_or(0, |(_, digits)| digits.len());
    let shown = if args.len() == 1 { 0 } else { args.iter().take(args.len() - 1).map(places).max().unwrap_or(0) };
    match numbers.as_slice() {
        [last] => Some((1.0, 1.0, *last, 0)),
        [first, last] => Some((*first, 1.0, *last, shown)),
        [first, step, last] => {
            if *step == 0.0 {
                let text = args.get(1).cloned().unwrap_or_default();
                cmd.misuse("invalid Zero increment value: ‘{}’", &text);
                return None;
            }
            Some((*first, *step, *last, shown))
        }
        _ => None,
    }
}

async fn count(cmd: &mut Cmd, first: f64, step: f64, last: f64, digits: usize) {
    let separator = cmd.value('s').unwrap_or("\n").to_string();
    let width = match cmd.has('w') {
        true => format!("{first:.digits$}").len().max(format!("{last:.digits$}").len()),
        false => 0,
    };
    let format = cmd.value('f').map(String::from);
    let mut at = 0u64;
    loop {
        let value = first + at as f64 * step;
        if step > 0.0 && value > last + step.abs() * 1e-9 || step < 0.0 && value < last - step.abs() * 1e-9 {
            break;
        }
        if at > 0 {
            cmd.out(&separator);
        }
        let value = if value == 0.0 { 0.0 } else { value };
        let text = match &format {
            Some(format) => formatted(format, value),
            None => format!("{value:0width$.digits$}"),
        };
        cmd.out(&text);
        at += 1;
        if at.is_multiple_of(512) {
            cmd.cost += 60;
            if cmd.flush().await.is_err() {
                return;
            }
        }
    }
    if at > 0 {
        cmd.out("\n");
    }
}

/// `%g`, `%f`, `%05.2f` inside other text.
fn formatted(format: &str, value: f64) -> String {
    let Some((before, rest)) = format.split_once('%') else { return format.to_string() };
    let end = rest.find(|c: char| "gfe".contains(c)).unwrap_or(rest.len());
    let spec = rest.get(..end).unwrap_or("");
    let after = rest.get(end + 1..).unwrap_or("");
    let (width, precision) =
        spec.split_once('.').unwrap_or((spec, if rest.get(end..end + 1) == Some("f") { "6" } else { "" }));
    let zero = width.starts_with('0');
    let width: usize = width.parse().unwrap_or(0).min(200);
    let text = match precision.parse::<usize>() {
        Ok(precision) => format!("{value:.*}", precision.min(50)),
        Err(_) => format!("{value}"),
    };
    let text = if zero { format!("{text:0>width$}") } else { format!("{text:>width$}") };
    format!("{before}{text}{after}")
}

pub fn expr(cmd: &mut Cmd) {
    let args = std::mem::take(&mut cmd.args);
    if args.is_empty() {
        if cmd.gnu() {
            return cmd.misuse("missing operand", "");
        }
        cmd.fail("too few arguments");
        cmd.status = 2;
        return;
    }
    let mut parser = Expr { words: &args, at: 0, depth: 0, gnu: cmd.gnu() };
    let result = parser.binary(0).and_then(|value| match parser.words.get(parser.at) {
        None => Ok(value),
        Some(word) if parser.gnu => Err(format!("syntax error: unexpected argument ‘{word}’")),
        Some(_) => Err("syntax error".into()),
    });
    match result {
        Ok(value) => {
            cmd.status = i32::from(value.is_empty() || value.parse::<i64>() == Ok(0));
            cmd.out(&format!("{value}\n"));
        }
        Err(text) => {
            cmd.object(&text, &text, "");
            cmd.status = 2;
        }
    }
}

struct Expr<'a> {
    words: &'a [String],
    at: usize,
    depth: usize,
    gnu: bool,
}

const LEVELS: [&[&str]; 6] =
    [&["|"], &["&"], &["<", "<=", "=", "==", "!=", ">=", ">"], &["+", "-"], &["*", "/", "%"], &[":"]];

impl Expr<'_> {
    fn binary(&mut self, level: usize) -> Result<String, String> {
        let Some(operators) = LEVELS.get(level) else { return self.primary() };
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.words.get(self.at).filter(|word| operators.contains(&word.as_str())) {
            self.at += 1;
            if self.at >= self.words.len() {
                return Err(if self.gnu {
                    format!("syntax error: missing argument after ‘{operator}’")
                } else {
                    "syntax error".into()
                });
            }
            let right = self.binary(level + 1)?;
            left = self.apply(operator, left, right)?;
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<String, String> {
        let Some(word) = self.words.get(self.at) else { return Err("syntax error".into()) };
        self.at += 1;
        let mut operand = || -> Result<String, String> {
            let word = self.words.get(self.at).cloned().ok_or_else(|| "syntax error".to_string());
            self.at += 1;
            word
        };
        match word.as_str() {
            "(" => {
                self.depth += 1;
                if self.depth > 50 {
                    return Err("syntax error".into());
                }
                let value = self.binary(0)?;
                if self.words.get(self.at).map(String::as_str) != Some(")") {
                    return Err("syntax error: expecting ')'".replace('\'', "").replace(")", "‘)’"));
                }
                self.at += 1;
                self.depth -= 1;
                Ok(value)
            }
            "length" => Ok(operand()?.chars().count().to_string()),
            "match" => {
                let (text, pattern) = (operand()?, operand()?);
                self.apply(":", text, pattern)
            }
            "index" => {
                let (text, set) = (operand()?, operand()?);
                Ok(text.chars().position(|c| set.contains(c)).map_or(0, |at| at + 1).to_string())
            }
            "substr" => {
                let (text, from, length) = (operand()?, operand()?, operand()?);
                let (from, length) = (from.parse::<usize>().unwrap_or(0), length.parse::<usize>().unwrap_or(0));
                let part = if from == 0 { String::new() } else { text.chars().skip(from - 1).take(length).collect() };
                Ok(part)
            }
            _ => Ok(word.clone()),
        }
    }

    fn apply(&self, operator: &str, left: String, right: String) -> Result<String, String> {
        let numbers = left.parse::<i64>().ok().zip(right.parse::<i64>().ok());
        let truth = |holds: bool| Ok(i32::from(holds).to_string());
        let null = |text: &str| text.is_empty() || text.parse::<i64>() == Ok(0);
        match operator {
            "|" => Ok(if null(&left) { if null(&right) { "0".into() } else { right } } else { left }),
            "&" => Ok(if null(&left) || null(&right) { "0".into() } else { left }),
            ":" => {
                let regex = Regex::new(&format!("^{right}"), false, false)?;
                let found = regex.find(&left, 0);
                let part = |n: usize| {
                    let found = found.as_ref()?;
                    left.get((*found.get(n * 2)?)?..(*found.get(n * 2 + 1)?)?)
                };
                Ok(match regex.groups {
                    0 => part(0).map_or(0, |text| text.chars().count()).to_string(),
                    _ => part(1).unwrap_or("").to_string(),
                })
            }
            "<" | "<=" | "=" | "==" | "!=" | ">=" | ">" => {
                let order = numbers.map_or_else(|| left.cmp(&right), |(a, b)| a.cmp(&b));
                truth(match operator {
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">=" => order.is_ge(),
                    ">" => order.is_gt(),
                    "!=" => order.is_ne(),
                    _ => order.is_eq(),
                })
            }
            _ => {
                let text = if self.gnu { "non-integer argument" } else { "non-numeric argument" };
                let (a, b) = numbers.ok_or(text)?;
                if b == 0 && matches!(operator, "/" | "%") {
                    return Err("division by zero".into());
                }
                let value = match operator {
                    "+" => a.checked_add(b),
                    "-" => a.checked_sub(b),
                    "*" => a.checked_mul(b),
                    "/" => a.checked_div(b),
                    _ => a.checked_rem(b),
                };
                Ok(value.ok_or("integer result too large")?.to_string())
            }
        }
    }
}

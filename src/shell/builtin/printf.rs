//! `printf` (POSIX, "File Format Notation")

use super::super::Dialect;
use super::super::expand::quoted;
use super::super::interpreter::{Flow, Shell};
use super::arguments;
use super::echo::unescape;

/// How wide a field may be.
const WIDTH: usize = 100_000;

impl Shell {
    pub(super) async fn printf_command(&mut self, fields: &[String]) -> Flow {
        let mut rest = arguments(fields);
        let mut variable = None;
        if let [option, name, others @ ..] = rest
            && option == "-v"
            && self.is_bash()
        {
            variable = Some(name.clone());
            rest = others;
        }
        if rest.first().is_some_and(|a| a == "--") {
            rest = rest.get(1..).unwrap_or_default();
        }
        let Some((format, operands)) = rest.split_first() else {
            if self.is_bash() {
                return self.usage("[-v var] format [arguments]").await;
            }
            self.builtin = None;
            self.complain("usage: printf FORMAT [ARGUMENT...]").await;
            return Ok(2);
        };
        let printed = printf(format, operands, self.dialect);
        if !self.is_bash() {
            self.builtin = None;
        }
        for error in &printed.errors {
            self.complain(error).await;
        }
        let failed = i32::from(!printed.errors.is_empty());
        if let Some(name) = variable {
            let text = String::from_utf8_lossy(&printed.bytes).into_owned();
            if let Err(message) = self.set(&name, &text) {
                self.complain(&message).await;
                return Ok(1);
            }
            return Ok(failed);
        }
        let status = self.say_bytes(&printed.bytes).await?;
        Ok(status.max(failed))
    }
}

/// What `printf` writes, and what it complains of.
#[derive(Debug, Default)]
pub struct Printed {
    /// To standard output.
    pub bytes: Vec<u8>,
    /// To standard error, without the program's name.
    pub errors: Vec<String>,
}

struct Printer<'a> {
    dialect: Dialect,
    operands: std::slice::Iter<'a, String>,
    out: Printed,
    /// `\c` was met, or a format that can't be.
    ended: bool,
}

/// One conversion's flags, width and precision.
#[derive(Clone, Copy, Debug, Default)]
struct Spec {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
}

/// Formats operands; the format is used again as long as there are any left.
pub fn printf(format: &str, operands: &[String], dialect: Dialect) -> Printed {
    let mut printer = Printer { dialect, operands: operands.iter(), out: Printed::default(), ended: false };
    loop {
        let before = printer.operands.len();
        printer.once(format);
        let left = printer.operands.len();
        if printer.ended || left == 0 || left == before || printer.out.bytes.len() > (2 << 20) {
            return printer.out;
        }
    }
}

impl Printer<'_> {
    fn once(&mut self, format: &str) {
        let mut rest = format;
        while !rest.is_empty() && !self.ended {
            let at = rest.find('%').unwrap_or(rest.len());
            let (text, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            if !unescape(text, true, &mut self.out.bytes) {
                self.ended = true;
                return;
            }
            let Some(conversion) = after.strip_prefix('%') else { return };
            rest = self.conversion(conversion);
        }
    }

    /// One conversion behind its `%`; gives what stands behind it.
    fn conversion<'t>(&mut self, text: &'t str) -> &'t str {
        if let Some(rest) = text.strip_prefix('%') {
            self.out.bytes.push(b'%');
            return rest;
        }
        let mut spec = Spec::default();
        let mut rest = text;
        while let Some(flag) = rest.chars().next().filter(|c| "-0+ #'".contains(*c)) {
            match flag {
                '-' => spec.left = true,
                '0' => spec.zero = true,
                '+' => spec.plus = true,
                ' ' => spec.space = true,
                '#' => spec.alternate = true,
                _ => {}
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        let (width, after) = self.count(rest);
        if let Some(width) = width {
            spec.left |= width < 0;
            spec.width = (width.unsigned_abs() as usize).min(WIDTH);
        }
        rest = after;
        if let Some(after) = rest.strip_prefix('.') {
            let (precision, after) = self.count(after);
            spec.precision = usize::try_from(precision.unwrap_or(0)).ok().map(|p| p.min(WIDTH));
            rest = after;
        }
        rest = rest.trim_start_matches(['l', 'h', 'j', 'z', 't', 'L']);
        let Some(kind) = rest.chars().next() else {
            self.invalid(text, "");
            return "";
        };
        let after = rest.get(kind.len_utf8()..).unwrap_or_default();
        self.convert(kind, spec, text, after);
        after
    }

    /// A number or `*`.
    fn count<'t>(&mut self, text: &'t str) -> (Option<i64>, &'t str) {
        if let Some(rest) = text.strip_prefix('*') {
            let value = self.next().map_or(0, |operand| self.integer(&operand));
            return (Some(value), rest);
        }
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        (digits.parse().ok().or((!digits.is_empty()).then_some(WIDTH as i64)), rest)
    }

    fn next(&mut self) -> Option<String> {
        self.operands.next().cloned()
    }

    fn convert(&mut self, kind: char, spec: Spec, text: &str, after: &str) {
        match kind {
            's' => {
                let operand = self.next().unwrap_or_default();
                let shown: String = match spec.precision {
                    Some(most) => operand.chars().take(most).collect(),
                    None => operand,
                };
                self.pad(&shown, spec);
            }
            'b' => {
                let operand = self.next().unwrap_or_default();
                let mut bytes = Vec::new();
                self.ended |= !unescape(&operand, true, &mut bytes);
                let shown = String::from_utf8_lossy(&bytes).into_owned();
                if spec.width > 0 {
                    self.pad(&shown, spec);
                } else {
                    self.out.bytes.extend(bytes);
                }
            }
            'c' => {
                let operand = self.next().unwrap_or_default();
                let shown: String = operand.chars().take(1).collect();
                self.pad(&shown, spec);
            }
            'q' if self.dialect == Dialect::Bash => {
                let operand = self.next().unwrap_or_default();
                self.pad(&backslashed(&operand), spec);
            }
            'd' | 'i' => {
                let value = self.next().map_or(0, |operand| self.integer(&operand));
                let sign = if value < 0 { "-" } else { spec.sign() };
                self.digits(sign, value.unsigned_abs().to_string(), spec);
            }
            'u' | 'o' | 'x' | 'X' => {
                let value = self.next().map_or(0, |operand| self.integer(&operand)) as u64;
                let (prefix, digits) = match kind {
                    'u' => ("", value.to_string()),
                    'o' => (if spec.alternate { "0" } else { "" }, format!("{value:o}")),
                    'x' => (if spec.alternate && value != 0 { "0x" } else { "" }, format!("{value:x}")),
                    _ => (if spec.alternate && value != 0 { "0X" } else { "" }, format!("{value:X}")),
                };
                self.digits(prefix, digits, spec);
            }
            'f' | 'F' | 'e' | 'E' | 'g' | 'G' => {
                let value = self.next().map_or(0.0, |operand| self.float(&operand));
                let digits = float_text(value.abs(), kind, spec.precision.unwrap_or(6), spec.alternate);
                let sign = if value.is_sign_negative() { "-" } else { spec.sign() };
                self.digits(sign, digits, Spec { precision: None, ..spec });
            }
            _ => {
                let shown = text.strip_suffix(after).unwrap_or(text);
                self.invalid(shown, text);
            }
        }
    }

    fn invalid(&mut self, shown: &str, whole: &str) {
        let kind = shown.chars().last().map(String::from).unwrap_or_default();
        let text = match self.dialect {
            Dialect::Bash if whole.is_empty() => format!("`{shown}': missing format character"),
            Dialect::Bash => format!("`{kind}': invalid format character"),
            Dialect::Ash => format!("%{whole}: invalid format"),
        };
        self.out.errors.push(text);
        self.ended = true;
    }

    fn pad(&mut self, text: &str, spec: Spec) {
        let fill = spec.width.saturating_sub(text.chars().count());
        let blanks = " ".repeat(fill);
        let (before, after) = if spec.left { ("", blanks.as_str()) } else { (blanks.as_str(), "") };
        self.out.bytes.extend(before.as_bytes());
        self.out.bytes.extend(text.as_bytes());
        self.out.bytes.extend(after.as_bytes());
    }

    fn digits(&mut self, prefix: &str, digits: String, spec: Spec) {
        let least = match spec.precision {
            Some(precision) => precision,
            None if spec.zero && !spec.left => spec.width.saturating_sub(prefix.len()),
            None => 0,
        };
        let zeros = "0".repeat(least.saturating_sub(digits.len()));
        self.pad(&format!("{prefix}{zeros}{digits}"), spec);
    }

    /// An integer as C writes it, or a character behind a quote.
    fn integer(&mut self, text: &str) -> i64 {
        if let Some(rest) = text.strip_prefix(['\'', '"']) {
            return rest.chars().next().map_or(0, |c| i64::from(u32::from(c)));
        }
        let trimmed = text.trim_start();
        let (negative, digits) = match trimmed.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (base, digits) = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
            Some(digits) => (16, digits),
            None if digits.len() > 1 && digits.starts_with('0') => (8, digits),
            None => (10, digits),
        };
        let end = digits.find(|c: char| !c.is_digit(base)).unwrap_or(digits.len());
        let (number, rest) = digits.split_at_checked(end).unwrap_or((digits, ""));
        if !rest.is_empty() || number.is_empty() && !text.is_empty() {
            self.not_a_number(text);
            if self.dialect == Dialect::Ash {
                return 0;
            }
        }
        let value = i128::from_str_radix(number, base).unwrap_or(0);
        let value = if negative { -value } else { value };
        i64::try_from(value).unwrap_or(if negative { i64::MIN } else { i64::MAX })
    }

    fn float(&mut self, text: &str) -> f64 {
        match text.trim().parse() {
            Ok(value) => value,
            Err(_) if text.is_empty() => 0.0,
            Err(_) => {
                self.not_a_number(text);
                0.0
            }
        }
    }

    fn not_a_number(&mut self, text: &str) {
        self.out.errors.push(match self.dialect {
            Dialect::Bash => format!("{text}: invalid number"),
            Dialect::Ash => format!("invalid number '{text}'"),
        });
    }
}

impl Spec {
    fn sign(self) -> &'static str {
        match (self.plus, self.space) {
            (true, _) => "+",
            (false, true) => " ",
            _ => "",
        }
    }
}

/// `%q` of bash: backslashes where they are needed.
fn backslashed(text: &str) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    if text.chars().any(char::is_control) {
        return quoted(text, Dialect::Bash);
    }
    let mut out = String::new();
    for c in text.chars() {
        if !(c.is_alphanumeric() || "_-./:,+@%^=".contains(c)) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A number that isn't negative, as `%f`, `%e` or `%g` shows it.
fn float_text(value: f64, kind: char, precision: usize, keep_zeros: bool) -> String {
    let upper = kind.is_ascii_uppercase();
    if !value.is_finite() {
        let text = if value.is_nan() { "nan" } else { "inf" };
        return if upper { text.to_uppercase() } else { text.to_owned() };
    }
    let precision = precision.min(1000);
    let text = match kind.to_ascii_lowercase() {
        'f' => format!("{value:.precision$}"),
        'e' => exponent_text(value, precision),
        _ => {
            let significant = precision.max(1);
            let exponent = exponent_of(value, significant - 1);
            let text = if exponent < -4 || exponent >= significant as i32 {
                exponent_text(value, significant - 1)
            } else {
                let decimals = (significant as i32 - 1 - exponent).max(0) as usize;
                format!("{value:.decimals$}")
            };
            if keep_zeros { text } else { without_zeros(&text) }
        }
    };
    if upper { text.to_uppercase() } else { text }
}

fn exponent_of(value: f64, decimals: usize) -> i32 {
    let text = format!("{value:.decimals$e}");
    text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

fn exponent_text(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

fn without_zeros(text: &str) -> String {
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, format!("e{exponent}")),
        None => (text, String::new()),
    };
    if !mantissa.contains('.') {
        return text.to_owned();
    }
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    format!("{mantissa}{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &[&str], expected: &str) {
        let operands: Vec<String> = arguments.iter().skip(1).map(|a| (*a).to_owned()).collect();
        let printed = printf(arguments.first().unwrap_or(&""), &operands, Dialect::Bash);
        assert_eq!(String::from_utf8_lossy(&printed.bytes), expected);
    }

    #[test]
    fn conversions_are_those_of_c() {
        check(&["%s %s\\n", "a"], "a \n");
        check(&["%s=%d\\n", "a", "1", "b", "2"], "a=1\nb=2\n");
        check(&["%05.2f|%-5s|%5s|\\n", "3.14159", "ab", "cd"], "03.14|ab   |   cd|\n");
        check(
            &["%5d|%-5s|%05d|%x|%o|%c|%%|%b", "42", "ab", "7", "255", "8", "hello", "a\\tb"],
            "   42|ab   |00007|ff|10|h|%|a\tb",
        );
        check(&["%d %d %d", "0x10", "010", "'A"], "16 8 65");
        check(&["%.2f %e %g %g", "3.14159", "1234.5", "0.0001", "1e10"], "3.14 1.234500e+03 0.0001 1e+10");
        check(&["%+d % d %#x %.3d %*d", "5", "5", "255", "7", "4", "1"], "+5  5 0xff 007    1");
        check(&["%q %q", "a b", ""], "a\\ b ''");
        check(&["a\\n%s"], "a\n");
        check(&["x\\cy", "1"], "x");
        check(&["%.1s|%3c|", "añb", "z"], "a|  z|");
    }

    #[test]
    fn faults_are_told() {
        let operands = ["abc".to_owned()];
        let fault = |format, dialect| printf(format, &operands, dialect).errors.concat();
        assert_eq!(fault("%d", Dialect::Bash), "abc: invalid number");
        assert_eq!(fault("%d", Dialect::Ash), "invalid number 'abc'");
        assert_eq!(fault("%z", Dialect::Bash), "`z': missing format character");
        assert_eq!(fault("%y", Dialect::Bash), "`y': invalid format character");
        assert_eq!(fault("%q\\n", Dialect::Ash), "%q\\n: invalid format");
    }
}

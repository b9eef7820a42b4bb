//! Reading flags by a command's table, with the rules and the words of Go's pflag.

mod check;
mod mount;
mod size;

pub use check::is_known;
pub use mount::{Mount, parse as parse_mount};
pub use size::{duration, ram_bytes, rational_nanos};

use super::format::quote;
use super::spec::Flag;

/// Two spellings of one setting: the value is kept under the second name.
const SAME: [(&str, &str); 4] =
    [("dns-opt", "dns-option"), ("net", "network"), ("net-alias", "network-alias"), ("time", "timeout")];

/// What was given for the flags of one command, with the table's defaults behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    table: Vec<Flag>,
    given: Vec<(&'static str, Vec<String>)>,
}

impl Flags {
    /// Whether the flag was given at all.
    pub fn is_set(&self, name: &str) -> bool {
        self.given.iter().any(|(known, _)| *known == name)
    }

    /// Every value given, in order; a list of comma-separated values comes apart.
    pub fn list(&self, name: &str) -> &[String] {
        self.given.iter().find(|(known, _)| *known == name).map_or(&[], |(_, values)| values)
    }

    /// The last value given, or the default, or nothing.
    pub fn text(&self, name: &str) -> &str {
        if let Some(value) = self.list(name).last() {
            return value;
        }
        let flag = self.table.iter().find(|flag| flag.name == name);
        flag.and_then(|flag| flag.default).unwrap_or_default()
    }

    /// Whether a switch is on.
    pub fn bool(&self, name: &str) -> bool {
        check::go_bool(self.text(name)).unwrap_or(false)
    }

    /// A whole number, 0 where none was given.
    pub fn number(&self, name: &str) -> i64 {
        check::go_int(self.text(name)).unwrap_or(0)
    }

    /// A size in bytes, 0 where none was given, -1 for a swap without limit.
    pub fn bytes(&self, name: &str) -> i64 {
        match self.text(name) {
            "-1" => -1,
            text => ram_bytes(text).unwrap_or(0),
        }
    }

    /// A time in nanoseconds.
    pub fn nanoseconds(&self, name: &str) -> i64 {
        duration(self.text(name)).unwrap_or(0)
    }

    /// A number of CPUs, in billionths of one.
    pub fn nano_cpus(&self, name: &str) -> i64 {
        rational_nanos(self.text(name)).unwrap_or(0)
    }

    /// Names and values of a list of `name=value`, a later one over an earlier one.
    pub fn pairs(&self, name: &str) -> Vec<(&str, &str)> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for value in self.list(name) {
            let (key, value) = value.split_once('=').unwrap_or((value, ""));
            match pairs.iter_mut().find(|(known, _)| *known == key) {
                Some(pair) => pair.1 = value,
                None => pairs.push((key, value)),
            }
        }
        pairs
    }

    /// The names given, in the order in which they came first.
    pub fn given(&self) -> impl Iterator<Item = &'static str> {
        self.given.iter().map(|(name, _)| *name)
    }

    fn set(&mut self, flag: &Flag, value: &str) -> Result<(), String> {
        let values = check::checked(flag.check, value)?;
        let name = SAME.iter().find(|(old, _)| *old == flag.name).map_or(flag.name, |(_, name)| name);
        match self.given.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.extend(values),
            None => self.given.push((name, values)),
        }
        Ok(())
    }
}

/// A command line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    pub flags: Flags,
    pub args: Vec<String>,
    /// `--help` or `-h` was among the flags.
    pub help: bool,
    /// What deprecated flags had to say, each line ended.
    pub notes: String,
}

/// Takes `args` apart; with `stops` the first argument ends the flags. The error is the client's
/// message; what deprecated flags had to say is lost with it, as it is there.
pub fn parse(table: &[Flag], args: &[String], stops: bool) -> Result<Parsed, String> {
    let mut reader = Reader {
        args,
        next: 0,
        parsed: Parsed { flags: Flags { table: table.to_vec(), given: Vec::new() }, ..Parsed::default() },
    };
    reader.run(stops).map(|()| reader.parsed)
}

struct Reader<'a> {
    args: &'a [String],
    next: usize,
    parsed: Parsed,
}

impl Reader<'_> {
    fn run(&mut self, stops: bool) -> Result<(), String> {
        while let Some(arg) = self.take() {
            if arg == "--" {
                return self.rest();
            }
            if let Some(long) = arg.strip_prefix("--") {
                self.long(&arg, long)?;
            } else if arg.len() > 1 && arg.starts_with('-') {
                self.short(&arg[1..])?;
            } else {
                self.parsed.args.push(arg);
                if stops {
                    return self.rest();
                }
            }
        }
        Ok(())
    }

    fn take(&mut self) -> Option<String> {
        let arg = self.args.get(self.next)?;
        self.next += 1;
        Some(arg.clone())
    }

    fn rest(&mut self) -> Result<(), String> {
        self.parsed.args.extend(self.args.iter().skip(self.next).cloned());
        self.next = self.args.len();
        Ok(())
    }

    fn long(&mut self, arg: &str, long: &str) -> Result<(), String> {
        if long.starts_with('-') || long.starts_with('=') {
            return Err(format!("bad flag syntax: {arg}"));
        }
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (long, None),
        };
        let Some(flag) = self.find(|flag| flag.name == name) else {
            if name == "help" {
                return self.help(value.as_deref().unwrap_or("true"));
            }
            return Err(format!("unknown flag: --{name}"));
        };
        let value = match value {
            Some(value) => value,
            None if flag.is_bool() => "true".to_string(),
            None => self.take().ok_or_else(|| format!("flag needs an argument: --{name}"))?,
        };
        self.set(&flag, &value)
    }

    /// A word of shorthands, without its dash.
    fn short(&mut self, word: &str) -> Result<(), String> {
        let mut left = word;
        while let Some(letter) = left.chars().next() {
            let after = &left[letter.len_utf8()..];
            let Some(flag) = self.find(|flag| flag.short == Some(letter)) else {
                if letter == 'h' {
                    self.parsed.notes += "Flag shorthand -h has been deprecated, use --help\n";
                    if let Some(value) = after.strip_prefix('=').filter(|value| !value.is_empty()) {
                        return self.help(value);
                    }
                    self.parsed.help = true;
                    left = after;
                    continue;
                }
                // pflag goes byte by byte, so it shows the first byte of a longer letter alone.
                let byte = char::from(left.as_bytes()[0]);
                return Err(format!("unknown shorthand flag: {} in -{left}", quote::quoted_char(byte)));
            };
            let value = match after.strip_prefix('=').filter(|value| !value.is_empty()) {
                Some(value) => value.to_string(),
                None if flag.is_bool() => {
                    self.set(&flag, "true")?;
                    left = after;
                    continue;
                }
                None if !after.is_empty() => after.to_string(),
                None => self
                    .take()
                    .ok_or_else(|| format!("flag needs an argument: {} in -{left}", quote::quoted_char(letter)))?,
            };
            return self.set(&flag, &value);
        }
        Ok(())
    }

    fn find(&self, wanted: impl Fn(&Flag) -> bool) -> Option<Flag> {
        self.parsed.flags.table.iter().find(|flag| wanted(flag)).cloned()
    }

    fn help(&mut self, value: &str) -> Result<(), String> {
        self.parsed.help = check::go_bool(value).map_err(|error| refused(value, "--help", &error))?;
        Ok(())
    }

    fn set(&mut self, flag: &Flag, value: &str) -> Result<(), String> {
        if flag.name == "help" {
            return self.help(value);
        }
        let name = match flag.short {
            Some(short) => format!("-{short}, --{}", flag.name),
            None => format!("--{}", flag.name),
        };
        self.parsed.flags.set(flag, value).map_err(|error| refused(value, &name, &error))?;
        if let Some(why) = flag.deprecated {
            self.parsed.notes += &format!("Flag --{} has been deprecated, {why}\n", flag.name);
        }
        Ok(())
    }
}

fn refused(value: &str, name: &str, error: &str) -> String {
    format!("invalid argument {} for \"{name}\" flag: {error}", quote::quoted(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::spec;

    fn read(command: &str, line: &str) -> Result<Parsed, String> {
        let (command, _) = spec::find(command).expect("a command");
        let args: Vec<String> = line.split(' ').filter(|word| !word.is_empty()).map(String::from).collect();
        parse(&command.flags, &args, command.stops)
    }

    fn error(command: &str, line: &str) -> String {
        read(command, line).expect_err("an error")
    }

    #[test]
    fn values_are_taken_in_every_spelling() {
        let parsed = read("run", "-it --name=web -p80:80 -p 81:81 -eA=b --env C=d img -x --rm").expect("flags");
        assert!(parsed.flags.bool("interactive") && parsed.flags.bool("tty") && !parsed.flags.bool("rm"));
        assert_eq!(parsed.flags.text("name"), "web");
        assert_eq!(parsed.flags.list("publish"), ["80:80", "81:81"]);
        assert_eq!(parsed.flags.pairs("env"), [("A", "b"), ("C", "d")]);
        assert_eq!(parsed.args, ["img", "-x", "--rm"]);
    }

    #[test]
    fn defaults_and_numbers() {
        let parsed = read("run", "-m 64m --cpus 1.5 --health-interval 1m30s --memory-swap -1 x").expect("flags");
        assert_eq!(parsed.flags.bytes("memory"), 64 << 20);
        assert_eq!(parsed.flags.bytes("memory-swap"), -1);
        assert_eq!(parsed.flags.nano_cpus("cpus"), 1_500_000_000);
        assert_eq!(parsed.flags.nanoseconds("health-interval"), 90_000_000_000);
        assert_eq!(parsed.flags.text("restart"), "no");
        assert!(parsed.flags.bool("sig-proxy") && !parsed.flags.is_set("sig-proxy"));
    }

    #[test]
    fn flags_may_follow_arguments_unless_the_command_stops() {
        let parsed = read("ps", "x -a -- -q").expect("flags");
        assert!(parsed.flags.bool("all"));
        assert_eq!(parsed.args, ["x", "-q"]);
        assert!(!read("ps", "-a=false").expect("flags").flags.bool("all"));
    }

    #[test]
    fn errors_are_those_of_the_client() {
        assert_eq!(error("ps", "--foo"), "unknown flag: --foo");
        assert_eq!(error("run", "-zzz x"), "unknown shorthand flag: 'z' in -zzz");
        assert_eq!(error("rm", "-fx"), "unknown shorthand flag: 'x' in -x");
        assert_eq!(error("ps", "-é"), "unknown shorthand flag: 'Ã' in -é");
        assert_eq!(error("ps", "-a="), "unknown shorthand flag: '=' in -=");
        assert_eq!(error("run", "-p"), "flag needs an argument: 'p' in -p");
        assert_eq!(error("run", "--name"), "flag needs an argument: --name");
        assert_eq!(error("ps", "---x"), "bad flag syntax: ---x");
        assert_eq!(error("ps", "--=x"), "bad flag syntax: --=x");
        let soon = "invalid argument \"soon\" for \"-t, --timeout\" flag: ";
        assert_eq!(error("stop", "-t soon"), format!("{soon}strconv.ParseInt: parsing \"soon\": invalid syntax"));
        let maybe = "invalid argument \"maybe\" for \"--help\" flag: ";
        assert_eq!(error("ps", "--help=maybe"), format!("{maybe}strconv.ParseBool: parsing \"maybe\": invalid syntax"));
    }

    #[test]
    fn old_spellings_speak_and_count() {
        let parsed = read("stop", "--time 3 x").expect("flags");
        assert_eq!(parsed.flags.number("timeout"), 3);
        assert_eq!(parsed.notes, "Flag --time has been deprecated, use --timeout instead\n");
        let parsed = read("ps", "-h").expect("flags");
        assert!(parsed.help && parsed.notes == "Flag shorthand -h has been deprecated, use --help\n");
        let parsed = read("run", "-h web --net a x").expect("flags");
        assert!(!parsed.help && parsed.flags.text("hostname") == "web" && parsed.flags.text("network") == "a");
    }
}

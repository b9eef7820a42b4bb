//! Prompts: the escapes of PS1 and PS2.

use super::expand::Fields;
use super::interpreter::Shell;
use super::parse_quoted;
use crate::model::time::Civil;

impl Shell {
    /// The text of a prompt.
    pub(super) async fn prompt(&mut self, name: &str) -> String {
        let raw = self.get(name).unwrap_or_else(|| "".into());
        let text = self.decode_prompt(&raw);
        if !text.contains(['$', '`']) {
            return text;
        }
        let Ok(word) = parse_quoted(&text, self.dialect) else { return text };
        let status = self.status();
        let mut fields = Fields::whole();
        let expanded = self.quoted_parts(&word.parts, &mut fields).await;
        self.set_status(status);
        if expanded.is_ok() { fields.joined() } else { text }
    }

    fn decode_prompt(&self, raw: &str) -> String {
        let mut out = String::new();
        let mut chars = raw.chars();
        while let Some(c) = chars.next() {
            if c != '\\' {
                out.push(c);
                continue;
            }
            let Some(escape) = chars.next() else {
                out.push('\\');
                break;
            };
            match escape {
                'u' => out.push_str(&self.user_name()),
                'h' => out.push_str(self.sys.hostname().split('.').next().unwrap_or_default()),
                'H' => out.push_str(&self.sys.hostname()),
                'w' => out.push_str(&self.short_directory()),
                'W' => {
                    let path = self.short_directory();
                    let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("/");
                    out.push_str(name);
                }
                // The dollar must not start an expansion afterwards.
                '$' => out.push_str(if self.sys.user().uid == 0 { "#" } else { "\\$" }),
                'n' => out.push('\n'),
                'r' => out.push('\r'),
                'a' => out.push('\x07'),
                'e' => out.push('\x1b'),
                's' => out.push_str(if self.is_bash() { "bash" } else { "sh" }),
                'v' => out.push_str("5.2"),
                'V' => out.push_str("5.2.15"),
                'j' => out.push_str(&self.look(|s| s.jobs.len()).to_string()),
                '!' | '#' => out.push_str(&self.look(|s| s.history.get_max().map_or(1, |(n, _)| n + 1)).to_string()),
                't' | 'A' | 'T' | '@' | 'd' => out.push_str(&self.clock(escape)),
                '[' | ']' => {}
                '\\' => out.push_str("\\\\"),
                '0'..='7' => {
                    let mut value = escape.to_digit(8).unwrap_or(0);
                    for _ in 0..2 {
                        let mut ahead = chars.clone();
                        let Some(digit) = ahead.next().and_then(|c| c.to_digit(8)) else { break };
                        value = value * 8 + digit;
                        chars = ahead;
                    }
                    out.extend(char::from_u32(value & 255));
                }
                other => {
                    out.push('\\');
                    out.push(other);
                }
            }
        }
        if out.contains(['$', '`']) {
            return out;
        }
        out.replace("\\\\", "\\")
    }

    fn clock(&self, kind: char) -> String {
        let civil = Civil::from_epoch(self.sys.now().epoch().0);
        let (h, m, s) = (civil.hour, civil.minute, civil.second);
        let half = if h % 12 == 0 { 12 } else { h % 12 };
        match kind {
            't' => format!("{h:02}:{m:02}:{s:02}"),
            'A' => format!("{h:02}:{m:02}"),
            'T' => format!("{half:02}:{m:02}:{s:02}"),
            '@' => format!("{half:02}:{m:02} {}", if h < 12 { "AM" } else { "PM" }),
            _ => civil_date(&civil),
        }
    }

    /// The user's name as `/etc/passwd` has it.
    fn user_name(&self) -> String {
        let found = match self.sys.contents("/etc/passwd") {
            Ok(crate::model::file::Data::Bytes(bytes)) => {
                name_of(&String::from_utf8_lossy(&bytes), self.sys.user().uid).map(String::from)
            }
            _ => None,
        };
        found.unwrap_or_else(|| "I have no name!".to_owned())
    }

    /// The working directory with the home directory as `~`.
    fn short_directory(&self) -> String {
        let path = self.directory();
        let Some(home) = self.get("HOME").filter(|home| home.len() > 1) else { return path };
        match path.strip_prefix(&*home) {
            Some("") => "~".to_owned(),
            Some(rest) if rest.starts_with('/') => format!("~{rest}"),
            _ => path,
        }
    }
}

/// The name that passwd(5) has for a number. A prompt is drawn for every line: only lines with the number are read.
fn name_of(passwd: &str, uid: u32) -> Option<&str> {
    let number = format!(":{uid}:");
    let lines = passwd.match_indices(&number).map(|(at, _)| {
        let start = passwd.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        passwd.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default()
    });
    let mut fields = lines.map(|line| line.split(':')).filter_map(|mut fields| Some((fields.next()?, fields.nth(1)?)));
    fields.find(|(_, third)| third.parse() == Ok(uid)).map(|(name, _)| name)
}

fn civil_date(civil: &Civil) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let month = MONTHS.get((civil.month as usize).wrapping_sub(1)).unwrap_or(&"");
    let day = DAYS.get(civil.weekday as usize).unwrap_or(&"");
    format!("{day} {month} {:02}", civil.day)
}

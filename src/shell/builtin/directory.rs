//! `cd`, `pwd`, `umask`

use super::super::interpreter::{Flow, Shell};
use super::arguments;
use crate::kernel::{Errno, join, normalise};

impl Shell {
    pub(super) async fn cd_command(&mut self, fields: &[String]) -> Flow {
        let (mut physical, mut operands) = (false, arguments(fields));
        while let Some(letters) = operands.first().and_then(|a| a.strip_prefix('-')).filter(|l| !l.is_empty()) {
            operands = arguments(operands);
            if letters == "-" {
                break;
            }
            match letters.chars().find(|c| !"LPe@".contains(*c)) {
                Some(letter) if self.is_bash() => {
                    self.complain(&format!("-{letter}: invalid option")).await;
                    return self.usage("[-L|[-P [-e]] [-@]] [dir]").await;
                }
                Some(letter) => return self.builtin_error(&format!("illegal option -{letter}"), 2).await,
                None => physical = letters.ends_with('P'),
            }
        }
        if operands.len() > 1 && self.is_bash() {
            self.complain("too many arguments").await;
            return Ok(1);
        }
        let (mut show, mut found) = (false, None);
        let target = match operands.first().map(String::as_str) {
            None => match self.get("HOME") {
                Some(home) => home.to_string(),
                None if self.is_bash() => return self.builtin_error("HOME not set", 1).await,
                None => return Ok(0),
            },
            Some("-") => match self.get("OLDPWD") {
                Some(old) => {
                    show = true;
                    old.to_string()
                }
                None if self.is_bash() => return self.builtin_error("OLDPWD not set", 1).await,
                None => {
                    show = true;
                    self.directory()
                }
            },
            Some(path) => {
                found = self.cd_path(path);
                show = found.is_some();
                path.to_owned()
            }
        };
        if target.is_empty() {
            return Ok(0);
        }
        let path = found.unwrap_or_else(|| target.clone());
        match self.change_directory(&path, physical) {
            Ok(now) => {
                if show {
                    return self.say(&format!("{now}\n")).await;
                }
                Ok(0)
            }
            Err(errno) => {
                let text = match self.is_bash() {
                    true => format!("{target}: {errno}"),
                    false => format!("can't cd to {target}: {errno}"),
                };
                self.builtin_error(&text, 1).await
            }
        }
    }

    /// The directory that `CDPATH` finds for a relative path.
    fn cd_path(&self, path: &str) -> Option<String> {
        if path.starts_with(['/', '.']) {
            return None;
        }
        let all = self.get("CDPATH")?;
        let tried = all.split(':').filter(|dir| !dir.is_empty() && *dir != ".").map(|dir| join(dir, path));
        tried.into_iter().find(|dir| self.sys.is_dir(dir))
    }

    fn change_directory(&mut self, path: &str, physical: bool) -> Result<String, Errno> {
        let before = self.directory();
        let target = if physical { self.sys.real_path(path)? } else { normalise(&join(&before, path)) };
        // `..` behind a link goes back to where the link is, unless that isn't there any more.
        match self.sys.chdir(&target) {
            Err(Errno::NoEnt) if !physical => self.sys.chdir(path)?,
            other => other?,
        }
        let _ = self.set("OLDPWD", &before);
        let _ = self.set("PWD", &target);
        if self.is_bash() {
            for name in ["PWD", "OLDPWD"] {
                let _ = self.change(name, |variable| variable.exported = true);
            }
        }
        Ok(target)
    }

    /// The working directory as the shell came there: `PWD`, if it is still true.
    pub(in crate::shell) fn directory(&self) -> String {
        let real = self.sys.cwd();
        match self.get("PWD") {
            Some(path) if path.starts_with('/') && self.sys.real_path(&path).is_ok_and(|p| *p == *real) => {
                path.to_string()
            }
            _ => real.to_string(),
        }
    }

    pub(super) async fn pwd_command(&mut self, fields: &[String]) -> Flow {
        let physical = arguments(fields).last().is_some_and(|a| a == "-P");
        let path = if physical { self.sys.cwd().to_string() } else { self.directory() };
        self.say(&format!("{path}\n")).await
    }

    pub(super) async fn umask_command(&mut self, fields: &[String]) -> Flow {
        let mask = self.sys.me(|p| p.umask).unwrap_or(0o022);
        let operands = arguments(fields);
        let symbolic = operands.first().is_some_and(|a| a == "-S");
        let Some(text) = operands.iter().find(|a| !a.starts_with('-')) else {
            let text = if symbolic { symbols(mask) } else { format!("{mask:04o}") };
            return self.say(&format!("{text}\n")).await;
        };
        let new = match u16::from_str_radix(text, 8) {
            Ok(mask) if mask <= 0o777 => Some(mask),
            Ok(_) => None,
            Err(_) => symbolic_mask(text, mask),
        };
        match new {
            Some(mask) => {
                self.sys.me_mut(|p| p.umask = mask);
                Ok(0)
            }
            None if self.is_bash() && text.starts_with(|c: char| c.is_ascii_digit()) => {
                self.builtin_error(&format!("{text}: octal number out of range"), 1).await
            }
            None if self.is_bash() => {
                let operator = text.chars().next().unwrap_or(' ');
                self.builtin_error(&format!("`{operator}': invalid symbolic mode operator"), 1).await
            }
            None => self.builtin_error(&format!("illegal mode: {text}"), 1).await,
        }
    }
}

fn symbols(mask: u16) -> String {
    let allowed = !mask & 0o777;
    let class = |shift: u16| {
        let bits = allowed >> shift & 7;
        [(4, 'r'), (2, 'w'), (1, 'x')].iter().filter(|(bit, _)| bits & bit != 0).map(|(_, c)| *c).collect::<String>()
    };
    format!("u={},g={},o={}", class(6), class(3), class(0))
}

/// `u=rwx,g+w,o-r`: what is allowed, so the mask's complement.
fn symbolic_mask(text: &str, mask: u16) -> Option<u16> {
    let mut allowed = !mask & 0o777;
    for clause in text.split(',') {
        let at = clause.find(['=', '+', '-'])?;
        let (who, rest) = clause.split_at_checked(at)?;
        let mut chars = rest.chars();
        let op = chars.next()?;
        let mut classes = 0_u16;
        for c in who.chars() {
            classes |= match c {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                'a' => 0o777,
                _ => return None,
            };
        }
        if who.is_empty() {
            classes = 0o777;
        }
        let mut bits = 0_u16;
        for c in chars {
            bits |= match c {
                'r' => 0o444,
                'w' => 0o222,
                'x' | 'X' => 0o111,
                _ => return None,
            };
        }
        match op {
            '=' => allowed = allowed & !classes | bits & classes,
            '+' => allowed |= bits & classes,
            _ => allowed &= !(bits & classes),
        }
    }
    Some(!allowed & 0o777)
}

//! Variables: plain, arrays, special ones, and the environment.

use super::arithmetic::{ArithmeticError, Variables, evaluate};
use super::interpreter::{Halt, Shell};
use crate::model::shell::Variable;
use crate::model::{Map, Text, limits};

impl Shell {
    /// The value of a variable, a positional or a special parameter; an array's first element.
    pub fn get(&self, name: &str) -> Option<Text> {
        if let Some(value) = self.special(name) {
            return Some(value);
        }
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            let index: usize = name.parse().ok()?;
            return match index {
                0 => Some(self.look(|s| s.name.clone()).into()),
                _ => self.look(|s| s.positional.get(index - 1).map(|text| Text::from(text.as_str()))),
            };
        }
        self.look(|s| s.variables.get(name).and_then(|v| value_of(v, 0)))
    }

    /// Parameters that are made up when they are read.
    fn special(&self, name: &str) -> Option<Text> {
        let text = match name {
            "?" => self.status().to_string(),
            "#" => self.look(|s| s.positional.len()).to_string(),
            "$" => self.look(|s| s.pid).to_string(),
            "!" => return self.look(|s| s.last_background).map(|pid| pid.to_string().into()),
            "-" => self.flags(),
            "LINENO" => self.look(|s| s.line).to_string(),
            "RANDOM" => self.sys.world(|w| w.random.below(32_768)).to_string(),
            "SECONDS" if self.is_bash() => self.sys.now().since(self.look(|s| s.started)).as_secs().to_string(),
            "BASHPID" if self.is_bash() => self.sys.nspid().to_string(),
            "EPOCHSECONDS" if self.is_bash() => self.sys.now().epoch().0.to_string(),
            "UID" | "EUID" if self.is_bash() => self.sys.user().uid.to_string(),
            "PIPESTATUS" if self.is_bash() => self.look(|s| s.pipe_status.first().copied())?.to_string(),
            "FUNCNEST" => return None,
            _ => return None,
        };
        Some(text.into())
    }

    /// What `$-` says.
    fn flags(&self) -> String {
        let (options, interactive) = self.look(|s| (s.options.clone(), s.interactive));
        let mut text: String = options.chars().filter(|c| *c != '|' && c.is_alphabetic()).collect();
        if self.is_bash() {
            text.push_str(if interactive { "himBHs" } else { "hB" });
        }
        match self.source {
            super::Source::Argument => text.push('c'),
            super::Source::Input => text.push('s'),
            _ => {}
        }
        text
    }

    /// An element of an array, or the value of a plain variable for index 0.
    pub fn element(&self, name: &str, index: i64) -> Option<Text> {
        if name == "PIPESTATUS" {
            let at = usize::try_from(index).ok()?;
            return self.look(|s| s.pipe_status.get(at).map(|status| status.to_string().into()));
        }
        if index < 0 {
            let last = self.elements(name).last().map(|(at, _)| *at)?;
            return self.element_at(name, last + 1 + index);
        }
        self.element_at(name, index)
    }

    fn element_at(&self, name: &str, index: i64) -> Option<Text> {
        if index == 0
            && let Some(value) = self.special(name)
        {
            return Some(value);
        }
        self.look(|s| s.variables.get(name).and_then(|v| value_of(v, index)))
    }

    /// The elements of an array with their indices; a plain variable is an array of one.
    pub fn elements(&self, name: &str) -> Vec<(i64, Text)> {
        if name == "PIPESTATUS" {
            return self.look(|s| {
                s.pipe_status.iter().enumerate().map(|(i, status)| (i as i64, status.to_string().into())).collect()
            });
        }
        self.look(|s| match s.variables.get(name) {
            Some(Variable { elements: Some(elements), .. }) => elements.iter().map(|(i, v)| (*i, v.clone())).collect(),
            Some(Variable { value: Some(value), .. }) => vec![(0, value.clone())],
            _ => Vec::new(),
        })
    }

    /// Assigns a variable, or says why not.
    pub fn set(&self, name: &str, value: &str) -> Result<(), String> {
        self.change(name, |variable| match &mut variable.elements {
            Some(elements) => {
                elements.insert(0, value.into());
            }
            None => variable.value = Some(value.into()),
        })
    }

    /// Assigns an element.
    pub fn set_element(&self, name: &str, index: i64, value: &str) -> Result<(), String> {
        let index = if index < 0 { self.elements(name).last().map_or(0, |(last, _)| last + 1) + index } else { index };
        if index < 0 {
            return Err(format!("{name}[{index}]: bad array subscript"));
        }
        self.change(name, |variable| {
            let old = variable.value.take();
            let elements = variable.elements.get_or_insert_with(|| old.into_iter().map(|v| (0, v)).collect());
            elements.insert(index, value.into());
        })
    }

    /// Assigns a whole array.
    pub fn set_array(&self, name: &str, elements: Map<i64, Text>) -> Result<(), String> {
        self.change(name, |variable| {
            variable.value = None;
            variable.elements = Some(elements);
        })
    }

    /// Changes a variable, making it if need be.
    pub fn change(&self, name: &str, f: impl FnOnce(&mut Variable)) -> Result<(), String> {
        let refused = self.look(|s| s.variables.get(name).is_some_and(|v| v.readonly));
        if refused {
            return Err(match self.dialect {
                super::Dialect::Bash => format!("{name}: readonly variable"),
                super::Dialect::Ash => format!("{name}: is read only"),
            });
        }
        let all = self.option('a');
        self.state(|s| {
            let mut variable = s.variables.get(name).cloned().unwrap_or_default();
            f(&mut variable);
            variable.exported |= all;
            s.variables.insert(name.into(), variable);
            if name == "OPTIND" {
                s.getopts = 0;
            }
        });
        Ok(())
    }

    /// Removes a variable, or says why not.
    pub fn unset(&self, name: &str) -> Result<(), String> {
        let refused = self.look(|s| s.variables.get(name).is_some_and(|v| v.readonly));
        if refused {
            return Err(match self.dialect {
                super::Dialect::Bash => format!("{name}: cannot unset: readonly variable"),
                super::Dialect::Ash => format!("{name}: is read only"),
            });
        }
        self.state(|s| s.variables.remove(name));
        Ok(())
    }

    /// Covers a variable until the function returns.
    pub fn make_local(&self, name: &str) {
        self.state(|s| {
            let before = s.variables.get(name).cloned();
            let Some(scope) = s.scopes.last_mut() else { return };
            if scope.contains_key(name) {
                return;
            }
            scope.insert(name.into(), before.clone());
            let exported = before.is_some_and(|v| v.exported);
            s.variables.insert(name.into(), Variable { exported, ..Variable::default() });
        });
    }

    /// Ends a function's scope.
    pub(super) fn leave_scope(&self) {
        self.state(|s| {
            for (name, before) in &s.scopes.pop().unwrap_or_default() {
                match before {
                    Some(variable) => s.variables.insert(name.clone(), variable.clone()),
                    None => s.variables.remove(name),
                };
            }
        });
    }

    /// The variables that a program gets.
    pub(super) fn environment(&self) -> Map<Text, Text> {
        // Mostly it is what the shell itself was given.
        let own = self.sys.environment();
        self.look(|s| {
            let exported = || {
                let exported = s.variables.iter().filter(|(_, v)| v.exported);
                exported.filter_map(|(name, v)| Some((name.clone(), value_of(v, 0)?)))
            };
            let same = exported().eq(own.iter().map(|(name, value)| (name.clone(), value.clone())));
            if same { own } else { exported().collect() }
        })
    }

    /// The value of an arithmetic expression; `command` is what bash names in its complaint.
    pub(super) async fn arithmetic(&mut self, text: &str, command: &str) -> Result<i64, Result<String, Halt>> {
        self.sys.burn(1 + text.len() as u64 / 64).await;
        let dialect = self.dialect;
        let strict = self.option('u');
        let mut scope = Scope { shell: self, strict };
        evaluate(text, dialect, &mut scope).map_err(|error| Ok(error.message(dialect, command)))
    }
}

/// Bytes that a shell holds besides large values.
const OWN: u64 = 600 << 10;
/// From this length on values are counted.
const LARGE: usize = 32 << 10;

impl Shell {
    /// Claims the memory for one more value of some length: the value, and the buffer that it was put together
    /// in, which doubles as it grows. False if the machine can't hold it. A container with a limit of its own
    /// meets that instead, since a value that outgrows the machine outgrows the container, too.
    pub(super) async fn make_room(&self, length: usize) -> bool {
        if length < LARGE {
            return true;
        }
        let held: usize = self.look(|s| s.variables.values().map(|v| v.value.as_ref().map_or(0, |v| v.len())).sum());
        let fits = length <= limits::VALUE_BYTES && held + length <= limits::VALUES_BYTES;
        if fits {
            self.sys.hold_memory(OWN + (held + 4 * length) as u64).await;
            self.sys.hold_memory(OWN + (held + length) as u64).await;
        } else {
            self.outgrow().await;
        }
        fits
    }

    /// What can't be held here takes all the memory that the container may have.
    pub(super) async fn outgrow(&self) {
        if let Some(limit) = self.sys.memory_limit() {
            self.sys.hold_memory(limit + 1).await;
        }
    }
}

/// A string as long as strings may be.
pub(super) fn too_long(length: usize) -> bool {
    length > limits::STRING_BYTES
}

fn value_of(variable: &Variable, index: i64) -> Option<Text> {
    match &variable.elements {
        Some(elements) => elements.get(&index).cloned(),
        None if index == 0 => variable.value.clone(),
        None => None,
    }
}

/// The variables as arithmetic sees them.
struct Scope<'a> {
    shell: &'a Shell,
    strict: bool,
}

impl Variables for Scope<'_> {
    fn get(&mut self, name: &str, index: Option<i64>) -> Result<Option<String>, ArithmeticError> {
        let value = match index {
            Some(index) => self.shell.element(name, index),
            None => self.shell.get(name),
        };
        if value.is_none() && self.strict {
            let what = if self.shell.is_bash() { "unbound variable" } else { "parameter not set" };
            return Err(ArithmeticError::Refused(format!("{name}: {what}")));
        }
        Ok(value.map(|text| text.to_string()))
    }

    fn set(&mut self, name: &str, index: Option<i64>, value: i64) -> Result<(), ArithmeticError> {
        let text = value.to_string();
        match index {
            Some(index) => self.shell.set_element(name, index, &text),
            None => self.shell.set(name, &text),
        }
        .map_err(ArithmeticError::Refused)
    }
}

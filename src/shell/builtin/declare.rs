//! `export`, `readonly`, `local`, `declare`, `unset`

use super::super::grammar::is_name;
use super::super::interpreter::{Flow, Shell};
use super::arguments;
use crate::model::Text;
use crate::model::shell::Variable;

impl Shell {
    /// `export` and `readonly`
    pub(super) async fn export_command(&mut self, fields: &[String]) -> Flow {
        let exports = fields.first().is_some_and(|name| name == "export");
        let (mut removes, mut operands) = (false, arguments(fields));
        while let Some(letters) = operands.first().and_then(|a| a.strip_prefix('-')) {
            operands = arguments(operands);
            if letters == "-" {
                break;
            }
            if let Some(letter) = letters.chars().find(|c| !"npfa".contains(*c)) {
                let text = self.bad_option(letter);
                let text = if self.is_bash() { format!("{text}: invalid option") } else { text };
                return self.builtin_error(&text, 2).await;
            }
            removes |= letters.contains('n');
        }
        if operands.is_empty() {
            return self.list_variables(if exports { "export" } else { "readonly" }).await;
        }
        let mut status = 0;
        for operand in operands {
            let flags = move |v: &mut Variable| {
                if exports {
                    v.exported = !removes;
                } else {
                    v.readonly = true;
                }
            };
            if let Err(flow) = self.declare_one(operand, flags).await {
                status = flow?;
            }
        }
        Ok(status)
    }

    fn bad_option(&self, letter: char) -> String {
        if self.is_bash() { format!("-{letter}") } else { format!("illegal option -{letter}") }
    }

    /// Assigns `name=value` if there is a value, and sets flags.
    async fn declare_one(&mut self, operand: &str, flags: impl FnOnce(&mut Variable)) -> Result<(), Flow> {
        let (name, value) = match operand.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (operand, None),
        };
        let (name, append) = match name.strip_suffix('+') {
            Some(name) if value.is_some() && self.is_bash() => (name, true),
            _ => (name, false),
        };
        if !is_name(name) {
            let text = match self.is_bash() {
                true => format!("`{operand}': not a valid identifier"),
                false => format!("{name}: bad variable name"),
            };
            return Err(self.builtin_error(&text, 1).await);
        }
        let value = value.map(|value| match append {
            true => format!("{}{value}", self.get(name).unwrap_or_else(|| "".into())),
            false => value.to_owned(),
        });
        if let Some(value) = value
            && let Err(message) = self.set(name, &value)
        {
            let builtin = if self.is_bash() { self.builtin.take() } else { None };
            let flow = self.builtin_error(&message, 1).await;
            self.builtin = builtin;
            return Err(flow);
        }
        // A flag may be put on a variable that can't be assigned.
        self.state(|s| {
            let mut variable = s.variables.get(name).cloned().unwrap_or_default();
            flags(&mut variable);
            s.variables.insert(name.into(), variable);
        });
        Ok(())
    }

    /// The exported or read-only variables, or all of them, as commands that would make them.
    async fn list_variables(&mut self, kind: &str) -> Flow {
        let all = self.look(|s| s.variables.clone());
        let mut text = String::new();
        for (name, variable) in &all {
            let shown = match kind {
                "export" => variable.exported,
                "readonly" => variable.readonly,
                _ => true,
            };
            if shown && self.is_bash() {
                text.push_str(&format!("{}\n", declaration(name, variable)));
            } else if shown {
                let value = variable.value.as_deref().map(|v| format!("={}", super::alias::in_quotes(v)));
                text.push_str(&format!("{kind} {name}{}\n", value.unwrap_or_default()));
            }
        }
        self.say(&text).await
    }

    pub(super) async fn local_command(&mut self, fields: &[String]) -> Flow {
        if self.look(|s| s.scopes.is_empty()) {
            let text = if self.is_bash() { "can only be used in a function" } else { "not in a function" };
            return self.builtin_error(text, 1).await;
        }
        self.declare_with(arguments(fields), true).await
    }

    pub(super) async fn declare_command(&mut self, fields: &[String]) -> Flow {
        let inside = self.look(|s| !s.scopes.is_empty());
        self.declare_with(arguments(fields), inside).await
    }

    async fn declare_with(&mut self, mut operands: &[String], local: bool) -> Flow {
        let mut flags = String::new();
        while let Some(letters) = operands.first().and_then(|a| a.strip_prefix(['-', '+'])) {
            if operands.first().is_some_and(|a| a.starts_with('+')) {
                flags.push('+');
            }
            flags.push_str(letters);
            operands = arguments(operands);
        }
        if let Some(letter) = flags.chars().find(|c| "AinluItc".contains(*c)) {
            self.sys.eprint(&format!("layerlab: declare -{letter} is not simulated\n")).await;
            return Ok(1);
        }
        if flags.contains(['p', 'f', 'F']) {
            return self.show_declarations(&flags, operands).await;
        }
        if operands.is_empty() {
            return self.list_variables("declare").await;
        }
        let local = local && !flags.contains('g');
        let removes = flags.contains('+');
        let mut status = 0;
        for operand in operands {
            let name = operand.split('=').next().unwrap_or_default().trim_end_matches('+');
            if local && is_name(name) {
                self.make_local(name);
            }
            let flags = flags.clone();
            let change = move |v: &mut Variable| {
                if flags.contains('x') {
                    v.exported = !removes;
                }
                if flags.contains('r') {
                    v.readonly = true;
                }
                if flags.contains('a') && v.elements.is_none() {
                    v.elements = Some(v.value.take().into_iter().map(|value| (0, value)).collect());
                }
            };
            if let Err(flow) = self.declare_one(operand, change).await {
                status = flow?;
            }
        }
        Ok(status)
    }

    async fn show_declarations(&mut self, flags: &str, operands: &[String]) -> Flow {
        let functions = flags.contains(['f', 'F']);
        let names: Vec<Text> = match (operands.is_empty(), functions) {
            (false, _) => operands.iter().map(|name| name.as_str().into()).collect(),
            (true, true) => self.look(|s| s.functions.keys().cloned().collect()),
            (true, false) => self.look(|s| s.variables.keys().cloned().collect()),
        };
        let mut status = 0;
        for name in names {
            let text = if functions {
                let known = self.look(|s| s.functions.contains_key(&name));
                match (known, flags.contains('F'), operands.is_empty()) {
                    (true, true, true) => Some(format!("declare -f {name}")),
                    (true, true, false) => Some(name.to_string()),
                    (true, false, _) => self.function_text(&name),
                    _ => None,
                }
            } else {
                self.look(|s| s.variables.get(&name).map(|v| declaration(&name, v)))
            };
            match text {
                Some(text) => {
                    self.say(&format!("{text}\n")).await?;
                }
                None if functions => status = 1,
                None => {
                    self.complain(&format!("{name}: not found")).await;
                    status = 1;
                }
            }
        }
        Ok(status)
    }

    pub(super) async fn unset_command(&mut self, fields: &[String]) -> Flow {
        let (mut functions, mut variables) = (false, false);
        let mut operands = arguments(fields);
        while let Some(letters) = operands.first().and_then(|a| a.strip_prefix('-')) {
            functions |= letters.contains('f');
            variables |= letters.contains('v');
            operands = arguments(operands);
        }
        let mut status = 0;
        for operand in operands {
            if functions {
                self.state(|s| s.functions.remove(operand.as_str()));
                continue;
            }
            if let Some((name, index)) = operand.strip_suffix(']').and_then(|text| text.split_once('[')) {
                self.unset_element(name, index).await;
                continue;
            }
            if !is_name(operand) {
                if !self.is_bash() {
                    return self.builtin_error(&format!("{operand}: bad variable name"), 2).await;
                }
                continue;
            }
            let known = self.look(|s| s.variables.contains_key(operand.as_str()));
            if let Err(message) = self.unset(operand) {
                status = self.builtin_error(&message, 1).await?;
            } else if !known && !variables && self.is_bash() {
                self.state(|s| s.functions.remove(operand.as_str()));
            }
        }
        Ok(status)
    }

    async fn unset_element(&mut self, name: &str, index: &str) {
        let Ok(at) = self.arithmetic(index, "").await else { return };
        self.state(|s| {
            let Some(mut variable) = s.variables.get(name).cloned() else { return };
            if let Some(elements) = &mut variable.elements {
                elements.remove(&at);
                s.variables.insert(name.into(), variable);
            }
        });
    }
}

/// A variable as `declare -p` shows it.
fn declaration(name: &str, variable: &Variable) -> String {
    let mut flags = String::new();
    for (set, letter) in [(variable.elements.is_some(), 'a'), (variable.readonly, 'r'), (variable.exported, 'x')] {
        if set {
            flags.push(letter);
        }
    }
    if flags.is_empty() {
        flags.push('-');
    }
    let value = match (&variable.elements, &variable.value) {
        (Some(elements), _) => {
            let all: Vec<String> = elements.iter().map(|(i, v)| format!("[{i}]={}", doubled(v))).collect();
            format!("=({})", all.join(" "))
        }
        (None, Some(value)) => format!("={}", doubled(value)),
        (None, None) => String::new(),
    };
    format!("declare -{flags} {name}{value}")
}

/// A value in double quotes.
fn doubled(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

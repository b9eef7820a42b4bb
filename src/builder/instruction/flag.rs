//! Flags of instructions.

use crate::builder::suggest;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `--link`, `--link=true`.
    Bool,
    Text,
    /// May come several times.
    Texts,
}

/// The flags that were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags(Vec<(String, String)>);

impl Flags {
    pub fn text(&self, name: &str) -> String {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    pub fn texts(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    pub fn is(&self, name: &str) -> bool {
        self.text(name) == "true"
    }
}

/// Reads flags by the table of an instruction.
pub fn read(given: &[String], table: &[(&str, Takes)]) -> Result<Flags, String> {
    let mut flags = Flags::default();
    for word in given {
        let Some(bare) = word.strip_prefix("--") else { return Err(format!("arg should start with -- : {word}")) };
        let (name, value) = bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value)));
        let Some((_, takes)) = table.iter().find(|(known, _)| *known == name) else {
            let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
            return Err(suggest::with(format!("unknown flag: --{name}"), name, &names, true));
        };
        if *takes != Takes::Texts && flags.0.iter().any(|(known, _)| known == name) {
            return Err(format!("duplicate flag specified: --{name}"));
        }
        let missing = || format!("missing a value on flag: --{name}");
        let value = match (takes, value) {
            (Takes::Bool, None) => "true".to_string(),
            (Takes::Bool, Some("")) | (_, None) => return Err(missing()),
            (Takes::Bool, Some(value)) => match value.to_lowercase().as_str() {
                known @ ("true" | "false") => known.to_string(),
                _ => return Err(format!("expecting boolean value for flag --{name}, not: {value}")),
            },
            (_, Some(value)) => value.to_string(),
        };
        flags.0.push((name.to_string(), value));
    }
    Ok(flags)
}

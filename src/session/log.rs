//! The operation log: a closed, versioned list of inputs. Nothing else changes a World.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::limits;

/// The version of the log's form that this machine writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// What a machine starts with.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Boot {
    pub version: u32,
    pub seed: u64,
    /// The version of the catalogue of images that the log was made with.
    pub catalogue: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<Lesson>,
    /// The working directory, below the learner's home; `files` are in it.
    pub directory: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<HomeFile>,
    /// Images that the engine has already pulled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
    /// Commands that have run before the learner sits down, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<String>,
    /// How the machine's switches stand then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switches: Vec<Switch>,
    pub console: Console,
}

/// Which lesson is open, and a hash of its text, so that a changed lesson can be told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Lesson {
    pub id: String,
    pub hash: String,
}

/// A file of the working directory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HomeFile {
    /// Relative to the working directory.
    pub path: String,
    pub content: Content,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

/// A file's content in the log: text where it is text, else hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    Text(String),
    Hex(String),
}

impl Content {
    pub fn new(bytes: &[u8]) -> Content {
        match std::str::from_utf8(bytes) {
            Ok(text) => Content::Text(text.to_string()),
            Err(_) => Content::Hex(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        }
    }

    /// The content; digits that are no hexadecimal byte are left out.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Content::Text(text) => text.clone().into_bytes(),
            Content::Hex(digits) => {
                let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                digits.as_bytes().chunks(2).filter_map(pair).collect()
            }
        }
    }
}

/// What the learner's shell is connected to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Console {
    /// A terminal for everything.
    Screen { rows: u16, columns: u16 },
    /// A terminal without echo for input, two streams for output: a script's run.
    Streams,
    /// No shell: commands are run one by one.
    None,
}

impl Default for Boot {
    fn default() -> Boot {
        Boot {
            version: VERSION,
            seed: 1,
            catalogue: 1,
            lesson: None,
            directory: super::host::PROJECT.to_string(),
            files: Vec::new(),
            images: Vec::new(),
            setup: Vec::new(),
            switches: Vec::new(),
            console: Console::Screen { rows: 24, columns: 80 },
        }
    }
}

/// A key that is no text.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// ^C
    Interrupt,
    /// ^D
    End,
    /// ^Z
    Suspend,
    /// ^\
    Quit,
}

impl Key {
    pub fn byte(self) -> u8 {
        match self {
            Key::Interrupt => 0x03,
            Key::End => 0x04,
            Key::Suspend => 0x1a,
            Key::Quit => 0x1c,
        }
    }
}

/// A switch of the machine.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    /// Whether the registry can be reached.
    Network(bool),
    /// The top layer of an image loses its files.
    Damage(String),
    /// Whether what the registry sends comes slowly.
    Slow(bool),
    /// Whether the machine's disk has no room left.
    Full(bool),
    /// Whether a program of the machine itself has a port.
    Port { port: u16, taken: bool },
}

/// One entry of the log.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    /// Always the first entry, and only that.
    Boot(Box<Boot>),
    /// A line typed at a prompt: an operation.
    Line(String),
    /// A line typed at anything else that reads the terminal.
    Stdin(String),
    Key(Key),
    /// A file saved in the page's editor: an operation. The path is absolute.
    Edit {
        path: String,
        content: Content,
    },
    Resize {
        rows: u16,
        columns: u16,
    },
    /// An operation.
    Switch(Switch),
    /// An address that the learner's browser is to open.
    Browse(String),
    /// What the learner said to a question of the lesson (`step/number`): nothing that the machine knows of.
    Answer {
        question: String,
        given: String,
    },
    /// Nanoseconds that passed.
    Elapsed(u64),
    /// Goes back to before the last operation.
    Undo,
    /// Takes the last step back forward again.
    Redo,
    /// Goes back to when so many operations were done.
    Back(usize),
}

impl Input {
    /// Whether it begins an operation: a step of the timeline that undo takes back.
    pub fn is_operation(&self) -> bool {
        matches!(self, Input::Line(_) | Input::Edit { .. } | Input::Switch(_))
    }

    /// Whether it moves in the history instead of the machine.
    pub fn is_history(&self) -> bool {
        matches!(self, Input::Undo | Input::Redo | Input::Back(_))
    }
}

/// Why an input was not taken. The log and the machine are as before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// A line of so many bytes.
    LineTooLong(usize),
    /// A file of so many bytes.
    FileTooLarge(usize),
    LogFull,
    /// Nothing to undo, to redo, or no such step.
    NoStep,
    /// A second `Boot`.
    Booted,
    /// The path of an edit leads to no file that the learner may write.
    Edit(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::LineTooLong(bytes) => {
                write!(f, "layerlab: a line of {bytes} bytes is too long (limit: {})", limits::LINE_BYTES)
            }
            Refusal::FileTooLarge(bytes) => {
                write!(f, "layerlab: a file of {bytes} bytes is too large (limit: {})", limits::FILE_BYTES)
            }
            Refusal::LogFull => {
                write!(f, "layerlab: the session's log is full (limit: {} entries)", limits::LOG_ENTRIES)
            }
            Refusal::NoStep => f.write_str("layerlab: there is no such step"),
            Refusal::Booted => f.write_str("layerlab: the machine is already booted"),
            Refusal::Edit(why) => write!(f, "layerlab: {why}"),
        }
    }
}

/// Why a saved session could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LoadError {
    Syntax(String),
    /// Made by a newer machine.
    Version(u32),
    /// It does not begin with `Boot`.
    NoBoot,
    TooLong(usize),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Syntax(error) => write!(f, "layerlab: this is no session: {error}"),
            LoadError::Version(version) => {
                write!(f, "layerlab: the session has form {version}, this machine reads up to {VERSION}")
            }
            LoadError::NoBoot => f.write_str("layerlab: the session does not begin with a boot"),
            LoadError::TooLong(entries) => {
                write!(f, "layerlab: a session of {entries} entries is too long (limit: {})", limits::LOG_ENTRIES)
            }
        }
    }
}

/// The log as JSON, an array of inputs.
pub fn save(log: &[Input]) -> String {
    serde_json::to_string(log).unwrap_or_default()
}

pub fn load(text: &str) -> Result<Vec<Input>, LoadError> {
    let log: Vec<serde_json::Value> =
        serde_json::from_str(text).map_err(|error| LoadError::Syntax(error.to_string()))?;
    if log.len() > limits::LOG_ENTRIES {
        return Err(LoadError::TooLong(log.len()));
    }
    // The version comes first: a newer form need not be readable at all.
    let version = log.first().and_then(|first| first.get("boot")?.get("version")?.as_u64()).ok_or(LoadError::NoBoot)?;
    if version > u64::from(VERSION) {
        return Err(LoadError::Version(u32::try_from(version).unwrap_or(u32::MAX)));
    }
    let inputs = log.into_iter().map(serde_json::from_value).collect::<Result<Vec<Input>, _>>();
    let inputs = inputs.map_err(|error| LoadError::Syntax(error.to_string()))?;
    check(&inputs)?;
    Ok(inputs)
}

/// Whether inputs are a log that this machine can replay.
pub(super) fn check(inputs: &[Input]) -> Result<(), LoadError> {
    if inputs.len() > limits::LOG_ENTRIES {
        return Err(LoadError::TooLong(inputs.len()));
    }
    match inputs.split_first() {
        Some((Input::Boot(boot), _)) if boot.version > VERSION => Err(LoadError::Version(boot.version)),
        Some((Input::Boot(_), rest)) if !rest.iter().any(|input| matches!(input, Input::Boot(_))) => Ok(()),
        _ => Err(LoadError::NoBoot),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_survives_being_saved() {
        let log = vec![
            Input::Boot(Box::default()),
            Input::Line("echo \"x\"".into()),
            Input::Key(Key::Interrupt),
            Input::Edit { path: "/home/learner/a".into(), content: Content::new(&[0xff, 0, 7]) },
            Input::Switch(Switch::Network(false)),
            Input::Switch(Switch::Port { port: 80, taken: true }),
            Input::Answer { question: "one/1".into(), given: "2".into() },
            Input::Elapsed(12),
            Input::Undo,
            Input::Back(3),
        ];
        let text = save(&log);
        assert!(text.contains(r#"{"line":"echo \"x\""},{"key":"interrupt"}"#), "{text}");
        assert_eq!(load(&text), Ok(log));
    }

    #[test]
    fn what_is_no_log_is_refused() {
        assert!(matches!(load("{"), Err(LoadError::Syntax(_))));
        assert_eq!(load("[]"), Err(LoadError::NoBoot));
        assert_eq!(load(r#"[{"line":"ls"}]"#), Err(LoadError::NoBoot));
        assert_eq!(load(r#"[{"boot":{"version":99}}]"#), Err(LoadError::Version(99)));
        let boot = save(&[Input::Boot(Box::default())]);
        let unknown = format!("{},{{\"fly\":1}}]", boot.trim_end_matches(']'));
        assert!(matches!(load(&unknown), Err(LoadError::Syntax(_))), "{unknown}");
        let many = format!("[{}]", vec!["\"undo\""; limits::LOG_ENTRIES + 1].join(","));
        assert_eq!(load(&many), Err(LoadError::TooLong(limits::LOG_ENTRIES + 1)));
    }

    #[test]
    fn content_keeps_its_bytes() {
        for bytes in [b"plain\n".as_slice(), &[0, 255, 16], "Tiếng Việt".as_bytes()] {
            assert_eq!(Content::new(bytes).bytes(), bytes);
        }
    }
}

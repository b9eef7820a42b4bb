//! Errors with their stacks, and what is said of one that nobody catches.

use super::heap::{Id, Kind, Value};
use super::machine::{Frame, Machine};
use super::{Source, SyntaxError};

/// Lines of a stack (`Error.stackTraceLimit`).
const LINES: usize = 10;

/// An error that nobody caught.
#[derive(Clone, PartialEq, Debug)]
pub struct Report {
    /// The place of the throw: file, line, column and the line's text; none if it was thrown inside.
    pub place: Option<(String, usize, usize, String)>,
    /// How many columns are marked.
    pub width: usize,
    /// The error with its stack, or the value as it is shown.
    pub text: String,
    pub is_error: bool,
}

/// The source line numbers of Node.js releases that stacks show.
pub struct Loader {
    pub throw: u32,
    pub resolve: &'static str,
    pub load: &'static str,
    pub require: &'static [&'static str],
    pub compile: &'static [&'static str],
    pub main: &'static [&'static str],
    pub eval: &'static [&'static str],
    /// What `_resolveFilename` is called on.
    pub owner: &'static str,
}

macro_rules! loader {
    ($line:literal) => {
        concat!("(node:internal/modules/cjs/loader:", $line, ")")
    };
}

const V18: Loader = Loader {
    throw: 1143,
    resolve: loader!("1140:15"),
    load: loader!("981:27"),
    require: &[concat!("Module.require ", loader!("1231:19")), "require (node:internal/modules/helpers:177:18)"],
    compile: &[
        concat!("Module._compile ", loader!("1364:14")),
        concat!("Module._extensions..js ", loader!("1422:10")),
        concat!("Module.load ", loader!("1203:32")),
        concat!("Module._load ", loader!("1019:12")),
    ],
    main: &[
        "Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:128:12)",
        "node:internal/main/run_main_module:28:49",
    ],
    eval: &[
        "Script.runInThisContext (node:vm:122:12)",
        "Object.runInThisContext (node:vm:298:38)",
        "node:internal/process/execution:82:21",
        "[eval]-wrapper:6:24",
        "runScript (node:internal/process/execution:81:62)",
        "evalScript (node:internal/process/execution:103:10)",
        "node:internal/main/eval_string:30:3",
    ],
    owner: "Module",
};

const V20: Loader = Loader {
    throw: 1210,
    resolve: loader!("1207:15"),
    load: loader!("1038:27"),
    require: &[concat!("Module.require ", loader!("1289:19")), "require (node:internal/modules/helpers:182:18)"],
    compile: &[
        concat!("Module._compile ", loader!("1521:14")),
        concat!("Module._extensions..js ", loader!("1623:10")),
        concat!("Module.load ", loader!("1266:32")),
        concat!("Module._load ", loader!("1091:12")),
    ],
    main: &[
        "Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:164:12)",
        "node:internal/main/run_main_module:28:49",
    ],
    eval: &[
        "runScriptInThisContext (node:internal/vm:209:10)",
        "node:internal/process/execution:118:14",
        "[eval]-wrapper:6:24",
        "runScript (node:internal/process/execution:101:62)",
        "evalScript (node:internal/process/execution:133:3)",
        "node:internal/main/eval_string:51:3",
    ],
    owner: "Module",
};

const V22: Loader = Loader {
    throw: 1386,
    resolve: loader!("1383:15"),
    load: loader!("1192:37"),
    require: &[concat!("Module.require ", loader!("1463:12")), "require (node:internal/modules/helpers:147:16)"],
    compile: &[
        concat!("Module._compile ", loader!("1705:14")),
        concat!("Object..js ", loader!("1838:10")),
        concat!("Module.load ", loader!("1441:32")),
        concat!("Function._load ", loader!("1263:12")),
    ],
    main: &[
        "Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:171:5)",
        "node:internal/main/run_main_module:36:49",
    ],
    eval: V20.eval,
    owner: "Function",
};

/// The line numbers of a release, as near as they are known.
pub fn loader(version: &str) -> &'static Loader {
    match version.split('.').next() {
        Some("18") => &V18,
        Some("20") => &V20,
        _ => &V22,
    }
}

/// What stands below the frames of a script when a module is not found, the file named or required.
pub fn not_found(version: &str, script: &[String]) -> String {
    let loader = loader(version);
    let mut lines = vec![
        format!("{}._resolveFilename {}", loader.owner, loader.resolve),
        format!("{}._load {}", loader.owner, loader.load),
    ];
    if script.is_empty() {
        lines.extend(loader.main.iter().map(|line| (*line).to_string()));
    } else {
        lines.extend(loader.require.iter().map(|line| (*line).to_string()));
        lines.extend(script.iter().cloned());
    }
    lines.truncate(LINES);
    lines.into_iter().map(|line| format!("\n    at {line}")).collect()
}

impl Machine {
    /// An error of this kind, made where the code stands.
    pub fn error(&mut self, kind: &str, text: &str) -> Value {
        let constructor = self
            .heap
            .scope(self.globals)
            .and_then(|scope| scope.names.iter().find(|(name, ..)| **name == *kind).map(|(_, value, _)| value.clone()));
        let proto = match constructor {
            Some(Value::Object(id)) => self.heap.own(id, "prototype").cloned(),
            _ => None,
        };
        let proto = match proto {
            Some(Value::Object(id)) => id,
            _ => self.protos.error,
        };
        self.make_error(proto, text)
    }

    pub fn make_error(&mut self, proto: Id, text: &str) -> Value {
        let id = self.heap.add(Kind::Error("".into()), Some(proto));
        if !text.is_empty() {
            self.heap.hide(id, "message", Value::String(text.into()));
        }
        let lines: String = self.stack_lines().into_iter().map(|line| format!("\n    at {line}")).collect();
        let stack = format!("{}{lines}", self.error_title(id));
        if let Some(object) = self.heap.get_mut(id) {
            object.kind = Kind::Error(stack.into());
        }
        Value::Object(id)
    }

    /// The lines of a stack here, innermost first.
    pub fn stack_lines(&self) -> Vec<String> {
        let version = self.host.fact("version");
        let loader = loader(&version);
        let mut lines: Vec<String> = Vec::new();
        let own: Vec<&Frame> = self.frames.iter().rev().filter(|frame| !frame.code.source.name.is_empty()).collect();
        let last = own.len();
        for (at, frame) in own.into_iter().enumerate() {
            if lines.len() >= LINES {
                break;
            }
            let (line, column, _) = frame.code.source.place(self.place(frame));
            let place = format!("{}:{line}:{column}", frame.code.source.name);
            let is_module = frame.code.name.is_empty() && !frame.code.arrow && frame.code.length == 5;
            let is_script = frame.code.source.name.starts_with('[') && frame.code.length == 0 && at + 1 == last;
            let name = match &*frame.code.name {
                "" if is_module => "Object.<anonymous>".to_string(),
                "" if self.by_timer && at + 1 == last => "Timeout._onTimeout".to_string(),
                name if self.by_timer && at + 1 == last => format!("Timeout.{name} [as _onTimeout]"),
                name => self.method_name(frame, name),
            };
            lines.push(if name.is_empty() { place } else { format!("{name} ({place})") });
            if is_module {
                lines.extend(loader.compile.iter().map(|line| (*line).to_string()));
                let below = if at + 1 == last { loader.main } else { loader.require };
                lines.extend(below.iter().map(|line| (*line).to_string()));
            } else if is_script && !self.by_timer {
                lines.extend(loader.eval.iter().map(|line| (*line).to_string()));
            }
        }
        if self.by_timer {
            lines.push("listOnTimeout (node:internal/timers:569:17)".to_string());
            lines.push("process.processTimers (node:internal/timers:512:7)".to_string());
        }
        lines.truncate(LINES);
        lines
    }

    fn method_name(&self, frame: &Frame, name: &str) -> String {
        match &frame.this {
            Value::Object(id) if !name.is_empty() => match self.heap.get(*id).map(|object| &object.kind) {
                Some(Kind::Plain) => format!("Object.{name}"),
                Some(Kind::Array(_)) => format!("Array.{name}"),
                _ => name.to_string(),
            },
            _ => name.to_string(),
        }
    }

    fn place(&self, frame: &Frame) -> u32 {
        frame.code.places.get(frame.at.saturating_sub(1)).copied().unwrap_or(0)
    }

    /// What is said of a value that was thrown and not caught.
    pub fn report(&mut self, value: &Value) -> Report {
        let is_own = |frame: &&Frame| !frame.code.source.name.is_empty();
        let text = super::inspect(self, value);
        // A module that is not found is the loader's own throw; other inner throws are their callers'.
        let own = match self.frames.last() {
            Some(_) if text.contains("code: 'MODULE_NOT_FOUND'") => self.frames.last().filter(is_own),
            _ => self.frames.iter().rev().find(is_own),
        };
        let place = own.map(|frame| {
            let (line, column, text) = frame.code.source.place(self.place(frame));
            (frame.code.source.name.clone(), line, column, text.to_string())
        });
        let is_error = match value {
            Value::Object(id) => matches!(self.heap.get(*id).map(|object| &object.kind), Some(Kind::Error(_))),
            _ => false,
        };
        Report { place, width: 1, text, is_error }
    }
}

/// What is said of a text that is no script.
pub fn syntax(source: &Source, error: &SyntaxError, version: &str) -> Report {
    let (line, column, text) = source.place(error.at);
    let loader = loader(version);
    let below: Vec<&str> = if source.name.starts_with('[') {
        loader.eval.to_vec()
    } else {
        loader.compile.iter().chain(loader.main).copied().collect()
    };
    let below: String = below.into_iter().map(|line| format!("\n    at {line}")).collect();
    let place = Some((source.name.clone(), line, column, text.to_string()));
    let wrap = match version.starts_with("18.") {
        true if source.name.starts_with('[') => {
            "\n    at new Script (node:vm:100:7)\n    at createScript (node:vm:265:10)"
        }
        true => {
            "\n    at internalCompileFunction (node:internal/vm:76:18)\n    at wrapSafe (node:internal/modules/cjs/loader:1283:20)"
        }
        false if source.name.starts_with('[') => "\n    at makeContextifyScript (node:internal/vm:185:14)",
        false => "\n    at wrapSafe (node:internal/modules/cjs/loader:1464:18)",
    };
    Report {
        place,
        width: error.len as usize,
        text: format!("SyntaxError: {}{wrap}{below}", error.text),
        is_error: true,
    }
}

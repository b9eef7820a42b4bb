//! Scripts that were parsed before: a start script runs at every start of its container, a health check every few
//! seconds. Where no alias is in force the commands follow from the text alone, so they are kept, command by command,
//! as far as the script was run.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Dialect, Next, SyntaxError, next_command};

/// How many scripts are kept, and up to which length in bytes.
const SCRIPTS: usize = 32;
const BYTES: usize = 16 << 10;

pub(super) type Parsed = Rc<Result<Next, SyntaxError>>;

thread_local! {
    static KNOWN: RefCell<Vec<Rc<Script>>> = const { RefCell::new(Vec::new()) };
}

/// One text and its commands, from the first on.
pub(super) struct Script {
    dialect: Dialect,
    text: Box<str>,
    commands: RefCell<Vec<Parsed>>,
}

impl Script {
    /// The script of this text, as it is known.
    pub(super) fn of(text: &str, dialect: Dialect) -> Rc<Self> {
        KNOWN.with_borrow_mut(|known| {
            if let Some(script) = known.iter().find(|one| one.dialect == dialect && *one.text == *text) {
                return script.clone();
            }
            let script = Rc::new(Self { dialect, text: text.into(), commands: RefCell::default() });
            if text.len() <= BYTES {
                known.truncate(SCRIPTS - 1);
                known.insert(0, script.clone());
            }
            script
        })
    }

    /// Its command number `at`, which begins at `start` on line `line`; those before it were asked for.
    pub(super) fn command(&self, at: usize, start: usize, line: u32) -> Parsed {
        if let Some(known) = self.commands.borrow().get(at) {
            return known.clone();
        }
        let rest = self.text.get(start..).unwrap_or_default();
        let parsed = Rc::new(next_command(rest, line, self.dialect, &BTreeMap::new(), true));
        self.commands.borrow_mut().push(parsed.clone());
        parsed
    }
}

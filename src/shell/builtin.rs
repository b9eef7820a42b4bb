//! The commands that a shell runs itself.

mod alias;
mod control;
mod declare;
mod directory;
pub mod echo;
mod getopts;
mod hash;
mod job;
mod option;
pub mod printf;
mod read;
pub mod test;
mod trap;
mod types;

use super::Dialect;
use super::interpreter::{Flow, Running, Shell};

/// A builtin: the fields start with its name.
pub(super) type Builtin = for<'a> fn(&'a mut Shell, &'a [String]) -> Running<'a, Flow>;

/// Who knows a builtin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Both,
    Bash,
    Ash,
}

struct Entry {
    name: &'static str,
    known: Known,
    /// POSIX calls it special: functions don't cover it, and its errors end ash.
    special: bool,
    run: Builtin,
}

const fn both(name: &'static str, run: Builtin) -> Entry {
    Entry { name, known: Known::Both, special: false, run }
}

const fn special(name: &'static str, run: Builtin) -> Entry {
    Entry { name, known: Known::Both, special: true, run }
}

const fn bash(name: &'static str, run: Builtin) -> Entry {
    Entry { name, known: Known::Bash, special: false, run }
}

/// Every builtin, sorted by name.
const TABLE: &[Entry] = &[
    special(".", |s, a| Box::pin(s.source_command(a))),
    special(":", |_, _| Box::pin(async { Ok(0) })),
    both("[", |s, a| Box::pin(s.test_command(a))),
    Entry { name: "[[", known: Known::Ash, special: false, run: |s, a| Box::pin(s.test_command(a)) },
    both("alias", |s, a| Box::pin(s.alias_command(a))),
    both("bg", |s, a| Box::pin(s.bg_command(a))),
    bash("bind", unsimulated),
    special("break", |s, a| Box::pin(s.break_command(a))),
    bash("builtin", |s, a| Box::pin(s.builtin_command(a))),
    bash("caller", unsimulated),
    both("cd", |s, a| Box::pin(s.cd_command(a))),
    Entry { name: "chdir", known: Known::Ash, special: false, run: |s, a| Box::pin(s.cd_command(a)) },
    both("command", |s, a| Box::pin(s.command_command(a))),
    bash("compgen", unsimulated),
    bash("complete", unsimulated),
    bash("compopt", unsimulated),
    special("continue", |s, a| Box::pin(s.break_command(a))),
    bash("declare", |s, a| Box::pin(s.declare_command(a))),
    bash("dirs", unsimulated),
    bash("disown", |s, a| Box::pin(s.disown_command(a))),
    both("echo", |s, a| Box::pin(s.echo_command(a))),
    bash("enable", unsimulated),
    special("eval", |s, a| Box::pin(s.eval_command(a))),
    special("exec", |s, a| Box::pin(s.exec_command(a))),
    special("exit", |s, a| Box::pin(s.exit_command(a))),
    special("export", |s, a| Box::pin(s.export_command(a))),
    both("false", |_, _| Box::pin(async { Ok(1) })),
    bash("fc", unsimulated),
    both("fg", |s, a| Box::pin(s.fg_command(a))),
    both("getopts", |s, a| Box::pin(s.getopts_command(a))),
    both("hash", |s, a| Box::pin(s.hash_command(a))),
    both("help", |s, a| Box::pin(s.help_command(a))),
    both("history", |s, a| Box::pin(s.history_command(a))),
    both("jobs", |s, a| Box::pin(s.jobs_command(a))),
    both("kill", |s, a| Box::pin(s.kill_command(a))),
    both("let", |s, a| Box::pin(s.let_command(a))),
    both("local", |s, a| Box::pin(s.local_command(a))),
    bash("logout", |s, a| Box::pin(s.logout_command(a))),
    bash("mapfile", |s, a| Box::pin(s.mapfile_command(a))),
    bash("popd", unsimulated),
    both("printf", |s, a| Box::pin(s.printf_command(a))),
    bash("pushd", unsimulated),
    both("pwd", |s, a| Box::pin(s.pwd_command(a))),
    both("read", |s, a| Box::pin(s.read_command(a))),
    bash("readarray", |s, a| Box::pin(s.mapfile_command(a))),
    special("readonly", |s, a| Box::pin(s.export_command(a))),
    special("return", |s, a| Box::pin(s.return_command(a))),
    special("set", |s, a| Box::pin(s.set_command(a))),
    special("shift", |s, a| Box::pin(s.shift_command(a))),
    bash("shopt", |s, a| Box::pin(s.shopt_command(a))),
    both("source", |s, a| Box::pin(s.source_command(a))),
    bash("suspend", unsimulated),
    both("test", |s, a| Box::pin(s.test_command(a))),
    special("times", |s, _| Box::pin(s.times_command())),
    special("trap", |s, a| Box::pin(s.trap_command(a))),
    both("true", |_, _| Box::pin(async { Ok(0) })),
    both("type", |s, a| Box::pin(s.type_command(a))),
    bash("typeset", |s, a| Box::pin(s.declare_command(a))),
    both("ulimit", |s, a| Box::pin(s.ulimit_command(a))),
    both("umask", |s, a| Box::pin(s.umask_command(a))),
    both("unalias", |s, a| Box::pin(s.unalias_command(a))),
    special("unset", |s, a| Box::pin(s.unset_command(a))),
    both("wait", |s, a| Box::pin(s.wait_command(a))),
];

fn entry(name: &str, dialect: Dialect) -> Option<&'static Entry> {
    let at = TABLE.binary_search_by_key(&name, |entry| entry.name).ok()?;
    TABLE.get(at).filter(|entry| match entry.known {
        Known::Both => true,
        Known::Bash => dialect == Dialect::Bash,
        Known::Ash => dialect == Dialect::Ash,
    })
}

/// The builtin of a name.
pub(super) fn find(name: &str, dialect: Dialect) -> Option<Builtin> {
    entry(name, dialect).map(|entry| entry.run)
}

/// The names of a shell's builtins, sorted: for completion and `help`.
pub fn names(dialect: Dialect) -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|entry| entry.name).filter(move |name| entry(name, dialect).is_some())
}

/// The letter of an option's long name.
pub(super) fn option_letter(name: &str) -> Option<char> {
    option::letter(name)
}

/// Whether POSIX calls it special.
pub(super) fn is_special(name: &str) -> bool {
    entry(name, Dialect::Bash).is_some_and(|entry| entry.special)
}

/// Whether its arguments may be assignments.
pub(super) fn declares(name: &str) -> bool {
    matches!(name, "export" | "readonly" | "local" | "declare" | "typeset")
}

fn unsimulated<'a>(shell: &'a mut Shell, fields: &'a [String]) -> Running<'a, Flow> {
    Box::pin(async move {
        let name = fields.first().map_or("", String::as_str);
        shell.sys.eprint(&format!("layerlab: {name} is not simulated\n")).await;
        Ok(1)
    })
}

/// The arguments behind the name.
fn arguments(fields: &[String]) -> &[String] {
    fields.get(1..).unwrap_or_default()
}

impl Shell {
    /// Writes to standard output; gives the status.
    pub(super) async fn say(&mut self, text: &str) -> Flow {
        self.say_bytes(text.as_bytes()).await
    }

    /// The same for bytes.
    pub(super) async fn say_bytes(&mut self, bytes: &[u8]) -> Flow {
        if bytes.is_empty() {
            return Ok(0);
        }
        match self.sys.write(1, bytes).await {
            Ok(()) => Ok(0),
            Err(crate::kernel::Errno::Intr) => {
                self.signals().await?;
                Ok(1)
            }
            Err(errno) => {
                if !self.is_bash() {
                    self.builtin = None;
                }
                self.complain(&format!("write error: {errno}")).await;
                Ok(1)
            }
        }
    }

    /// Says how a builtin is used; bash puts nothing before its name.
    async fn usage(&mut self, text: &str) -> Flow {
        let name = self.builtin.clone().unwrap_or_default();
        if self.is_bash() {
            self.sys.eprint(&format!("{name}: usage: {name} {text}\n")).await;
        } else {
            self.complain(&format!("usage: {name} {text}")).await;
        }
        Ok(2)
    }

    /// An error of a builtin: ash leaves a special one's script with it.
    async fn builtin_error(&mut self, text: &str, status: i32) -> Flow {
        self.complain(text).await;
        if self.is_bash() {
            return Ok(status);
        }
        let special = self.builtin.as_deref().is_some_and(|name| is_special(name) || name == "source");
        self.set_status(2);
        if special && !self.interactive() {
            return Err(super::interpreter::Halt::Exit);
        }
        Ok(2)
    }
}

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn the_table_is_sorted() {
        assert!(TABLE.is_sorted_by_key(|entry| entry.name));
    }
}

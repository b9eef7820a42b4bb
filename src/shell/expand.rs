//! Expansion: from words to fields (POSIX, "Word Expansions").

mod brace;
mod field;
mod glob;
mod parameter;
mod quote;

use super::interpreter::{Halt, Running, Shell};
use super::pattern::Pattern;
use super::syntax::{CommandKind, FileMode, List};
use super::syntax::{Part, RedirectKind, Word};
use super::variable::too_long;
pub use field::{Field, Fields};
pub use quote::quoted;

impl Shell {
    /// The fields that words become: braces, tildes, parameters, substitutions, splitting, names
    /// of files, removal of quotes.
    pub(super) async fn fields(&mut self, words: &[Word]) -> Result<Vec<String>, Halt> {
        let mut all = Vec::new();
        for word in words {
            self.word_fields(word, &mut all).await?;
            let size: usize = all.iter().map(String::len).sum();
            if too_long(size) {
                return Err(self.expansion_error("layerlab: argument list too long").await);
            }
        }
        Ok(all)
    }

    async fn word_fields(&mut self, word: &Word, all: &mut Vec<String>) -> Result<(), Halt> {
        // A plain word is by far the most frequent.
        if let Some(text) = word.as_literal()
            && !text.contains(['*', '?', '[', '{', '~'])
        {
            all.push(text.to_owned());
            return Ok(());
        }
        if !self.is_bash() || !brace::may_expand(word) {
            return self.expand_field(word, all).await;
        }
        match brace::expand(word) {
            Some(words) => {
                for word in &words {
                    self.expand_field(word, all).await?;
                }
                Ok(())
            }
            None => Err(self.expansion_error("layerlab: brace expansion gives too many words").await),
        }
    }

    async fn expand_field(&mut self, word: &Word, all: &mut Vec<String>) -> Result<(), Halt> {
        let ifs = self.get("IFS");
        let mut fields = Fields::splitting(ifs.as_deref().unwrap_or(" \t\n"));
        self.parts(&word.parts, true, &mut fields).await?;
        let globbing = !self.option('f');
        for field in fields.finish() {
            if globbing && field.is_pattern() {
                let found = self.glob(&field).await;
                if !found.is_empty() {
                    all.extend(found);
                    continue;
                }
            }
            all.push(field.text());
        }
        Ok(())
    }

    /// A word as one string: not split, no names of files. For assignments, redirections and the like.
    pub(super) async fn string(&mut self, word: &Word) -> Result<String, Halt> {
        let mut fields = Fields::whole();
        self.parts(&word.parts, true, &mut fields).await?;
        Ok(fields.joined())
    }

    /// The value of an assignment: as a string, with tildes behind colons too.
    pub(super) async fn assigned(&mut self, word: &Word) -> Result<String, Halt> {
        let mut fields = Fields::whole();
        let parts = split_colons(&word.parts);
        let mut first = true;
        for piece in parts {
            if !first {
                fields.literal(":");
            }
            first = false;
            self.parts(&piece, true, &mut fields).await?;
        }
        Ok(fields.joined())
    }

    /// A word as a pattern: what was quoted is literal.
    pub(super) async fn pattern(&mut self, word: &Word) -> Result<Pattern, Halt> {
        let mut fields = Fields::whole();
        self.parts(&word.parts, true, &mut fields).await?;
        Ok(Pattern::from_chars(&fields.into_one().chars()))
    }

    /// Expands parts into fields. `start` says that a tilde may stand at their start.
    pub(super) fn parts<'a>(
        &'a mut self,
        parts: &'a [Part],
        start: bool,
        out: &'a mut Fields,
    ) -> Running<'a, Result<(), Halt>> {
        Box::pin(async move {
            for (i, part) in parts.iter().enumerate() {
                match part {
                    Part::Literal(text) if start && i == 0 && self.is_bash() && assigns_tilde(text) => {
                        // An argument like `prefix=~/bin`.
                        let (name, value) = text.split_once('=').unwrap_or_default();
                        out.literal(&format!("{name}="));
                        self.tilde(value, parts.len() == 1, out);
                    }
                    Part::Literal(text) if start && i == 0 && text.starts_with('~') => {
                        self.tilde(text, parts.len() == 1, out);
                    }
                    Part::Literal(text) => out.literal(text),
                    Part::Quoted(text) => out.quoted(text),
                    Part::Double(inner) => self.double(inner, out).await?,
                    _ => self.expansion(part, false, out).await?,
                }
            }
            Ok(())
        })
    }

    /// What is in double quotes: one field, unless `$@` makes more or fewer of it.
    async fn double(&mut self, parts: &[Part], out: &mut Fields) -> Result<(), Halt> {
        let only_at = !parts.is_empty() && parts.iter().all(is_at);
        if !only_at {
            out.quoted("");
        }
        for part in parts {
            match part {
                Part::Literal(text) | Part::Quoted(text) => out.quoted(text),
                // Quotes inside `"${x:-"..."}"`.
                Part::Double(inner) => self.quoted_parts(inner, out).await?,
                _ => self.expansion(part, true, out).await?,
            }
        }
        Ok(())
    }

    /// Parts that stand inside quotes already.
    pub(super) fn quoted_parts<'a>(
        &'a mut self,
        parts: &'a [Part],
        out: &'a mut Fields,
    ) -> Running<'a, Result<(), Halt>> {
        Box::pin(self.double(parts, out))
    }

    async fn expansion(&mut self, part: &Part, quoted: bool, out: &mut Fields) -> Result<(), Halt> {
        match part {
            Part::Parameter(parameter) => self.parameter(parameter, quoted, out).await,
            Part::Command(list) => {
                let text = self.substitute(list).await?;
                out.value(&text, quoted);
                Ok(())
            }
            Part::Arithmetic(word) => {
                let value = self.arithmetic_word(word).await?;
                out.value(&value.to_string(), quoted);
                Ok(())
            }
            Part::Process(output, list) => {
                let path = self.process_substitution(*output, list).await?;
                out.quoted(&path);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The text inside `$(( ))`, expanded and evaluated.
    pub(super) async fn arithmetic_word(&mut self, word: &Word) -> Result<i64, Halt> {
        let text = self.arithmetic_text(word).await?;
        match self.arithmetic(&text, "").await {
            Ok(value) => Ok(value),
            Err(Ok(message)) => Err(self.expansion_error(&message).await),
            Err(Err(halt)) => Err(halt),
        }
    }

    /// The text of an arithmetic expression after expansion; double quotes vanish.
    pub(super) async fn arithmetic_text(&mut self, word: &Word) -> Result<String, Halt> {
        let mut fields = Fields::whole();
        self.quoted_parts(&word.parts, &mut fields).await?;
        let text = fields.joined();
        Ok(if self.is_bash() { text.replace('"', "") } else { text })
    }

    /// `~` and `~name` at the start of a word. `whole` says that nothing stands behind the text.
    fn tilde(&self, text: &str, whole: bool, out: &mut Fields) {
        let end = text.find('/');
        let (name, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, ""));
        let home = match name {
            _ if end.is_none() && !whole => None,
            "~" => self.get("HOME").map(|home| home.to_string()).or_else(|| Some(self.home_of(None))),
            "~+" => self.get("PWD").map(|text| text.to_string()),
            "~-" => self.get("OLDPWD").map(|text| text.to_string()),
            _ => name.strip_prefix('~').map(|user| self.home_of(Some(user))).filter(|home| !home.is_empty()),
        };
        match home {
            Some(home) => {
                out.quoted(if rest.is_empty() { &home } else { home.strip_suffix('/').unwrap_or(&home) });
                out.literal(rest);
            }
            None => out.literal(text),
        }
    }

    /// The home directory of a user as `/etc/passwd` has it; without a name, this user's.
    fn home_of(&self, name: Option<&str>) -> String {
        let uid = self.sys.user().uid.to_string();
        let Ok(crate::model::file::Data::Bytes(bytes)) = self.sys.contents("/etc/passwd") else {
            return String::new();
        };
        let text = String::from_utf8_lossy(&bytes);
        let found = text.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|entry| match name {
            Some(name) => entry.first() == Some(&name),
            None => entry.get(2) == Some(&uid.as_str()),
        });
        found.and_then(|entry| entry.get(5).map(|home| (*home).to_owned())).unwrap_or_default()
    }

    /// The output of a list that runs in a child, without the newlines at its end.
    pub(super) async fn substitute(&mut self, list: &std::rc::Rc<List>) -> Result<String, Halt> {
        if let Some(word) = only_input(list) {
            return self.file_text(word).await;
        }
        let Ok((reader, writer)) = self.sys.pipe() else {
            return Err(self.expansion_error("cannot make pipe for command substitution: Too many open files").await);
        };
        let inside = list.clone();
        let child = self
            .fork(move |mut shell: Shell| async move {
                let _ = shell.sys.dup2(writer, 1);
                let _ = shell.sys.close(reader);
                if writer != 1 {
                    let _ = shell.sys.close(writer);
                }
                shell.leave_loops();
                shell.run_child(&inside).await
            })
            .await?;
        let _ = self.sys.close(writer);
        let bytes = self.read_all(reader).await;
        let _ = self.sys.close(reader);
        let status = self.sys.wait_for(child).await.code();
        self.substituted = Some(status);
        self.set_status(status);
        let Some(bytes) = bytes else {
            self.outgrow().await;
            return Err(self.expansion_error("layerlab: command substitution: output too long").await);
        };
        Ok(trimmed(&bytes))
    }

    /// `<(list)` or `>(list)`: a path at which the other end of a pipe to a child is.
    async fn process_substitution(&mut self, output: bool, list: &std::rc::Rc<List>) -> Result<String, Halt> {
        let wanted = (3..10).rev().find(|fd| self.sys.me(|p| !p.fds.contains_key(fd)).unwrap_or(false));
        let (Some(fd), Ok((reader, writer))) = (wanted, self.sys.pipe()) else {
            return Err(self.expansion_error("layerlab: too many process substitutions at once").await);
        };
        let (mine, theirs, to) = if output { (writer, reader, 0) } else { (reader, writer, 1) };
        let inside = list.clone();
        let child = self
            .fork(move |mut shell: Shell| async move {
                let _ = shell.sys.close(mine);
                let _ = shell.sys.dup2(theirs, to);
                let _ = shell.sys.close(theirs);
                shell.close_process_fds(0);
                shell.leave_loops();
                shell.run_child(&inside).await
            })
            .await?;
        let _ = self.sys.close(theirs);
        if mine != fd {
            let _ = self.sys.dup2(mine, fd);
            let _ = self.sys.close(mine);
        }
        self.process_fds.push(fd);
        self.watch_child(child);
        Ok(format!("/dev/fd/{fd}"))
    }

    /// Closes the descriptors of process substitutions but for the first so many.
    pub(super) fn close_process_fds(&mut self, keep: usize) {
        for fd in self.process_fds.drain(keep.min(self.process_fds.len())..) {
            let _ = self.sys.close(fd);
        }
    }

    /// `$(< file)`
    async fn file_text(&mut self, word: &Word) -> Result<String, Halt> {
        let path = self.string(word).await?;
        match self.sys.read_file(&path).await {
            Ok(bytes) => {
                self.substituted = Some(0);
                Ok(trimmed(&bytes))
            }
            Err(errno) => {
                self.complain(&format!("{path}: {errno}")).await;
                self.substituted = Some(1);
                Ok(String::new())
            }
        }
    }

    /// All that comes out of a pipe, through whatever signals come; nothing if it is too much.
    async fn read_all(&mut self, fd: u32) -> Option<Vec<u8>> {
        let pid = self.sys.pid();
        let mut all = Vec::new();
        loop {
            self.sys.burn(2).await;
            match self.sys.block(|k| k.read(pid, fd, 65_536).transpose()).await {
                Ok(some) if !some.is_empty() => all.extend(some),
                _ => return Some(all),
            }
            if too_long(all.len()) {
                return None;
            }
        }
    }
}

/// Whether a text is `name=~` and maybe more.
fn assigns_tilde(text: &str) -> bool {
    text.split_once('=').is_some_and(|(name, value)| value.starts_with('~') && super::grammar::is_name(name))
}

/// Whether a part is `$@` or `${x[@]}`, plain.
fn is_at(part: &Part) -> bool {
    use super::syntax::{Index, Operation};
    match part {
        Part::Parameter(p) => {
            (p.name == "@" || p.index == Some(Index::All))
                && matches!(p.operation, Operation::Value | Operation::Slice { .. } | Operation::Keys)
        }
        _ => false,
    }
}

/// The word of `< word`, if that is all of the list.
fn only_input(list: &List) -> Option<&Word> {
    let [item] = list.items.as_slice() else { return None };
    let [command] = item.and_or.first.commands.as_slice() else { return None };
    match (&command.kind, command.redirects.as_slice()) {
        (CommandKind::Simple { assignments, words }, [redirect]) if assignments.is_empty() && words.is_empty() => {
            match &redirect.kind {
                RedirectKind::File(FileMode::Read, word) if redirect.fd.is_none() => Some(word),
                _ => None,
            }
        }
        _ => None,
    }
}

fn trimmed(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    text.retain(|c| c != '\0');
    text.truncate(text.trim_end_matches('\n').len());
    text
}

/// Splits an assignment's parts at unquoted colons that a tilde follows.
fn split_colons(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut pieces = vec![Vec::new()];
    for part in parts {
        let Part::Literal(text) = part else {
            if let Some(piece) = pieces.last_mut() {
                piece.push(part.clone());
            }
            continue;
        };
        for (i, piece) in text.split(":~").enumerate() {
            let piece = if i > 0 { format!("~{piece}") } else { piece.to_owned() };
            if i > 0 {
                pieces.push(Vec::new());
            }
            if let Some(last) = pieces.last_mut()
                && !piece.is_empty()
            {
                last.push(Part::Literal(piece));
            }
        }
    }
    pieces
}

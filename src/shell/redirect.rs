//! Redirections: opening files and moving descriptors, and putting them back.

use super::Dialect;
use super::interpreter::{Halt, Shell};
use super::syntax::{FileMode, Redirect, RedirectKind, Word};
use crate::kernel::{Errno, FileType, OpenFlags};

/// Where saved descriptors are kept: above those that a script names.
const SAVED: u32 = 100;

/// What redirections replaced: descriptors with their saved copies.
#[derive(Debug, Default)]
pub(super) struct Saved {
    descriptors: Vec<(u32, Option<u32>)>,
}

/// Why a redirection can't be done: said already, the command doesn't run.
pub(super) enum Refused {
    Said,
    Halt(Halt),
}

impl From<Halt> for Refused {
    fn from(halt: Halt) -> Refused {
        Refused::Halt(halt)
    }
}

impl Shell {
    /// Does the redirections, keeping what they replace.
    pub(super) async fn redirect(&mut self, redirects: &[Redirect]) -> Result<Saved, Refused> {
        let mut saved = Saved::default();
        for redirect in redirects {
            if let Err(refused) = self.redirect_one(redirect, &mut saved).await {
                self.restore(saved);
                return Err(refused);
            }
        }
        Ok(saved)
    }

    /// Puts the descriptors back.
    pub(super) fn restore(&self, saved: Saved) {
        for (fd, copy) in saved.descriptors.into_iter().rev() {
            match copy {
                Some(copy) => {
                    let _ = self.sys.dup2(copy, fd);
                    let _ = self.sys.close(copy);
                }
                None => {
                    let _ = self.sys.close(fd);
                }
            }
        }
    }

    /// Makes the redirections last, as `exec` does.
    pub(super) fn keep(&self, saved: Saved) {
        for (_, copy) in saved.descriptors {
            if let Some(copy) = copy {
                let _ = self.sys.close(copy);
            }
        }
    }

    fn save(&self, fd: u32, saved: &mut Saved) {
        if saved.descriptors.iter().any(|(known, _)| *known == fd) {
            return;
        }
        let copy = self.sys.dup_from(fd, SAVED).ok();
        if let Some(copy) = copy {
            self.sys.set_cloexec(copy, true);
        }
        saved.descriptors.push((fd, copy));
    }

    async fn redirect_one(&mut self, redirect: &Redirect, saved: &mut Saved) -> Result<(), Refused> {
        match &redirect.kind {
            RedirectKind::File(mode, word) => {
                let default = u32::from(matches!(mode, FileMode::Write | FileMode::Append | FileMode::Clobber));
                let path = self.target(word).await?;
                self.open_at(&path, *mode, redirect.fd.unwrap_or(default), saved).await
            }
            RedirectKind::Both(append, word) => {
                let path = self.target(word).await?;
                let mode = if *append { FileMode::Append } else { FileMode::Write };
                self.open_at(&path, mode, 1, saved).await?;
                self.duplicate(1, 2, saved);
                Ok(())
            }
            RedirectKind::DupInput(word) => self.duplicate_word(word, redirect.fd.unwrap_or(0), false, saved).await,
            RedirectKind::DupOutput(word) => {
                let both = redirect.fd.is_none();
                self.duplicate_word(word, redirect.fd.unwrap_or(1), both, saved).await
            }
            RedirectKind::HereString(word) => {
                let text = self.string(word).await? + "\n";
                self.feed(text, redirect.fd.unwrap_or(0), saved).await
            }
            RedirectKind::HereDocument(document) => {
                let text = match document.quoted {
                    true => document.body.get().map(plain_text).unwrap_or_default(),
                    false => {
                        let mut fields = super::expand::Fields::whole();
                        self.quoted_parts(&document.word().parts, &mut fields).await?;
                        fields.joined()
                    }
                };
                self.feed(text, redirect.fd.unwrap_or(0), saved).await
            }
        }
    }

    /// The word of a redirection: one name. Bash expands patterns in it and refuses several.
    async fn target(&mut self, word: &Word) -> Result<String, Refused> {
        if !self.is_bash() {
            return Ok(self.string(word).await?);
        }
        let mut names = self.fields(std::slice::from_ref(word)).await?;
        if names.len() == 1 {
            return Ok(names.remove(0));
        }
        let text = super::print::word(word);
        self.complain(&format!("{text}: ambiguous redirect")).await;
        Err(Refused::Said)
    }

    async fn open_at(&mut self, path: &str, mode: FileMode, fd: u32, saved: &mut Saved) -> Result<(), Refused> {
        if mode == FileMode::Write
            && self.option('C')
            && self.sys.stat(path).is_ok_and(|stat| stat.kind == FileType::Regular)
        {
            let text = match self.dialect {
                Dialect::Bash => format!("{path}: cannot overwrite existing file"),
                Dialect::Ash => format!("can't create {path}: File exists"),
            };
            self.complain(&text).await;
            return Err(Refused::Said);
        }
        let flags = match mode {
            FileMode::Read => OpenFlags::READ,
            FileMode::Write | FileMode::Clobber => OpenFlags::WRITE,
            FileMode::Append => OpenFlags::APPEND,
            FileMode::ReadWrite => OpenFlags { read: true, truncate: false, ..OpenFlags::WRITE },
        };
        self.save(fd, saved);
        let opened = match self.sys.open(path, flags) {
            Ok(opened) => opened,
            Err(errno) => {
                let text = self.cannot_open(path, mode, errno);
                self.complain(&text).await;
                return Err(Refused::Said);
            }
        };
        if opened != fd {
            let _ = self.sys.dup2(opened, fd);
            let _ = self.sys.close(opened);
        }
        Ok(())
    }

    fn cannot_open(&self, path: &str, mode: FileMode, errno: Errno) -> String {
        if self.is_bash() {
            return format!("{path}: {errno}");
        }
        match (mode, errno) {
            (FileMode::Read, Errno::NoEnt) => format!("can't open {path}: no such file"),
            (FileMode::Read, _) => format!("can't open {path}: {errno}"),
            (_, Errno::NoEnt) => format!("can't create {path}: nonexistent directory"),
            _ => format!("can't create {path}: {errno}"),
        }
    }

    fn duplicate(&self, from: u32, to: u32, saved: &mut Saved) {
        self.save(to, saved);
        let _ = self.sys.dup2(from, to);
    }

    async fn duplicate_word(&mut self, word: &Word, fd: u32, both: bool, saved: &mut Saved) -> Result<(), Refused> {
        let text = self.string(word).await?;
        if text == "-" {
            self.save(fd, saved);
            let _ = self.sys.close(fd);
            return Ok(());
        }
        let (digits, moves) = match text.strip_suffix('-') {
            Some(digits) => (digits, true),
            None => (text.as_str(), false),
        };
        let Ok(from) = digits.parse::<u32>() else {
            if both && self.is_bash() {
                self.open_at(&text, FileMode::Write, 1, saved).await?;
                self.duplicate(1, 2, saved);
                return Ok(());
            }
            let text = if self.is_bash() { format!("{text}: ambiguous redirect") } else { "bad fd number".to_owned() };
            self.complain(&text).await;
            return Err(Refused::Said);
        };
        let open = self.sys.me(|p| p.fds.contains_key(&from)).unwrap_or(false);
        if !open || from >= SAVED {
            self.complain(&format!("{from}: {}", Errno::BadF)).await;
            return Err(Refused::Said);
        }
        if from != fd {
            self.duplicate(from, fd, saved);
        }
        if moves {
            self.save(from, saved);
            let _ = self.sys.close(from);
        }
        Ok(())
    }

    /// Makes a text what a descriptor reads: a file without a name, as the shells do for long ones.
    async fn feed(&mut self, text: String, fd: u32, saved: &mut Saved) -> Result<(), Refused> {
        self.save(fd, saved);
        let opened = self.sys.with(|k| {
            let object = crate::model::process::Object::Text(std::rc::Rc::new(text.into_bytes()));
            let file = k.add_file(object, "here-document", OpenFlags::READ);
            k.install(self.sys.pid(), file, SAVED)
        });
        let Ok(opened) = opened else {
            self.complain(&format!("cannot create temp file for here-document: {}", Errno::MFile)).await;
            return Err(Refused::Said);
        };
        let _ = self.sys.dup2(opened, fd);
        let _ = self.sys.close(opened);
        Ok(())
    }
}

/// The text of a body that nothing expands in.
fn plain_text(word: &Word) -> String {
    match word.parts.first() {
        Some(super::syntax::Part::Quoted(text)) => text.clone(),
        _ => String::new(),
    }
}

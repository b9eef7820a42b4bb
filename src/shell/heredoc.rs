//! Reading the bodies of here-documents, at the end of the line that asks for them.

use super::syntax::{HereDocument, Part, Word};
use super::{Dialect, Parser, SyntaxError};

impl Parser<'_> {
    /// Reads the bodies that the line just ended has asked for, in order.
    pub(super) fn read_heredocs(&mut self) -> Result<(), SyntaxError> {
        for document in std::mem::take(&mut self.pending) {
            self.read_heredoc(&document)?;
        }
        Ok(())
    }

    fn read_heredoc(&mut self, document: &HereDocument) -> Result<(), SyntaxError> {
        let first = self.line;
        let mut text = String::new();
        loop {
            if self.at_end() {
                self.heredoc_at_end(document, first)?;
                break;
            }
            let rest = self.slice(self.pos, self.src.len());
            let (line, length) = match rest.find('\n') {
                Some(end) => (rest.get(..end).unwrap_or_default(), end + 1),
                None => (rest, rest.len()),
            };
            let line = if document.strip { line.trim_start_matches('\t') } else { line };
            let found = line == document.delimiter;
            if !found {
                text.push_str(line);
                text.push('\n');
            }
            self.pos += length;
            self.line += 1;
            if found {
                break;
            }
        }
        let word = if document.quoted { Word::quoted(&text) } else { self.heredoc_body(&text, first)? };
        // A second filling can't happen: each document is pending once.
        let _ = document.body.set(word);
        Ok(())
    }

    fn heredoc_at_end(&mut self, document: &HereDocument, first: u32) -> Result<(), SyntaxError> {
        let wanted = &document.delimiter;
        let opened = first.saturating_sub(1).max(1);
        let message = format!("warning: here-document at line {opened} delimited by end-of-file (wanted `{wanted}')");
        if !self.last {
            return Err(self.incomplete(self.line, message, Some(wanted.clone())));
        }
        if self.dialect == Dialect::Bash {
            self.warnings.push((self.line.saturating_sub(1).max(1), message));
        }
        Ok(())
    }

    /// A body in which parameters and substitutions are expanded, as in double quotes.
    fn heredoc_body(&mut self, text: &str, line: u32) -> Result<Word, SyntaxError> {
        self.enter()?;
        let mut parser = self.inner(text, line);
        let mut parts: Vec<Part> = Vec::new();
        let parsed = parser.quoted_text(&mut parts, None, 0);
        parsed.map_err(|error| SyntaxError::Unexpected(Box::new(error.fault().clone())))?;
        self.leave();
        Ok(Word { parts })
    }
}

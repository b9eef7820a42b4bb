//! Here-documents: `<<EOF`, `<<-EOF`, `<<"EOF"`.

use super::Node;
use crate::builder::expand::{Lex, Nothing, expand};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heredoc {
    pub name: String,
    pub descriptor: u32,
    /// Variables are put in: its name is not quoted.
    pub expand: bool,
    /// Tabs at the start of its lines don't count.
    pub chomp: bool,
    pub content: String,
}

/// Whether an instruction, or what ONBUILD keeps of it, may have here-documents.
pub fn allowed(node: &Node) -> bool {
    let node = match &node.child {
        Some(child) if node.name() == "onbuild" => child,
        _ => node,
    };
    matches!(node.name().as_str(), "add" | "copy" | "run") && !node.json
}

/// The here-documents that a line announces.
pub fn in_line(line: &str) -> Vec<Heredoc> {
    let lex = Lex { raw_quotes: true, raw_escapes: true, skip_unset: true, ..Lex::new('\\') };
    let words = expand(lex, line, &Nothing).map(|done| done.words).unwrap_or_default();
    words.iter().filter_map(|word| parse(word)).collect()
}

/// Reads a word that may announce one.
pub fn parse(word: &str) -> Option<Heredoc> {
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (descriptor, rest) = word.split_at(digits);
    let rest = rest.strip_prefix("<<")?;
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start();
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    let lex = Lex { skip_unset: true, ..Lex::new('\\') };
    let plain = expand(lex, rest, &Nothing).ok()?.words;
    let raw = expand(Lex { raw_quotes: true, ..lex }, rest, &Nothing).ok()?.words;
    let ([plain], [raw]) = (plain.as_slice(), raw.as_slice()) else { return None };
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    Some(Heredoc {
        name: plain.clone(),
        descriptor: descriptor.parse().unwrap_or(0),
        expand: quotes(plain) == quotes(raw),
        chomp,
        content: String::new(),
    })
}

/// A document without the tabs at the start of its lines.
pub fn chomped(text: &str) -> String {
    text.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
}

//! Words that stand in files of their own, so that the page has them with its second half; a line that is missing
//! there does not compile.

/// The words of a file, line by line in the order of the fields, and the sentences.
macro_rules! file_words {
    ($words:ident, $file:literal, { $($name:ident),* $(,)? }, { $($sentences:tt)* }) => {{
        let rest = include_str!($file);
        $(let ($name, rest) = super::table::word(rest, stringify!($name));)*
        assert!(rest.is_empty(), "a line too many");
        $words { $($name,)* $($sentences)* }
    }};
}
pub(super) use file_words;

/// The word of a name from a text's first line, and the lines behind it.
pub(super) const fn word(text: &'static str, name: &str) -> (&'static str, &'static str) {
    let (bytes, name) = (text.as_bytes(), name.as_bytes());
    let mut at = 0;
    while at < name.len() {
        assert!(bytes[at] == name[at], "another name is on this line");
        at += 1;
    }
    assert!(bytes[at] == b':' && bytes[at + 1] == b' ', "a name has a colon and a blank behind it");
    let start = at + 2;
    at = start;
    while bytes[at] != b'\n' {
        at += 1;
    }
    let (line, rest) = text.split_at(at);
    (line.split_at(start).1, rest.split_at(1).1)
}

/// The lines behind a heading in brackets.
pub(super) const fn heading(text: &'static str, name: &str) -> &'static str {
    let (bytes, name) = (text.as_bytes(), name.as_bytes());
    let mut at = 0;
    while at < name.len() {
        assert!(bytes[at + 1] == name[at], "another heading is on this line");
        at += 1;
    }
    assert!(bytes[0] == b'[' && bytes[at + 1] == b']' && bytes[at + 2] == b'\n', "a heading stands in brackets");
    text.split_at(at + 3).1
}

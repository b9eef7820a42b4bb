//! Fields under construction: text that knows what was quoted, split by IFS (POSIX, "Field Splitting").

/// A field: runs of text, each with whether it was quoted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    runs: Vec<(String, bool)>,
}

impl Field {
    fn push(&mut self, text: &str, quoted: bool) {
        match self.runs.last_mut() {
            Some((last, same)) if *same == quoted => last.push_str(text),
            _ => self.runs.push((text.to_owned(), quoted)),
        }
    }

    /// The text without its quotes.
    pub fn text(&self) -> String {
        self.runs.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// The characters, each with whether it was quoted.
    pub fn chars(&self) -> Vec<(char, bool)> {
        let mut chars = Vec::new();
        for (text, quoted) in &self.runs {
            let mut escaped = false;
            for c in text.chars() {
                // A backslash that came out of a variable quotes in a pattern.
                if c == '\\' && !quoted && !escaped {
                    escaped = true;
                    continue;
                }
                chars.push((c, *quoted || escaped));
                escaped = false;
            }
            if escaped {
                chars.push(('\\', true));
            }
        }
        chars
    }

    /// Whether unquoted text in it may match names of files.
    pub fn is_pattern(&self) -> bool {
        self.runs.iter().any(|(text, quoted)| !quoted && text.contains(['*', '?', '[']))
    }
}

/// A list of fields under construction.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    /// What splits unquoted values; nothing where nothing is split.
    ifs: Option<String>,
    done: Vec<Field>,
    current: Field,
    /// Whether the current field exists even if it is empty.
    present: bool,
    /// Whether the last field was ended by white space, which a further delimiter may join.
    white: bool,
}

impl Fields {
    /// Fields that are split where a value holds one of these characters.
    pub fn splitting(ifs: &str) -> Fields {
        Fields { ifs: Some(ifs.to_owned()), ..Fields::default() }
    }

    /// A single field.
    pub fn whole() -> Fields {
        Fields::default()
    }

    /// Adds text of the script itself: not split, but a pattern.
    pub fn literal(&mut self, text: &str) {
        if !text.is_empty() {
            self.add(text, false);
        }
    }

    /// Adds quoted text; even an empty one makes a field.
    pub fn quoted(&mut self, text: &str) {
        self.add(text, true);
    }

    fn add(&mut self, text: &str, quoted: bool) {
        self.current.push(text, quoted);
        self.present = true;
        self.white = false;
    }

    /// Adds the value of an expansion.
    pub fn value(&mut self, text: &str, quoted: bool) {
        if quoted {
            return self.quoted(text);
        }
        match self.ifs.take() {
            Some(ifs) => {
                self.split(text, &ifs);
                self.ifs = Some(ifs);
            }
            None => self.literal(text),
        }
    }

    fn split(&mut self, text: &str, ifs: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(|c| ifs.contains(c)) {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            self.literal(before);
            let mut chars = after.chars();
            let delimiter = chars.next().unwrap_or(' ');
            rest = chars.as_str();
            if delimiter.is_ascii_whitespace() {
                if self.present {
                    self.end();
                    self.white = true;
                }
            } else if self.white && !self.present {
                self.white = false;
            } else {
                self.end();
            }
        }
        self.literal(rest);
    }

    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.current));
        self.present = false;
        self.white = false;
    }

    /// Ends the field for good, as between the parameters of `$@`.
    pub fn next_field(&mut self) {
        if self.ifs.is_some() {
            if self.present {
                self.end();
            }
        } else {
            self.literal(" ");
        }
    }

    /// The fields.
    pub fn finish(mut self) -> Vec<Field> {
        if self.present {
            self.end();
        }
        self.done
    }

    /// Everything as one field.
    pub fn into_one(self) -> Field {
        let mut fields = self.finish().into_iter();
        fields.next().unwrap_or_default()
    }

    /// Everything as one text.
    pub fn joined(self) -> String {
        self.into_one().text()
    }

    /// Whether fields are made at all, or one string.
    pub fn splits(&self) -> bool {
        self.ifs.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[track_caller]
    fn split(ifs: &str, text: &str, expected: &[&str]) {
        let mut fields = Fields::splitting(ifs);
        fields.value(text, false);
        let texts: Vec<String> = fields.finish().iter().map(|f| f.text()).collect();
        assert_eq!(texts, expected, "{text:?}");
    }

    #[test]
    fn values_are_split() {
        split(" \t\n", "  a b\t\nc ", &["a", "b", "c"]);
        split(":", "1:2::3:", &["1", "2", "", "3"]);
        split(":", ":a", &["", "a"]);
        split(" :", "a : b :: c", &["a", "b", "", "c"]);
        split("", "a b", &["a b"]);
        split(" ", "", &[]);
    }
}

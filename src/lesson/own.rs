//! Lessons that somebody brings along: folders of texts, or all of a lesson's texts in one file.
//!
//! In one file, a line `<!-- lesson.md -->` stands before the text of that name, `<!-- vi.md -->` and
//! `<!-- en.md -->` before the others.

use std::fmt;

use super::parse::{Error, SHARED, parse};
use super::{Lesson, library, refusal};
use crate::model::limits;
use crate::model::order::Order;
use crate::oci::digest::Digest;
use crate::words::Lang;

/// A lesson's texts as they came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Own {
    /// That of its folder, or of its file without the ending.
    pub name: String,
    shared: Text,
    told: Vec<(Lang, Text)>,
}

/// A text, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Text {
    file: String,
    /// Lines before it in that file.
    above: usize,
    text: String,
}

/// Why something is no lesson: what is wrong, and in which line of which file (0 where it is the file itself).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    pub file: String,
    pub line: usize,
    pub text: String,
}

impl Refusal {
    /// What is wrong, in a language.
    pub fn told(&self, lang: Lang) -> String {
        refusal::told(&self.text, lang)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.text),
            line => write!(f, "{}:{line}: {}", self.file, self.text),
        }
    }
}

/// What a list of lessons says of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    pub minutes: u32,
    pub steps: usize,
    /// In Vietnamese and English; the same where it is told in one language only.
    pub titles: [String; 2],
}

/// Finds the lessons among texts that came with their paths, and what is none.
pub fn gather(files: &[(String, String)]) -> (Vec<Own>, Vec<Refusal>) {
    let refused_as = |file: &str, text: &str| Refusal { file: file.to_string(), line: 0, text: text.to_string() };
    let mut folders: Vec<&str> = files.iter().map(|(path, _)| split(path).0).collect();
    folders.order();
    folders.dedup();
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for folder in folders {
        let here = || files.iter().filter(|(path, _)| split(path).0 == folder);
        let text = |name: &str| {
            let file = here().find(|(path, _)| split(path).1 == name);
            file.map(|(path, text)| Text { file: path.clone(), above: 0, text: plain(text) })
        };
        let told: Vec<_> = Lang::ALL.into_iter().filter_map(|lang| Some((lang, text(library::file(lang))?))).collect();
        match (text(SHARED), told.first()) {
            (Some(shared), Some(_)) => {
                let name = folder.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("lesson").to_string();
                found.push(Own { name, shared, told });
            }
            (Some(shared), None) => refused.push(refused_as(&shared.file, "neither vi.md nor en.md is beside it")),
            (None, Some((_, told))) => refused.push(refused_as(&told.file, "lesson.md is not beside it")),
            (None, None) => {}
        }
        for (path, text) in here().filter(|(path, text)| path.ends_with(".md") && is_bundle(text)) {
            let name = split(path).1.trim_end_matches(".md");
            match unbundle(name, path, text) {
                Ok(own) => found.push(own),
                Err(one) => refused.push(one),
            }
        }
    }
    // What could be read of an archive is there as texts.
    for (path, _) in files.iter().filter(|(path, _)| path.ends_with(".zip")) {
        refused.push(refused_as(path, "this is no zip archive of texts, or it holds too much"));
    }
    if found.len() > limits::LESSON_STEPS {
        refused
            .push(refused_as("", &format!("{} lessons are too many (limit: {})", found.len(), limits::LESSON_STEPS)));
    }
    if found.is_empty() && refused.is_empty() {
        let first = files.first().map_or("", |(path, _)| path);
        refused.push(refused_as(first, "here is no lesson: lesson.md with vi.md or en.md, or all of them in one file"));
    }
    found.truncate(limits::LESSON_STEPS);
    (found, refused)
}

/// The folder of a path, and its last name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A text without the mark and the line ends that some editors write.
fn plain(text: &str) -> String {
    text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n")
}

/// The name in a line `<!-- NAME -->`, if it is a text's of a lesson.
fn marker(line: &str) -> Option<&'static str> {
    let name = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    [SHARED].into_iter().chain(Lang::ALL.map(library::file)).find(|known| *known == name)
}

/// Whether a text holds a whole lesson.
pub fn is_bundle(text: &str) -> bool {
    let first = text.lines().map(|line| line.trim_start_matches('\u{feff}')).find(|line| !line.trim().is_empty());
    first.and_then(marker).is_some()
}

/// Takes a lesson in one file apart.
pub fn unbundle(name: &str, path: &str, text: &str) -> Result<Own, Refusal> {
    let refused = |line: usize, text: String| Refusal { file: path.to_string(), line, text };
    let mut parts: Vec<(&'static str, Text)> = Vec::new();
    for (at, line) in plain(text).lines().enumerate() {
        if let Some(name) = marker(line) {
            if parts.iter().any(|(known, _)| *known == name) {
                return Err(refused(at + 1, format!("{name} stands here a second time")));
            }
            parts.push((name, Text { file: path.to_string(), above: at + 1, text: String::new() }));
        } else if let Some((_, part)) = parts.last_mut() {
            part.text.push_str(line);
            part.text.push('\n');
        }
    }
    let mut take = |name: &str| {
        let at = parts.iter().position(|(known, _)| *known == name)?;
        Some(parts.remove(at).1)
    };
    let shared = take(SHARED).ok_or_else(|| refused(1, "there is no <!-- lesson.md -->".to_string()))?;
    let told: Vec<_> = Lang::ALL.into_iter().filter_map(|lang| Some((lang, take(library::file(lang))?))).collect();
    if told.is_empty() {
        return Err(refused(1, "there is neither <!-- vi.md --> nor <!-- en.md -->".to_string()));
    }
    Ok(Own { name: name.to_string(), shared, told })
}

impl Own {
    /// The lesson in one file.
    pub fn bundle(&self) -> String {
        let texts = self.told.iter().map(|(lang, text)| (library::file(*lang), text));
        let texts = [(SHARED, &self.shared)].into_iter().chain(texts);
        texts.map(|(name, text)| format!("<!-- {name} -->\n{}\n", text.text.trim_end_matches('\n'))).collect()
    }

    /// The first digits of the digest of all that it says.
    pub fn hash(&self) -> String {
        Digest::of(self.bundle().as_bytes()).hex().chars().take(10).collect()
    }

    /// What tells it from all other lessons, those of the list included: its name and what it says.
    pub fn id(&self) -> String {
        let letter = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
        let name: String = self.name.chars().map(letter).take(limits::NAME_BYTES / 4).collect();
        format!("{name}~{}", self.hash())
    }

    /// Reads it in a language, or in the one that it is told in.
    pub fn read(&self, id: &str, lang: Lang) -> Result<Lesson, Refusal> {
        let told = self.told.iter().find(|(known, _)| *known == lang).or(self.told.first());
        let Some((lang, text)) = told else {
            return Err(self.placed(Error { file: SHARED, line: 1, text: String::new() }));
        };
        parse(id, &self.shared.text, library::file(*lang), &text.text).map_err(|error| self.placed(error))
    }

    /// What a list says of it; all that is wrong with it otherwise.
    pub fn summary(&self) -> Result<Summary, Vec<Refusal>> {
        let mut refused = Vec::new();
        let mut read = Vec::new();
        for (lang, _) in &self.told {
            match self.read("", *lang) {
                Ok(lesson) => read.push((*lang, lesson)),
                // What is wrong with the common text is said once.
                Err(one) if refused.contains(&one) => {}
                Err(one) => refused.push(one),
            }
        }
        let Some((_, first)) = read.first().filter(|_| refused.is_empty()) else { return Err(refused) };
        let title = |lang: Lang| {
            let told = read.iter().find(|(known, _)| *known == lang).map_or(first, |(_, lesson)| lesson);
            told.title.replace('\t', " ")
        };
        let titles = [title(Lang::Vi), title(Lang::En)];
        Ok(Summary { minutes: first.front.minutes, steps: first.steps.len(), titles })
    }

    /// An error where its text really stands.
    fn placed(&self, error: Error) -> Refusal {
        let told = self.told.iter().find(|(lang, _)| library::file(*lang) == error.file);
        let text = told.map_or(&self.shared, |(_, text)| text);
        Refusal { file: text.file.clone(), line: error.line + text.above, text: error.text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHARED_TEXT: &str =
        "---\nminutes: 5\n---\n\n## one\n\n```check\nran docker ps\n```\n\n```solution\ndocker ps\n```\n";
    const EN: &str = "# Own\n\n## One {#one}\n\nText.\n\n```check\nlooked\n```\n";

    fn files(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(path, text)| ((*path).to_string(), (*text).to_string())).collect()
    }

    fn refused(list: &[(&str, &str)]) -> Vec<String> {
        gather(&files(list)).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lessons_are_found_in_folders_and_files() {
        let one = gather(&files(&[("lesson.md", SHARED_TEXT), ("en.md", EN)])).0;
        assert_eq!(one[0].name, "lesson");
        let bundle = one[0].bundle();
        let (all, refused) = gather(&files(&[
            ("all/b/lesson.md", SHARED_TEXT),
            ("all/b/en.md", EN),
            ("all/a/lesson.md", &SHARED_TEXT.replace('\n', "\r\n")),
            ("all/a/vi.md", &format!("\u{feff}{EN}")),
            ("all/README.md", "# What this is\n"),
            ("all/c.md", &bundle),
            ("all/b/picture.png", ""),
        ]));
        assert_eq!(refused, []);
        assert_eq!(all.iter().map(|own| own.name.as_str()).collect::<Vec<_>>(), ["c", "a", "b"]);
        for own in &all {
            let summary = own.summary().expect("a sound lesson");
            assert_eq!(
                (summary.minutes, summary.steps, &*summary.titles[0], &*summary.titles[1]),
                (5, 1, "Own", "Own")
            );
            let lesson = own.read("x", Lang::En).expect("a sound lesson");
            assert_eq!((lesson.id.as_str(), lesson.title.as_str()), ("x", "Own"));
        }
    }

    #[test]
    fn what_it_says_tells_one_lesson_from_another() {
        let own =
            |en: &str| gather(&files(&[("my lesson=1/lesson.md", SHARED_TEXT), ("my lesson=1/en.md", en)])).0.remove(0);
        let (one, other) = (own(EN), own(&EN.replace("Text", "More")));
        assert_eq!(one.id(), format!("my-lesson-1~{}", one.hash()));
        assert_ne!(one.id(), other.id());
        assert_eq!(unbundle("my lesson=1", "x", &one.bundle()).map(|own| own.id()), Ok(one.id()));
        assert!(library::LESSONS.iter().all(|source| !source.id.contains('~')));
    }

    #[test]
    fn mistakes_are_told_with_the_file_and_the_line_where_they_stand() {
        let bad = SHARED_TEXT.replace("ran docker ps", "rain docker ps");
        assert_eq!(refused(&[("a/lesson.md", SHARED_TEXT)]), ["a/lesson.md: neither vi.md nor en.md is beside it"]);
        assert_eq!(refused(&[("a/en.md", EN)]), ["a/en.md: lesson.md is not beside it"]);
        assert!(refused(&[("a/x.md", "# x\n")])[0].starts_with("a/x.md: here is no lesson"));
        assert!(refused(&[])[0].contains("here is no lesson"));
        let own = gather(&files(&[("a/lesson.md", &bad), ("a/en.md", EN), ("a/vi.md", EN)])).0.remove(0);
        let told = own.summary().expect_err("a mistake");
        assert_eq!((told.len(), told[0].file.as_str(), told[0].line), (1, "a/lesson.md", 8));
        // In one file the lines are that file's.
        let bundle = format!("\n{}", own.bundle());
        let own = unbundle("a", "a.md", &bundle).expect("texts");
        let told = own.summary().expect_err("a mistake");
        let line = told[0].line;
        assert_eq!((told[0].file.as_str(), bundle.lines().nth(line - 1)), ("a.md", Some("rain docker ps")));
        for (text, line) in
            [("<!-- lesson.md -->\n", 1), ("<!-- vi.md -->\n", 1), ("<!-- vi.md -->\n\n<!-- vi.md -->\n", 3)]
        {
            let told = gather(&files(&[("b.md", text)])).1;
            assert_eq!((told[0].file.as_str(), told[0].line), ("b.md", line), "{text}");
        }
    }

    #[test]
    fn too_many_lessons_are_refused() {
        let many: Vec<_> = (0..=limits::LESSON_STEPS)
            .flat_map(|n| [(format!("{n}/lesson.md"), SHARED_TEXT.to_string()), (format!("{n}/en.md"), EN.to_string())])
            .collect();
        let (found, refused) = gather(&many);
        assert_eq!(found.len(), limits::LESSON_STEPS);
        assert!(refused[0].text.contains("too many"));
    }
}

//! Transcripts: prose with console blocks that are run and compared.
//!
//! A heading begins a fresh machine. In a ```` ```console ```` block, `$ ` begins a line typed at the host's
//! prompt, `> ` continues it, and `/ # ` (or another path) begins one typed at a container's prompt; `^C`
//! and `^D` are those keys; `< ` begins a line typed to the program that runs. Everything else is the answer. `<!-- images: REF, ... -->` below a heading
//! names images that are already pulled, `<!-- home: NAME -->` a folder of `tests/recordings/homes`.

use layerlab::model::order::Order;
use std::fs;
use std::path::{Path, PathBuf};

use layerlab::model::limits;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Console, HomeFile, Key};

/// The part of a file below one heading.
#[derive(Default, Debug, PartialEq)]
pub struct Section {
    pub heading: String,
    pub images: Vec<String>,
    pub home: Option<String>,
    /// Where its blocks' texts are in the file, as byte ranges.
    pub blocks: Vec<(usize, usize)>,
}

/// The sections of a file that have blocks.
pub fn sections(text: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let (mut at, mut fence, mut start) = (0, false, None);
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        let bare = line.trim_end();
        let Some(section) = sections.last_mut() else { break };
        if fence {
            if bare == "```" {
                fence = false;
                section.blocks.extend(start.take().map(|start| (start, at)));
            }
        } else if bare.starts_with("```") {
            fence = true;
            start = (bare == "```console").then_some(next);
        } else if bare.starts_with('#') {
            sections.push(Section { heading: bare.trim_start_matches(['#', ' ']).to_string(), ..Section::default() });
        } else if let Some(images) = setting(bare, "images") {
            section.images = images.split(',').map(|image| image.trim().to_string()).collect();
        } else if let Some(home) = setting(bare, "home") {
            section.home = Some(home.to_string());
        }
        at = next;
    }
    sections.retain(|section| !section.blocks.is_empty());
    sections
}

fn setting<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let inside = line.strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    Some(inside.strip_prefix(name)?.strip_prefix(':')?.trim())
}

/// What a block types.
#[derive(Debug, PartialEq)]
enum Typed<'a> {
    /// A line at the host's prompt.
    Host(&'a str),
    /// More of the command.
    More(&'a str),
    /// A line at a container's prompt, which the answer itself shows.
    Inner(&'a str),
    /// A line for the program that runs.
    Answer(&'a str),
    Key(Key, &'a str),
}

fn typed(block: &str) -> Vec<Typed<'_>> {
    let mut found: Vec<Typed> = Vec::new();
    let mut open = false;
    for line in block.lines() {
        if line == "^C" || line == "^D" {
            found.push(Typed::Key(if line == "^C" { Key::Interrupt } else { Key::End }, line));
        } else if let Some(host) = line.strip_prefix("$ ") {
            found.push(Typed::Host(host));
        } else if let Some(answer) = line.strip_prefix("< ") {
            found.push(Typed::Answer(answer));
        } else if let Some(more) = line.strip_prefix("> ").or((line == ">").then_some("")).filter(|_| open) {
            found.push(Typed::More(more));
            continue;
        } else if let Some((path, inner)) = line.split_once(" # ")
            && (path.starts_with('/') || path.starts_with('~'))
            && !path.contains(' ')
        {
            found.push(Typed::Inner(inner));
        }
        open = line.starts_with("$ ");
    }
    found
}

/// A section as the machine plays it: the text of each of its blocks.
pub fn play(section: &Section, text: &str, home: impl Fn(&str) -> Vec<HomeFile>) -> Vec<String> {
    let files = section.home.as_deref().map(home).unwrap_or_default();
    let mut boot = Boot { console: Console::Streams, images: section.images.clone(), files, ..Boot::default() };
    if section.home.is_some() {
        boot.directory = layerlab::session::host::WORK.to_string();
    }
    let mut session = Session::new(boot);
    section.blocks.iter().map(|(start, end)| play_block(&mut session, &text[*start..*end])).collect()
}

fn play_block(session: &mut Session, block: &str) -> String {
    let mut out = String::new();
    let mut all = typed(block).into_iter().peekable();
    while let Some(typed) = all.next() {
        // What the program wrote last may have no end of line.
        if matches!(typed, Typed::Answer(_) | Typed::Key(..)) && !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        match typed {
            Typed::Host(line) => out.push_str(&format!("$ {line}\n")),
            Typed::More(line) => out.push_str(&format!("> {line}\n")),
            Typed::Key(_, shown) => out.push_str(&format!("{shown}\n")),
            Typed::Answer(line) => out.push_str(&format!("< {line}\n")),
            Typed::Inner(_) => {}
        }
        let done = match typed {
            Typed::Host(line) | Typed::More(line) | Typed::Inner(line) | Typed::Answer(line) => session.submit(line),
            Typed::Key(key, _) => session.key(key),
        };
        if let Err(refusal) = done {
            out.push_str(&format!("{refusal}\n"));
        }
        // What goes on (`docker logs -f`) is left to the key that follows.
        let wait = if matches!(all.peek(), Some(Typed::Key(..))) { 3 } else { limits::FOREGROUND_SECONDS };
        session.run_to_reader(Time::seconds(wait));
        out.push_str(&String::from_utf8_lossy(&session.take_output()).replace('\r', ""));
        assert!(session.machine().world(|w| w.verify()).is_ok(), "the World is broken after {typed:?}");
    }
    // A container's prompt that waits is part of the next block.
    let prompt = out.rfind('\n').map_or(0, |at| at + 1);
    if out[prompt..].ends_with(" # ") {
        out.truncate(prompt);
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    out
}

/// The Markdown files below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_path_buf()];
    while let Some(dir) = pending.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.order();
    found
}

#[test]
fn files_are_read_by_heading_and_block() {
    let text = "# One\n\n<!-- images: alpine, node:18-alpine -->\n```console\n$ a\nb\n```\n## None\n```sh\n$ no\n```\n";
    let sections = sections(text);
    assert_eq!(sections.len(), 1);
    assert_eq!((sections[0].heading.as_str(), sections[0].images.len()), ("One", 2));
    let (start, end) = sections[0].blocks[0];
    assert_eq!(&text[start..end], "$ a\nb\n");
}

#[test]
fn typed_lines_are_told_from_answers() {
    let block = "$ cat <<E\n> x\n> E\nx\n> quoted\n$ docker exec -it c sh\n/ # ls # all\nbin\n/app # exit\n^C\n";
    let expected = [
        Typed::Host("cat <<E"),
        Typed::More("x"),
        Typed::More("E"),
        Typed::Host("docker exec -it c sh"),
        Typed::Inner("ls # all"),
        Typed::Inner("exit"),
        Typed::Key(Key::Interrupt, "^C"),
    ];
    assert_eq!(typed(block), expected);
}

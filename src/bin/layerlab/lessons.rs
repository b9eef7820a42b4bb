//! `layerlab lessons`: tries lessons out, compares their languages, gives a new one to start from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use layerlab::lesson::library::{LESSONS, file};
use layerlab::lesson::own::gather;
use layerlab::lesson::{Lesson, lint, mark, pack, parse, sound, states, trial};
use layerlab::model::order::Order;
use layerlab::session::share;
use layerlab::words::Lang;

const HELP: &str = "Usage: layerlab lessons COMMAND

Commands:
  check [LESSON]...  what `lint` looks at, and: every check is false before its step's solution and true after
                     it, other ways pass and wrong ones don't, every runnable block runs
  lint [LESSON]...   every language can be read and carries the same steps
  bundle LESSON      print a lesson as one file, which the page opens
  new NAME           make a lesson to start from, in the folder NAME
  pack DIR           write all lessons into DIR as the page fetches them, and print the list of them

A LESSON is a lesson's id or its folder. Without one, all lessons are taken: those in the folder `lessons`, if it is
there, else those that Layerlab brings along.
";

/// A lesson of one step, well formed.
const NEW: [(&str, &str); 3] = [
    (
        "lesson.md",
        "---\nminutes: 5\n---\n\n## first\n\n```check\ncontainer web running\n```\n\n```solution\ndocker run -d --name web nginx:alpine\n```\n",
    ),
    (
        "vi.md",
        "# Tên bài học\n\nBài này nói về điều gì.\n\n## Bước đầu tiên {#first}\n\nCần làm gì, và vì sao.\n\n```sh run\ndocker run -d --name web nginx:alpine\n```\n\n```check\nContainer `web` đang chạy\n```\n\n```hint\nLệnh bắt đầu bằng `docker run`.\n```\n",
    ),
    (
        "en.md",
        "# The lesson's title\n\nWhat the lesson is about.\n\n## The first step {#first}\n\nWhat to do, and why.\n\n```sh run\ndocker run -d --name web nginx:alpine\n```\n\n```check\nThe container `web` is running\n```\n\n```hint\nThe command begins with `docker run`.\n```\n",
    ),
];

/// A lesson's texts, wherever they come from.
struct Texts {
    /// For messages: the folder.
    place: String,
    id: String,
    shared: String,
    told: Vec<(Lang, String)>,
}

pub fn main(args: Vec<String>) -> ExitCode {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["check", names @ ..] => each(names, true),
        ["lint", names @ ..] => each(names, false),
        ["bundle", name] => bundle(name),
        ["new", name] => new(Path::new(name)),
        ["pack", folder] => pack_all(Path::new(folder)),
        ["-h" | "--help"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        _ => {
            eprint!("{HELP}");
            ExitCode::from(super::USAGE)
        }
    }
}

fn new(folder: &Path) -> ExitCode {
    if folder.exists() {
        return super::fail(&format!("{} is there already", folder.display()));
    }
    let write = |(name, text): &(&str, &str)| fs::write(folder.join(name), text);
    match fs::create_dir_all(folder).and_then(|()| NEW.iter().try_for_each(write)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => super::fail(&format!("{}: {error}", folder.display())),
    }
}

/// Prints all texts of a lesson behind one another.
fn bundle(name: &str) -> ExitCode {
    let texts = match texts(&[name]) {
        Ok(mut all) => all.remove(0),
        Err(error) => return super::fail(&error),
    };
    let told = texts.told.iter().map(|(lang, text)| (format!("{}/{}", texts.id, file(*lang)), text.clone()));
    let files: Vec<_> = [(format!("{}/lesson.md", texts.id), texts.shared.clone())].into_iter().chain(told).collect();
    let (found, refused) = gather(&files);
    refused.iter().for_each(|refusal| eprintln!("{refusal}"));
    found.iter().for_each(|own| print!("{}", own.bundle()));
    if refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Packs the lessons of the folder `lessons`, with the terms of its glossary, as `DIR/ID.LANGUAGE`, and the states
/// before its steps as `DIR/ID.steps`. The list has a line a lesson: id, minutes, number of steps, titles.
fn pack_all(folder: &Path) -> ExitCode {
    let packed = || -> Result<String, String> {
        let glossary = fs::read_to_string("lessons/glossary.md").map_err(|error| format!("glossary.md: {error}"))?;
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let mut list = String::new();
        for texts in texts(&[])? {
            let write = |kind: &str, text: &str| {
                let path = folder.join(format!("{}.{kind}", texts.id));
                fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
            };
            let mut row = String::new();
            for (lang, text) in &texts.told {
                let lesson = parse(&texts.id, &texts.shared, file(*lang), text);
                let mut lesson = lesson.map_err(|error| format!("{}/{error}", texts.place))?;
                if row.is_empty() {
                    row = format!("{}\t{}\t{}", texts.id, lesson.front.minutes, lesson.steps.len());
                    write("steps", &links(&lesson))?;
                }
                mark(&mut lesson, &terms(&glossary, *lang));
                write(lang.code(), &pack(&lesson))?;
                row = format!("{row}\t{}", lesson.title);
            }
            list.push_str(&format!("{row}\n"));
        }
        Ok(list)
    };
    match packed() {
        Ok(list) => {
            print!("{list}");
            ExitCode::SUCCESS
        }
        Err(error) => super::fail(&error),
    }
}

/// The states before a lesson's steps, from the second on, as what a link to each has behind its `#`; an empty line
/// for one that is too long for a link.
fn links(lesson: &Lesson) -> String {
    states(lesson).iter().map(|log| share::link(log).unwrap_or_default() + "\n").collect()
}

/// The glossary's rows in a language, as `term: meaning` lines.
fn terms(glossary: &str, lang: Lang) -> String {
    let rows = glossary.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| -")).skip(1);
    let column = if lang == Lang::Vi { 2 } else { 3 };
    let line = |row: &str| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        Some(format!("{}: {}\n", cells.get(1)?, cells.get(column)?))
    };
    rows.filter_map(line).collect()
}

/// Looks at the lessons named, or at all, and tries them out if asked to.
fn each(names: &[&str], try_out: bool) -> ExitCode {
    let all = match texts(names) {
        Ok(all) => all,
        Err(error) => return super::fail(&error),
    };
    let mut well = true;
    let mut lessons = Vec::new();
    for texts in all {
        let (lesson, problems) = one(&texts, try_out);
        well &= problems.is_empty();
        problems.iter().for_each(|problem| eprintln!("{}/{problem}", texts.place));
        if let Some(lesson) = lesson.filter(|_| problems.is_empty()) {
            println!("{}: {} steps in {} languages", texts.place, lesson.steps.len(), texts.told.len());
            lessons.push(lesson);
        }
    }
    let conditions = || lessons.iter().flat_map(|lesson| &lesson.steps).flat_map(|step| &step.check);
    let (count, ran) = (conditions().count(), conditions().filter(|c| c.condition.is_ran()).count());
    println!("{ran} of {count} conditions ask only that a command was run");
    if ran * 5 > count && lessons.len() > 3 {
        eprintln!("lessons: one in five at most may be of that kind");
        well = false;
    }
    if well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A lesson, if its texts can be read, and what is wrong with it.
fn one(texts: &Texts, try_out: bool) -> (Option<Lesson>, Vec<String>) {
    let mut problems: Vec<String> = Vec::new();
    let mut read: Vec<(Lang, Lesson)> = Vec::new();
    for (lang, text) in &texts.told {
        match parse(&texts.id, &texts.shared, file(*lang), text) {
            Ok(lesson) => read.push((*lang, lesson)),
            Err(error) => {
                let error = error.to_string();
                // What is wrong with the common file is said once.
                if !problems.contains(&error) {
                    problems.push(error);
                }
            }
        }
    }
    let [(first_lang, first), rest @ ..] = read.as_slice() else { return (None, problems) };
    let mut say = |all: Vec<layerlab::lesson::Problem>| problems.extend(all.iter().map(ToString::to_string));
    rest.iter().for_each(|(lang, lesson)| say(lint(first, lesson, file(*lang))));
    say(sound(first));
    if try_out {
        // The languages run the same commands: `lint` has seen to it.
        say(trial(first, file(*first_lang)));
    }
    (Some(first.clone()), problems)
}

fn texts(names: &[&str]) -> Result<Vec<Texts>, String> {
    let folder = Path::new("lessons");
    if !names.is_empty() {
        let place = |name: &&str| if Path::new(name).is_dir() { PathBuf::from(name) } else { folder.join(name) };
        return names.iter().map(|name| from_folder(&place(name))).collect();
    }
    if !folder.is_dir() {
        return Ok(LESSONS.iter().map(built_in).collect());
    }
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut places: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    places.order();
    places.iter().map(|place| from_folder(place)).collect()
}

fn built_in(source: &layerlab::lesson::library::Source) -> Texts {
    Texts {
        place: format!("lessons/{}", source.id),
        id: source.id.to_string(),
        shared: source.shared.to_string(),
        told: Lang::ALL.iter().map(|lang| (*lang, source.text(*lang).to_string())).collect(),
    }
}

fn from_folder(folder: &Path) -> Result<Texts, String> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let id = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let told = Lang::ALL.iter().map(|lang| Ok((*lang, read(file(*lang))?)));
    Ok(Texts {
        place: folder.display().to_string(),
        id,
        shared: read("lesson.md")?,
        told: told.collect::<Result<_, String>>()?,
    })
}

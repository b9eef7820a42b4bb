//! `layerlab lessons check`: all lessons, and lessons that are broken on purpose.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use layerlab::lesson::library::LESSONS;
use layerlab::lesson::own::unbundle;
use layerlab::lesson::{Block, Lesson, parse, progress, states, trial};
use layerlab::model::order::Order;
use layerlab::model::time::Time;
use layerlab::session::log::{Boot, save};
use layerlab::session::{Session, share};
use layerlab::words::Lang;

/// What the command says of a folder, and whether it is content.
fn check(folder: &Path) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_layerlab"));
    let output = command.args(["lessons", "check"]).arg(folder).output().expect("the command runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said + &String::from_utf8_lossy(&output.stdout))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_lesson_can_be_done_in_both_languages() {
    let output = Command::new(env!("CARGO_BIN_EXE_layerlab")).args(["lessons", "check"]).current_dir(root()).output();
    let output = output.expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_good_lesson_is_good() {
    let (well, said) = check(&root().join("tests/lessons/good"));
    assert!(well, "{said}");
}

/// File, what stands there, what is put in its place, and what must be said: where, and of what.
const BROKEN: [(&str, &str, &str, &str, &str); 24] = [
    ("lesson.md", "---\nminutes", "minutes", "lesson.md:1:", "begins with `---`"),
    ("lesson.md", "minutes: 5", "minutes: soon", "lesson.md:2:", "no number of minutes"),
    ("lesson.md", "images:", "pictures:", "lesson.md:3:", "`pictures`"),
    ("lesson.md", "images: alpine:3.19", "images: alpine:0.1", "lesson.md:1:", "no image `alpine:0.1`"),
    ("lesson.md", "images: alpine:3.19", "machine: gravity off", "lesson.md:3:", "no switch"),
    ("lesson.md", "## look", "## run", "lesson.md:25:", "step `run` already"),
    ("lesson.md", "container box running", "contaner box running", "lesson.md:9:", "is no condition"),
    ("lesson.md", "box running:", "box sleeping:", "lesson.md:9:", "no state of a container"),
    ("lesson.md", "Memory = 67108864", "Memory 67108864", "lesson.md:9:", "PATH OPERATOR VALUE"),
    ("lesson.md", "Memory = 67108864", "Memory = 1", "lesson.md:12:", "does not hold"),
    ("lesson.md", "--memory 64m alpine:3.19", "alpine:3.19", "lesson.md:12:", "does not hold"),
    ("lesson.md", "docker start box", "docker stop box", "lesson.md:16:", "another way"),
    ("lesson.md", "run -d --name box alpine", "run -d --name box -m 64m alpine", "lesson.md:21:", "a wrong way passes"),
    ("lesson.md", "no container box", "no container other", "lesson.md:49:", "before the solution"),
    ("lesson.md", "```solution\ndocker ps\n```\n", "", "lesson.md:25:", "has no solution"),
    ("lesson.md", "```wrong", "```also", "lesson.md:1:", "no wrong way"),
    ("en.md", "{#look}", "", "en.md:21:", "needs an id"),
    ("en.md", "{#look}", "{#peek}", "en.md:21:", "has no step `peek`"),
    ("en.md", "You looked", "", "en.md:21:", "0 conditions"),
    ("en.md", "--memory 64m", "--memory 65m", "en.md:5:", "runnable blocks of the two languages differ"),
    ("vi.md", "--memory 64m", "--memry 64m", "vi.md:5:", "a command fails"),
    ("vi.md", "(#run)", "(#rum)", "lesson.md:25:", "`#rum`, which is no step"),
    ("vi.md", "(#run)", "(javascript:alert)", "vi.md:23:", "a link must lead to"),
    ("en.md", "- [ ] stopped", "- [x] stopped", "en.md:25:", "one choice, `[x]`, is right"),
];

#[test]
fn broken_lessons_are_told_with_file_and_line() {
    let good = root().join("tests/lessons/good");
    for (number, (file, old, new, place, text)) in BROKEN.iter().enumerate() {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("broken-{number}"));
        fs::create_dir_all(&folder).expect("a folder");
        for name in ["lesson.md", "vi.md", "en.md"] {
            let mut whole = fs::read_to_string(good.join(name)).expect("a text");
            if name == *file {
                assert!(whole.contains(old), "{file} has {old}");
                whole = whole.replacen(old, new, 1);
            }
            fs::write(folder.join(name), whole).expect("a text");
        }
        let (well, said) = check(&folder);
        let told = said.lines().any(|line| line.contains(place) && line.contains(text));
        assert!(!well && told, "{file}, `{old}` to `{new}`: {said}");
    }
}

#[test]
fn a_new_lesson_can_be_read() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("new-lesson");
    let _ = fs::remove_dir_all(&folder);
    let new = || Command::new(env!("CARGO_BIN_EXE_layerlab")).args(["lessons", "new"]).arg(&folder).status();
    assert!(new().is_ok_and(|status| status.success()));
    assert!(new().is_ok_and(|status| !status.success()), "what is there is left alone");
    // One step is no whole lesson yet; nothing else is wrong with it.
    let (well, said) = check(&folder);
    let rest: Vec<&str> = said.lines().filter(|line| line.contains(".md:") && !line.contains(".md:1:")).collect();
    assert!(!well && rest.is_empty(), "{said}");
}

#[test]
fn every_lesson_can_be_had_as_one_file() {
    for source in LESSONS {
        let output = Command::new(env!("CARGO_BIN_EXE_layerlab"))
            .args(["lessons", "bundle", source.id])
            .current_dir(root())
            .output()
            .expect("the command runs");
        let text = String::from_utf8(output.stdout).expect("text");
        let own = unbundle(source.id, "one.md", &text).unwrap_or_else(|refusal| panic!("{refusal}"));
        for lang in Lang::ALL {
            let lesson = own.read(source.id, lang).unwrap_or_else(|refusal| panic!("{refusal}"));
            let listed = source.read(lang).unwrap_or_else(|error| panic!("{error}"));
            // The texts are the same to the letter, but for empty lines at their ends.
            assert_eq!(lesson, listed);
        }
        assert_eq!(own.id(), format!("{}~{}", source.id, own.hash()));
    }
}

/// All lessons, in one language: the other carries the same commands.
fn lessons() -> impl Iterator<Item = Lesson> {
    LESSONS.iter().map(|source| source.read(Lang::Vi).unwrap_or_else(|error| panic!("{}: {error}", source.id)))
}

/// The command lines that a lesson's trial types: its runnable blocks and its solutions.
fn typed(lesson: &Lesson) -> Vec<&String> {
    let blocks = lesson.steps.iter().flat_map(|step| &step.blocks).filter_map(|block| match block {
        Block::Run { lines, .. } => Some(lines),
        _ => None,
    });
    blocks.chain(lesson.steps.iter().map(|step| &step.solution.lines)).flatten().collect()
}

#[test]
fn every_command_of_the_article_is_run_in_a_lesson() {
    let list = fs::read_to_string(root().join("tests/transcripts/article.txt")).expect("the list");
    let (blocks, named) = list.split_once("# Named").expect("a part for what is only named");
    let all: Vec<Lesson> = lessons().collect();
    let all: Vec<&String> = all.iter().flat_map(typed).collect();
    let mut missing: Vec<&str> = blocks.lines().skip(1).filter(|line| !line.is_empty()).collect();
    missing.retain(|wanted| !all.iter().any(|line| line == wanted));
    missing.extend(named.lines().skip(1).filter(|wanted| !all.iter().any(|line| line.starts_with(*wanted))));
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_heading_of_the_article_is_covered() {
    let list = fs::read_to_string(root().join("tests/lessons/headings.txt")).expect("the list");
    let covered: Vec<String> = lessons().flat_map(|lesson| lesson.front.covers).collect();
    let wanted: Vec<&str> = list.lines().skip(1).collect();
    let missing: Vec<&&str> = wanted.iter().filter(|wanted| !covered.iter().any(|have| have == *wanted)).collect();
    assert!(missing.is_empty(), "{missing:#?}");
    let strange: Vec<&String> = covered.iter().filter(|have| !wanted.contains(&have.as_str())).collect();
    assert!(strange.is_empty(), "no headings of the article: {strange:#?}");
}

#[test]
fn the_folder_of_lessons_and_the_table_are_the_same() {
    let mut folders: Vec<String> = fs::read_dir(root().join("lessons"))
        .expect("the folder")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    folders.order();
    assert_eq!(folders, LESSONS.iter().map(|source| source.id).collect::<Vec<_>>());
    for lesson in lessons() {
        for needed in &lesson.front.needs {
            assert!(folders.contains(needed), "{} needs `{needed}`", lesson.id);
        }
        assert!((5..=12).contains(&lesson.front.minutes), "{} takes {} minutes", lesson.id, lesson.front.minutes);
        assert!((4..=10).contains(&lesson.steps.len()), "{} has {} steps", lesson.id, lesson.steps.len());
    }
}

/// A lesson of two puzzles, the first of which has a par.
fn puzzles(par: &str) -> Lesson {
    let shared = format!(
        "---\nminutes: 5\nimages: alpine:3.19\n---\n\n## one\n\n```par\n{par}\n```\n\n```check\ncontainer aa\ncontainer bb\n```\n\n```solution\ndocker create --name aa alpine:3.19\ndocker create --name bb alpine:3.19\n```\n\n## two\n\n```par\n1\n```\n\n```check\nno container aa\n```\n\n```solution\ndocker rm aa\n```\n"
    );
    let told = "# Puzzles\n\n## One {#one}\n\n```check\na is there\nb is there\n```\n\n## Two {#two}\n\n```check\na is gone\n```\n";
    parse("puzzles", &shared, "en.md", told).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn what_a_puzzle_took_is_counted_from_its_beginning_and_without_what_was_undone() {
    let lesson = puzzles("2");
    let mut session = Session::new(lesson.boot(Boot::default()));
    session.run_to_prompt(Time::seconds(60));
    let spent = |session: &Session| progress(&lesson, session.ticks(), &[], &session.world()).spent;
    let mut run = |line: &str| {
        match line {
            "undo" => session.undo().expect("something to undo"),
            line => session.submit(line).expect("a line"),
        }
        session.run_to_prompt(Time::seconds(60));
        spent(&session)
    };
    assert_eq!(run("docker ps -a; ls"), []);
    assert_eq!(run("docker create --name aa alpine:3.19"), []);
    assert_eq!(run("docker create --name bb alpine:3.19"), [Some(4)]);
    for _ in 0..3 {
        run("undo");
    }
    assert_eq!(run("for n in aa bb; do docker create --name $n alpine:3.19; done"), [Some(1)]);
    assert_eq!(run("docker ps"), [Some(1)]);
    assert_eq!(run("docker rm aa | cat"), [Some(1), Some(2)]);
    assert_eq!(run("docker ps -a"), [Some(1), Some(2)]);
}

#[test]
fn a_solution_over_its_par_is_no_solution() {
    let said = |par: &str| trial(&puzzles(par), "en.md").iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(said("2"), Vec::<String>::new());
    assert_eq!(said("1"), ["lesson.md:17: step `one`: the solution takes 2, which is over its par `1`"]);
    assert_eq!(said("size alpine:3.19 9000000"), Vec::<String>::new());
    let over = &said("size alpine:3.19 9")[0];
    assert!(
        over.starts_with("lesson.md:17: step `one`: the solution takes ") && over.ends_with("par `size alpine:3.19 9`"),
        "{over}"
    );
    assert_eq!(said("size nowhere 9"), ["lesson.md:6: step `one`: nothing can be told of its par `size nowhere 9`"]);
}

/// What an embed starts with (`step=`): each state of each lesson, as the link that the build makes of it.
#[test]
fn a_link_to_each_step_brings_the_machine_there() {
    for source in LESSONS {
        let lesson = source.read(Lang::En).expect("a lesson");
        let all = states(&lesson);
        assert_eq!(all.len() + 1, lesson.steps.len(), "{}", source.id);
        for (at, state) in all.iter().enumerate() {
            let link = share::link(state).unwrap_or_else(|error| panic!("{} {at}: {error:?}", source.id));
            assert!(share::read(&format!("#{link}")).as_ref() == Ok(state), "{} {at}", source.id);
        }
        // To play them all takes minutes: the last has what the others have.
        let there = Session::load(&save(&all[all.len() - 1])).expect("a session");
        let reached = progress(&lesson, there.ticks(), &there.answers(), &there.world());
        assert_eq!(reached.done, all.len(), "{}", source.id);
    }
}

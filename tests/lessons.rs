//! `layerlab lessons check`: all lessons, and lessons that are broken on purpose.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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

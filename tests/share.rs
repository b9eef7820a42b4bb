//! A session as a link: the same session comes back, and nothing that a stranger sends does harm.

use layerlab::model::limits;
use layerlab::session::Session;
use layerlab::session::log::{self, Boot, Content, Input, Key, LoadError, Switch};
use layerlab::session::share::{ShareError, link, read, read_file};

/// A sitting of more than 200 commands, as the page stored it.
const SITTING: &str = include_str!("sessions/sitting.json");
/// Links in each form that the page has ever made, with the logs that they stand for. Never made anew.
const KEPT: [(&str, &str); 2] = [
    (include_str!("sessions/s1.link"), SITTING),
    (include_str!("sessions/s1-kinds.link"), include_str!("sessions/s1-kinds.json")),
];

fn sitting() -> Vec<Input> {
    log::load(SITTING).unwrap()
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

#[test]
fn two_hundred_commands_fit_into_a_short_link() {
    let log = sitting();
    let commands = log.iter().filter(|input| matches!(input, Input::Line(_))).count();
    assert!(commands >= 200, "{commands} commands");
    let link = link(&log).unwrap();
    assert!(link.len() < 4000, "{} letters", link.len());
    assert!(link.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=-_".contains(&byte)), "{link}");
    assert_eq!(read(&link), Ok(log));
}

#[test]
fn a_link_restores_an_equal_world() {
    let log = sitting();
    let mut mine = Session::load(&log::save(&log)).unwrap();
    let shared = read(&link(&log).unwrap()).unwrap();
    let theirs = Session::load(&log::save(&shared)).unwrap();
    assert_eq!(mine.world(), theirs.world());
    assert!(!theirs.busy());
    assert_eq!(read_file(&mine.save()), Ok(log));
}

/// Any log at all, whether or not a machine would have written it.
fn any_log(dice: &mut Dice) -> Vec<Input> {
    let words =
        ["docker ps -a", "", "echo 'xin chào' | tr a b", "\t", "\x01", "a\nb", "\u{3}", "EOF", "🐳 run", "\"\\"];
    let times =
        [0, 1, 999, 1_000, 123_456_789, 16_700_000, 60_000_000_000, u64::MAX >> 2, (u64::MAX >> 2) + 1, u64::MAX];
    let keys = [Key::Interrupt, Key::End, Key::Suspend, Key::Quit];
    let mut log = vec![Input::Boot(Box::new(Boot { seed: dice.below(1 << 30) as u64, ..Boot::default() }))];
    for _ in 0..dice.below(40) {
        log.push(match dice.below(12) {
            0 | 1 => Input::Elapsed(times[dice.below(times.len())]),
            2 => Input::Elapsed(dice.below(1 << 30) as u64 * 1_000),
            3 => Input::Stdin(dice.of(&words).to_owned()),
            4 => Input::Key(keys[dice.below(4)]),
            5 => {
                Input::Edit { path: "/home/learner/myapp/a".into(), content: Content::new(dice.of(&words).as_bytes()) }
            }
            6 => Input::Edit { path: dice.of(&words).into(), content: Content::new(&[255, dice.below(256) as u8]) },
            7 => Input::Switch(Switch::Port { port: 80, taken: true }),
            8 => Input::Answer { question: "one/1".into(), given: dice.of(&words).into() },
            9 => [Input::Undo, Input::Redo, Input::Back(dice.below(9))][dice.below(3)].clone(),
            _ => Input::Line(dice.of(&words).to_owned()),
        });
    }
    log
}

#[test]
fn export_then_import_is_the_identity() {
    let mut dice = Dice(7);
    for _ in 0..500 {
        let log = any_log(&mut dice);
        assert_eq!(read(&link(&log).unwrap()).as_ref(), Ok(&log));
        assert_eq!(read_file(&log::save(&log)).as_ref(), Ok(&log));
    }
}

#[test]
fn links_of_every_form_are_still_read() {
    for (link, told) in KEPT {
        let log = log::load(told.trim()).unwrap();
        assert_eq!(read(link.trim()).as_ref(), Ok(&log));
        assert!(Session::load(told.trim()).is_ok());
    }
}

#[test]
fn a_damaged_link_is_refused_or_holds_a_session() {
    let log: Vec<Input> = sitting().into_iter().take(40).collect();
    let whole = link(&log).unwrap();
    let letters = b"ABCxyz019-_=#%\xc4\xa1 ";
    let mut dice = Dice(1);
    let mut refused = 0;
    for round in 0..1_000 {
        let mut bytes = whole.clone().into_bytes();
        for _ in 0..=dice.below(4) {
            if bytes.len() < 2 {
                break;
            }
            let (at, other) = (dice.below(bytes.len()), dice.below(bytes.len()));
            match (round + dice.below(3)) % 5 {
                0 => bytes[at] = letters[dice.below(letters.len())],
                1 => bytes.truncate(at.max(1)),
                2 => drop(bytes.remove(at)),
                3 => bytes.swap(at, other),
                _ => bytes.insert(at, letters[dice.below(letters.len())]),
            }
        }
        match read(&String::from_utf8_lossy(&bytes)) {
            Ok(log) => assert!(matches!(log.first(), Some(Input::Boot(_)))),
            Err(error) => {
                refused += 1;
                assert!(error.to_string().starts_with("layerlab: "), "{error}");
            }
        }
    }
    assert!(refused > 900, "{refused} of 1000 refused");
}

/// Who makes a link by hand can make a right sum, too: what is inside is looked at all the same.
#[test]
fn a_hostile_link_is_refused() {
    assert_eq!(read("s9=abc"), Err(ShareError::Form("s9".into())));
    assert_eq!(read("lesson"), Err(ShareError::Form("lesson".into())));
    assert_eq!(read(""), Err(ShareError::Form(String::new())));
    assert_eq!(read("s1="), Err(ShareError::Damaged));
    let newer = Boot { version: log::VERSION + 1, ..Boot::default() };
    let newer = link(&[Input::Boot(Box::new(newer))]).unwrap();
    assert_eq!(read(&newer), Err(ShareError::Log(LoadError::Version(log::VERSION + 1))));
    let headless = link(&[Input::Line("ls".into())]).unwrap();
    assert_eq!(read(&headless), Err(ShareError::Log(LoadError::NoBoot)));
    let boot = Input::Boot(Box::default());
    let twice = link(&[boot.clone(), boot]).unwrap();
    assert_eq!(read(&twice), Err(ShareError::Log(LoadError::NoBoot)));
}

#[test]
fn a_link_has_limits() {
    let line = |text: String| vec![Input::Boot(Box::default()), Input::Line(text)];
    assert_eq!(link(&line("a".repeat(limits::SHARED_BYTES))), Err(ShareError::TooLong));
    let mut dice = Dice(3);
    let noise: String = (0..limits::LINK_LETTERS).map(|_| char::from(33 + dice.below(90) as u8)).collect();
    assert_eq!(link(&line(noise)), Err(ShareError::TooLong));
    let long = format!("s1={}", "A".repeat(limits::LINK_LETTERS));
    assert_eq!(read(&long), Err(ShareError::TooLong));
    // A bomb: little that unpacks to more than a link may hold.
    let bomb: Vec<Input> = line("a".repeat(limits::SHARED_BYTES / 2 - 200));
    assert!(link(&bomb).is_ok_and(|link| link.len() < 4000));
}

#[test]
fn the_report_of_a_fault_is_a_session_file() {
    let log: Vec<Input> = sitting().into_iter().take(9).collect();
    let report = format!("RuntimeError: unreachable\npanicked at [3]\nMozilla/5.0 (X11)\n{}", log::save(&log));
    assert_eq!(read_file(&report), Ok(log));
    assert!(matches!(read_file("no session\n"), Err(ShareError::Log(LoadError::Syntax(_)))));
    assert!(matches!(read_file(""), Err(ShareError::Log(LoadError::Syntax(_)))));
}

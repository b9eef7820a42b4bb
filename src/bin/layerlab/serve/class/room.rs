//! Who is in a class, how far each is, and who is stuck. Nothing here reads a clock or a file: the time comes with
//! each call, and what has changed is given back, for whoever keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Members that a class may have.
pub const MEMBERS: usize = 300;
/// Letters of a name, of a lesson's name, of what the instructor says with a link, and bytes of a link.
const NAME: usize = 40;
const LESSON: usize = 100;
const NOTE: usize = 200;
const LINK: usize = 64_000;
/// The most steps that a lesson may have, and the most commands that are counted in one.
const STEPS: u32 = 200;
/// Lessons that are remembered of one member.
const LESSONS: usize = 50;
const TRIES: u32 = 10_000;
/// The longest timer, in seconds.
pub const TIMER: u64 = 4 * 3600;
/// Who has not been heard of for so many seconds is away. A page reports every ten.
const AWAY: u64 = 45;
/// Who is stuck: seconds at a step with so many commands that failed, or so many at all, or whatever was typed.
const FAILING: (u64, u32) = (120, 4);
const TRYING: (u64, u32) = (240, 8);
const STANDING: u64 = 600;

/// What a learner's page says of itself: how far it is, in numbers. What is typed has no place in it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub lesson: String,
    /// The step that is open, counted from 1, how many are done, and of how many.
    pub step: u32,
    pub done: u32,
    pub steps: u32,
    /// Commands since the step began, and how many of them failed.
    pub tries: u32,
    pub fails: u32,
    /// The learner asks for help.
    pub hand: bool,
}

impl Report {
    /// What is wrong with it, if anything is.
    fn wrong(&self) -> Option<&'static str> {
        let named = |letter: char| letter.is_alphanumeric() || "-_~./".contains(letter);
        let length = self.lesson.chars().count();
        if length == 0 || length > LESSON || !self.lesson.chars().all(named) {
            Some("no lesson's name")
        } else if self.steps == 0 || self.steps > STEPS || self.step == 0 || self.step > self.steps {
            Some("no step of a lesson")
        } else if self.done > self.steps || self.tries > TRIES || self.fails > self.tries {
            Some("more than there can be")
        } else {
            None
        }
    }
}

/// A learner who has joined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    pub id: u32,
    pub name: String,
    /// The digest of what the learner's page shows to be this one.
    pub token: String,
    /// Seconds since 1970, as all times here: when they joined, were last heard of, and came to their step.
    pub joined: u64,
    pub seen: u64,
    pub since: u64,
    pub report: Option<Report>,
    /// The most steps that were done of each lesson.
    pub best: BTreeMap<String, u32>,
}

/// How somebody is getting on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Asks for help.
    Hand,
    Stuck,
    Working,
    /// All steps are done.
    Done,
    /// Not heard of for a while.
    Away,
    /// Has joined and not begun.
    New,
}

impl Member {
    /// What becomes of a member who reports.
    pub fn heard(&self, report: Report, now: u64) -> Result<Member, Refusal> {
        if let Some(wrong) = report.wrong() {
            return Err(Refusal::Malformed(wrong));
        }
        let place = |report: &Report| (report.lesson.clone(), report.step, report.done);
        let moved = self.report.as_ref().is_none_or(|known| place(known) != place(&report));
        let since = if moved { now } else { self.since };
        let mut best = self.best.clone();
        if let Some(most) = best.get_mut(&report.lesson) {
            *most = report.done.max(*most);
        } else if best.len() < LESSONS {
            best.insert(report.lesson.clone(), report.done);
        }
        Ok(Member { seen: now.max(self.seen), since, report: Some(report), best, ..self.clone() })
    }

    pub fn standing(&self, now: u64) -> Standing {
        let Some(report) = &self.report else { return Standing::New };
        let stood = now.saturating_sub(self.since);
        let failing = stood >= FAILING.0 && report.fails >= FAILING.1;
        let trying = stood >= TRYING.0 && report.tries >= TRYING.1;
        match () {
            () if report.hand => Standing::Hand,
            () if now.saturating_sub(self.seen) > AWAY => Standing::Away,
            () if report.done == report.steps => Standing::Done,
            () if failing || trying || stood >= STANDING => Standing::Stuck,
            () => Standing::Working,
        }
    }
}

/// A state that the instructor offers to everybody, as a link's fragment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Offer {
    /// Told from the one before by this.
    pub id: u64,
    pub link: String,
    pub note: String,
}

/// Why something is not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    Malformed(&'static str),
    /// The join code, or what is shown to be somebody, is not right.
    Unknown,
    Taken,
    Full,
}

#[derive(Default)]
pub struct Room {
    members: BTreeMap<u32, Member>,
    /// By their tokens' digests.
    tokens: BTreeMap<String, u32>,
    pub offer: Option<Offer>,
    /// When the timer ends.
    pub timer: Option<u64>,
    next: u32,
}

impl Room {
    /// A room as it was kept. A number is not given twice, so the highest there has been is kept, too.
    pub fn new(members: Vec<Member>, next: u32) -> Room {
        let mut room = Room { next, ..Room::default() };
        members.into_iter().for_each(|member| room.put(member));
        room
    }

    /// The number that the next member gets.
    pub fn next(&self) -> u32 {
        self.next.max(1)
    }

    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// Whose token has this digest.
    pub fn known(&self, token: &str) -> Option<&Member> {
        self.members.get(self.tokens.get(token)?)
    }

    /// A member of this name, who is not yet in the room: that is for `put`, once they are kept.
    pub fn newcomer(&self, name: &str, token: String, now: u64) -> Result<Member, Refusal> {
        let name = tidy(name, NAME).ok_or(Refusal::Malformed("no name"))?;
        let same = |member: &Member| member.name.to_lowercase() == name.to_lowercase();
        if self.members.values().any(same) {
            return Err(Refusal::Taken);
        }
        if self.members.len() >= MEMBERS {
            return Err(Refusal::Full);
        }
        Ok(Member {
            id: self.next(),
            name,
            token,
            joined: now,
            seen: now,
            since: now,
            report: None,
            best: BTreeMap::new(),
        })
    }

    pub fn put(&mut self, member: Member) {
        self.next = self.next().max(member.id + 1);
        self.tokens.insert(member.token.clone(), member.id);
        self.members.insert(member.id, member);
    }

    pub fn remove(&mut self, id: u32) -> bool {
        let gone = self.members.remove(&id);
        gone.as_ref().and_then(|member| self.tokens.remove(&member.token));
        gone.is_some()
    }
}

/// The offer of a link: a whole address or its fragment, of a session that this page could open.
pub fn offer(link: &str, note: &str, id: u64) -> Result<Offer, Refusal> {
    let fragment = link.trim().rsplit_once('#').map_or(link.trim(), |(_, fragment)| fragment);
    let (form, packed) = fragment.split_once('=').unwrap_or(("", ""));
    let session =
        form.strip_prefix('s').is_some_and(|n| !n.is_empty() && n.bytes().all(|digit| digit.is_ascii_digit()));
    let letters = packed.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_".contains(&letter));
    if !session || !letters || packed.is_empty() || fragment.len() > LINK {
        return Err(Refusal::Malformed("no link to a session: one ends in #s1=…"));
    }
    let note =
        if note.trim().is_empty() { String::new() } else { tidy(note, NOTE).ok_or(Refusal::Malformed("no note"))? };
    Ok(Offer { id, link: fragment.to_owned(), note })
}

/// A line of text without blanks around it; none where it is empty, too long, or holds what steers a screen.
fn tidy(text: &str, most: usize) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let steers = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    (!text.is_empty() && text.chars().count() <= most && !text.chars().any(steers)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(step: u32, tries: u32, fails: u32) -> Report {
        Report { lesson: "01-image".into(), step, done: step - 1, steps: 5, tries, fails, hand: false }
    }

    fn member() -> Member {
        Room::default().newcomer(" An  Nguyễn ", "t".into(), 100).expect("a member")
    }

    #[test]
    fn a_step_begins_when_it_is_first_heard_of() {
        let one = member();
        assert_eq!((one.name.as_str(), one.standing(100)), ("An Nguyễn", Standing::New));
        let one = one.heard(report(2, 0, 0), 110).expect("heard");
        let one = one.heard(report(2, 3, 1), 150).expect("heard");
        assert_eq!((one.since, one.seen), (110, 150));
        let one = one.heard(report(3, 0, 0), 160).expect("heard");
        assert_eq!(one.since, 160);
        // Who goes back, or on to another lesson, has done what was done.
        let other = Report { lesson: "02-more".into(), ..report(1, 0, 0) };
        let there = one.heard(report(1, 0, 0), 170).and_then(|one| one.heard(other, 180)).expect("heard");
        assert_eq!(there.best, BTreeMap::from([("01-image".into(), 2), ("02-more".into(), 0)]));
        // A clock that was set back takes nothing from what was heard.
        assert_eq!(one.heard(report(3, 0, 0), 90).expect("heard").seen, 160);
    }

    #[test]
    fn who_is_stuck_follows_from_time_and_tries() {
        let at = |tries, fails, stood: u64| {
            let one = member().heard(report(2, 0, 0), 1_000).expect("heard");
            one.heard(report(2, tries, fails), 1_000 + stood).expect("heard").standing(1_000 + stood)
        };
        for (tries, fails, stood, expected) in [
            (4, 4, 119, Standing::Working),
            (4, 4, 120, Standing::Stuck),
            (7, 3, 239, Standing::Working),
            (7, 3, 240, Standing::Working),
            (8, 0, 240, Standing::Stuck),
            (0, 0, 599, Standing::Working),
            (0, 0, 600, Standing::Stuck),
        ] {
            assert_eq!(at(tries, fails, stood), expected, "{tries} {fails} {stood}");
        }
        let one = member().heard(report(2, 0, 0), 1_000).expect("heard");
        assert_eq!(one.standing(1_000 + AWAY), Standing::Working);
        assert_eq!(one.standing(1_001 + AWAY), Standing::Away);
        let all = Report { done: 5, step: 5, ..report(5, 9, 9) };
        assert_eq!(one.heard(all.clone(), 1_000).expect("heard").standing(1_000), Standing::Done);
        // Who asks for help is seen, even with the computer closed.
        let asks = one.heard(Report { hand: true, ..all }, 1_000).expect("heard");
        assert_eq!(asks.standing(9_000), Standing::Hand);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let one = member();
        let good = report(2, 3, 1);
        for wrong in [
            Report { lesson: String::new(), ..good.clone() },
            Report { lesson: "a b".into(), ..good.clone() },
            Report { lesson: "<b>".into(), ..good.clone() },
            Report { lesson: "a".repeat(101), ..good.clone() },
            Report { step: 0, ..good.clone() },
            Report { step: 6, ..good.clone() },
            Report { steps: 201, ..good.clone() },
            Report { done: 6, ..good.clone() },
            Report { fails: 4, ..good.clone() },
            Report { tries: 10_001, ..good.clone() },
        ] {
            assert!(one.heard(wrong.clone(), 1).is_err(), "{wrong:?}");
        }
        let room = Room::default();
        for name in ["", "  ", "a\u{7}", "a\u{202e}b", "\u{200b}", &"a".repeat(41)] {
            assert!(room.newcomer(name, String::new(), 0).is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_and_numbers_are_given_once_and_a_room_is_full_some_time() {
        let mut room = Room::default();
        for n in 0..MEMBERS {
            let one = room.newcomer(&format!("learner {n}"), format!("t{n}"), 0).expect("room for all");
            room.put(one);
        }
        assert_eq!(room.newcomer("Learner 7", "x".into(), 0), Err(Refusal::Taken));
        assert_eq!(room.newcomer("one more", "x".into(), 0), Err(Refusal::Full));
        assert_eq!(room.known("t7").map(|one| one.id), Some(8));
        assert!(room.remove(300) && !room.remove(300));
        assert_eq!(room.known("t299"), None);
        assert_eq!(room.newcomer("one more", "x".into(), 0).map(|one| one.id), Ok(301));
    }

    #[test]
    fn an_offer_is_a_session_and_nothing_else() {
        let fragment = |link: &str| offer(link, "", 1).map(|offer| offer.link).ok();
        assert_eq!(fragment("http://10.0.0.7:8080/?lang=vi#s1=aB-_9").as_deref(), Some("s1=aB-_9"));
        assert_eq!(fragment(" s1=abc ").as_deref(), Some("s1=abc"));
        for wrong in
            ["", "#", "#s1=", "#s=a", "#x1=a", "#s1=a b", "#s1=<a>", "javascript:1", "https://example.org/", "#s1=a%22"]
        {
            assert_eq!(fragment(wrong), None, "{wrong}");
        }
        assert!(offer(&format!("s1={}", "a".repeat(LINK)), "", 1).is_err());
        assert!(offer("s1=a", "\u{202e}", 1).is_err());
    }
}

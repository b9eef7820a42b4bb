//! What outlives the page: sessions, progress, the learner's own lessons, the language, the theme, the speed.
//!
//! This file alone knows how that is laid out. `FORM` says in which form it is; an older one is brought to this form
//! when the page starts (`migrate`), a newer one is left alone. Several pages may be open: a session is written only
//! over what this page itself has read or written there, and else goes on beside it.

use std::cell::RefCell;

use layerlab::words::Lang;

/// The form of all this, and the one that this page writes.
const FORM: &str = "layerlab.form";
const NEWEST: u32 = 2;
/// The keys in the browser's storage; `index.html` and `site/later.js` know some of them. A lesson's session stands
/// below the first of these, one that has gone on beside it below the second.
const SESSION: &str = "layerlab.session/";
const BESIDE: &str = "layerlab.beside/";
/// Sessions that could not be read.
const UNREAD: &str = "layerlab.unread/";
/// Sessions that a shared one has taken the place of, a line each, the newest last.
const ASIDE: &str = "layerlab.log.aside";
/// Where sessions stood in the first form: the open one, and below it those of other lessons.
const LOG_1: &str = "layerlab.log.1";
const UNREAD_1: &str = "layerlab.log.unread";
const LESSON: &str = "layerlab.lesson";
const PROGRESS: &str = "layerlab.progress";
/// The least that each step with a par has taken.
const PAR: &str = "layerlab.par";
/// The list of the learner's own lessons; their texts stand below it.
const OWN: &str = "layerlab.own";
const FAULT: &str = "layerlab.fault";
const LANG: &str = "layerlab.lang";
const THEME: &str = "layerlab.theme";
const SPEED: &str = "layerlab.speed";
/// Of this tab alone: set while a log is replayed (if it is still there at the next start, the replay brought the page
/// down), and where this tab's session stands if it stands beside another.
const REPLAYING: &str = "layerlab.replaying";
const SLOT: &str = "layerlab.slot";

/// Why a session is not kept where it should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unkept {
    /// The browser has no room for it.
    Full,
    /// The browser keeps nothing for this page.
    Blocked,
    /// What is stored is of a newer form.
    Newer,
    /// Another page has gone on with it: it is kept beside that one's.
    Beside,
}

/// Where this page's session stands.
#[derive(Default)]
struct Slot {
    lesson: String,
    key: String,
    /// What this page has read or written there last.
    known: Option<String>,
    unkept: Option<Unkept>,
    /// What of that was told.
    told: Option<Unkept>,
}

thread_local! {
    static HERE: RefCell<Slot> = RefCell::default();
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Whether it is kept. A full or forbidden store is no reason to stop: the page works, it only forgets.
fn set(key: &str, value: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, value).is_ok())
}

fn remove(key: &str) {
    let _ = storage().map(|storage| storage.remove_item(key));
}

/// A value of the address's query.
pub fn query(name: &str) -> Option<String> {
    let search = web_sys::window()?.location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// What is kept for as long as this tab.
fn tab() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok()?
}

fn tab_get(key: &str) -> Option<String> {
    tab()?.get_item(key).ok()?
}

fn tab_set(key: &str, value: Option<&str>) {
    let _ = tab().map(|tab| match value {
        Some(value) => tab.set_item(key, value),
        None => tab.remove_item(key),
    });
}

/// The form of what is stored.
fn form() -> u32 {
    get(FORM).and_then(|form| form.parse().ok()).unwrap_or(1)
}

/// The stored session of a lesson, unless replaying it once brought the page down.
pub fn log(lesson: &str) -> Option<String> {
    // Who comes for the first time has nothing of an older form.
    if form() < NEWEST && (get(LOG_1).is_some() || get(LESSON).is_some()) {
        migrate(lesson);
    }
    let of = |key: &String| {
        key.strip_prefix(BESIDE).and_then(|rest| rest.rsplit_once('/')).is_some_and(|(of, _)| of == lesson)
    };
    let key = tab_get(SLOT).filter(of).unwrap_or_else(|| format!("{SESSION}{lesson}"));
    // What a newer version keeps is not this page's to read or to put away.
    let mut known = get(&key).filter(|_| form() <= NEWEST);
    if fell() && known.is_some() {
        keep_unread(&key);
        known = get(&key);
    }
    super::mark("data-session", Some(&key));
    let stored = known.clone();
    HERE.set(Slot { lesson: lesson.to_owned(), key, known, ..Slot::default() });
    stored
}

/// Keeps a session, that of the open lesson if it is of none: beside the stored one where that is not what this page
/// knows of it.
#[inline(never)]
pub fn keep_log(lesson: Option<&str>, text: &str) {
    HERE.with_borrow_mut(|here| {
        if let Some(lesson) = lesson.filter(|lesson| *lesson != here.lesson) {
            *here = Slot { lesson: lesson.to_owned(), key: format!("{SESSION}{lesson}"), ..Slot::default() };
        }
        here.unkept = match () {
            () if storage().is_none() => Some(Unkept::Blocked),
            () if form() > NEWEST => Some(Unkept::Newer),
            () => here.keep(text),
        };
        let name = here.unkept.map(|unkept| format!("{unkept:?}").to_ascii_lowercase());
        super::mark("data-unkept", name.as_deref());
        super::mark("data-session", Some(&here.key));
    });
}

impl Slot {
    #[inline(never)]
    fn keep(&mut self, text: &str) -> Option<Unkept> {
        if get(&self.key) != self.known {
            let number = (js_sys::Math::random() * 1e9) as u32;
            self.key = format!("{BESIDE}{}/{number}", self.lesson);
            tab_set(SLOT, Some(&self.key));
            self.known = None;
        }
        if !set(&self.key, text) {
            return Some(Unkept::Full);
        }
        set(FORM, &NEWEST.to_string());
        // Who comes back without an address of a lesson finds the one that was worked on last.
        keep_lesson(&self.lesson);
        self.known = Some(text.to_owned());
        self.key.starts_with(BESIDE).then_some(Unkept::Beside)
    }
}

/// Why this page's session is not kept, or not in its usual place.
pub fn unkept() -> Option<Unkept> {
    HERE.with_borrow(|here| here.unkept)
}

/// Whether that is another reason than the last time this was asked.
#[inline(never)]
pub fn is_news() -> bool {
    HERE.with_borrow_mut(|here| std::mem::replace(&mut here.told, here.unkept) != here.unkept)
}

/// Puts what stands at a key to those that could not be read, so that its place is free.
#[inline(never)]
pub fn keep_unread(key: &str) {
    let free = (0..).map(|n| format!("{UNREAD}{n}")).find(|key| get(key).is_none());
    if let Some(free) = free {
        rename(key, &free);
    }
}

/// What could not be read when this page started is put away.
#[inline(never)]
pub fn keep_here_unread() {
    HERE.with_borrow_mut(|here| {
        keep_unread(&here.key);
        here.known = get(&here.key);
    });
}

/// All that could not be read.
#[inline(never)]
pub fn unread() -> Vec<String> {
    keys(UNREAD).iter().filter_map(|key| get(key)).collect()
}

/// Gives a value another key. Where there is no room for both, the first goes before the second comes.
fn rename(from: &str, to: &str) -> bool {
    let Some(text) = get(from) else { return false };
    if set(to, &text) {
        remove(from);
        return true;
    }
    remove(from);
    set(to, &text) || {
        set(from, &text);
        false
    }
}

/// The keys that begin so.
fn keys(start: &str) -> Vec<String> {
    let Some(storage) = storage() else { return Vec::new() };
    let all = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok()?);
    all.filter(|key| key.starts_with(start)).collect()
}

/// Brings the first form to the second: there the open session had a key of its own, and went below it when another
/// lesson was opened.
#[inline(never)]
fn migrate(lesson: &str) {
    if let Some(open) = get(LOG_1) {
        // One without a lesson was that of whatever lesson was opened.
        rename(LOG_1, &format!("{SESSION}{}", lesson_of(&open).as_deref().unwrap_or(lesson)));
    }
    let below = format!("{LOG_1}/");
    for key in keys(&below) {
        let to = format!("{SESSION}{}", &key[below.len()..]);
        // The open one was newer than what lay aside of the same lesson.
        if get(&to).is_none() {
            rename(&key, &to);
        } else if get(&key).is_some_and(|old| put_aside(&old)) {
            remove(&key);
        }
    }
    keep_unread(UNREAD_1);
    remove(REPLAYING);
    // What there was no room to move stays for another time.
    if keys(LOG_1).is_empty() {
        set(FORM, &NEWEST.to_string());
    }
}

/// What the machine said when it failed.
pub fn keep_fault(text: &str) {
    set(FAULT, text);
}

/// Lessons and how many of their steps were done.
pub fn progress() -> Vec<(String, usize)> {
    let kept = get(PROGRESS).unwrap_or_default();
    kept.split(' ')
        .filter_map(|one| one.split_once('='))
        .filter_map(|(id, n)| Some((id.to_owned(), n.parse().ok()?)))
        .collect()
}

/// What was done once stays done.
pub fn keep_progress(id: &str, done: usize) {
    let id = id.replace([' ', '='], "-");
    let mut all = progress();
    match all.iter_mut().find(|(known, _)| *known == id) {
        Some((_, known)) if *known >= done => return,
        Some((_, known)) => *known = done,
        None => all.push((id, done)),
    }
    let all: Vec<String> = all.iter().map(|(id, done)| format!("{id}={done}")).collect();
    set(PROGRESS, &all.join(" "));
}

/// The least that a lesson's step has taken.
#[inline(never)]
pub fn best(id: &str, step: &str) -> Option<u64> {
    let name = format!("{id}#{step}");
    let kept = get(PAR)?;
    let found = kept.lines().filter_map(|line| line.rsplit_once('=')).find(|(known, _)| *known == name);
    found.and_then(|(_, spent)| spent.parse().ok())
}

#[inline(never)]
pub fn keep_best(id: &str, step: &str, spent: u64) {
    if best(id, step).is_some_and(|known| known <= spent) {
        return;
    }
    let name = format!("{id}#{step}");
    let kept = get(PAR).unwrap_or_default();
    let others = kept.lines().filter(|line| line.rsplit_once('=').is_none_or(|(known, _)| known != name));
    let all: Vec<String> = others.map(str::to_owned).chain([format!("{name}={spent}")]).collect();
    set(PAR, &all.join("\n"));
}

/// The learner's own lessons, a line each as in the page's list.
pub fn own_list() -> String {
    get(OWN).unwrap_or_default()
}

/// Keeps the list, with what other pages have added to it meanwhile: those whose texts are there.
#[inline(never)]
pub fn keep_own_list(list: &str) {
    let id = |row: &str| row.split('\t').next().unwrap_or_default().to_owned();
    let new = |row: &&str| list.lines().all(|known| id(known) != id(row)) && own(&id(row)).is_some();
    let stored = own_list();
    let others: String = stored.lines().filter(new).map(|row| format!("{row}\n")).collect();
    set(OWN, &format!("{list}{others}"));
}

/// The text of one of them.
#[inline(never)]
pub fn own(id: &str) -> Option<String> {
    get(&format!("{OWN}/{id}"))
}

/// Keeps the text of one; false where the store has no room for it.
#[inline(never)]
pub fn keep_own(id: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(&format!("{OWN}/{id}"), text).is_ok())
}

/// Forgets the text of one and its session; how far the learner was stays known.
#[inline(never)]
pub fn forget_own(id: &str) {
    remove(&format!("{OWN}/{id}"));
    remove(&format!("{SESSION}{id}"));
}

/// The lesson that was open last.
pub fn lesson() -> Option<String> {
    get(LESSON)
}

pub fn keep_lesson(id: &str) {
    set(LESSON, id);
}

/// Puts a value into the address where there is another one, which loads the page anew; whether it does.
#[inline(never)]
pub fn ask(name: &str, value: &str) -> bool {
    if query(name).is_none_or(|asked| asked == value) {
        return false;
    }
    let location = web_sys::window().map(|window| window.location());
    let changed = location.and_then(|location| {
        let params = web_sys::UrlSearchParams::new_with_str(&location.search().ok()?).ok()?;
        params.set(name, value);
        location.set_search(&String::from(params.to_string())).ok()
    });
    changed.is_some()
}

/// The session that the address brings, as `session::share` writes it.
pub fn fragment() -> Option<String> {
    let hash = web_sys::window()?.location().hash().ok()?;
    hash.starts_with("#s").then_some(hash)
}

/// Whether what was replayed last in this tab brought the page down; that is told once.
pub fn fell() -> bool {
    let fell = tab_get(REPLAYING).is_some();
    tab_set(REPLAYING, None);
    fell
}

/// Takes the shared session out of the address, and the lesson that may be asked for in it.
pub fn clear_fragment() {
    let change = || {
        let window = web_sys::window()?;
        let params = web_sys::UrlSearchParams::new_with_str(&window.location().search().ok()?).ok()?;
        params.delete("lesson");
        let address = format!("{}?{}", window.location().pathname().ok()?, String::from(params.to_string()));
        let address = address.trim_end_matches('?');
        window.history().ok()?.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(address)).ok()
    };
    let _ = change();
}

/// The lesson that a log's machine was set up for.
#[inline(never)]
fn lesson_of(log: &str) -> Option<String> {
    match layerlab::session::log::load(log).ok()?.into_iter().next()? {
        layerlab::session::log::Input::Boot(boot) => Some(boot.lesson?.id),
        _ => None,
    }
}

/// Lays a session aside; false if there is no room for it.
fn put_aside(log: &str) -> bool {
    let aside = get(ASIDE).unwrap_or_default();
    set(ASIDE, &format!("{aside}{log}\n"))
}

/// Puts another session into the place of its lesson's, which is laid aside as the oldest (`first`) or the newest of
/// those laid aside. False if there is no room for that.
fn replace(log: &str, first: bool) -> bool {
    if form() > NEWEST {
        return false;
    }
    let lesson = lesson_of(log).unwrap_or_default();
    let key = format!("{SESSION}{lesson}");
    let mine = get(&key);
    let aside = get(ASIDE).unwrap_or_default();
    let laid = mine.iter().all(|mine| match first {
        true => set(ASIDE, &format!("{mine}\n{aside}")),
        false => put_aside(mine),
    });
    let kept = laid && set(&key, log);
    if kept {
        set(FORM, &NEWEST.to_string());
        keep_lesson(&lesson);
        tab_set(SLOT, None);
        HERE.set(Slot { lesson, key, known: Some(log.to_owned()), ..Slot::default() });
    } else if laid {
        set(ASIDE, &aside);
    }
    kept
}

/// A shared session becomes the reader's own.
pub fn adopt(log: &str) -> bool {
    replace(log, false)
}

/// Whether a session is laid aside, or has gone on beside another and is not this tab's.
pub fn is_aside() -> bool {
    let here = tab_get(SLOT);
    get(ASIDE).is_some_and(|aside| !aside.is_empty()) || keys(BESIDE).iter().any(|key| Some(key) != here.as_ref())
}

/// Changes the stored session for the one that was laid aside last.
pub fn take_back() {
    let here = tab_get(SLOT);
    for key in keys(BESIDE).into_iter().filter(|key| Some(key) != here.as_ref()) {
        // Should its page still be open, it goes on at another place.
        if get(&key).is_some_and(|log| put_aside(&log)) {
            remove(&key);
        }
    }
    let Some(aside) = get(ASIDE) else { return };
    let (rest, last) = aside.trim_end().rsplit_once('\n').unwrap_or(("", aside.trim_end()));
    set(ASIDE, &if rest.is_empty() { String::new() } else { format!("{rest}\n") });
    if !replace(last, true) {
        set(ASIDE, &aside);
    }
}

/// Forgets all that Layerlab keeps in this browser.
pub fn forget() {
    keys("layerlab.").iter().for_each(|key| remove(key));
    [SLOT, REPLAYING].iter().for_each(|key| tab_set(key, None));
    HERE.set(Slot::default());
}

/// Forgets this page's session.
pub fn forget_log() {
    if form() <= NEWEST {
        HERE.with_borrow(|here| remove(&here.key));
    }
}

pub fn replaying(on: bool) {
    tab_set(REPLAYING, on.then_some("1"));
}

pub fn lang() -> Lang {
    let asked = query("lang").or_else(|| get(LANG)).or_else(|| web_sys::window()?.navigator().language());
    asked.and_then(|code| Lang::from_code(&code)).unwrap_or(Lang::En)
}

pub fn keep_lang(lang: Lang) {
    set(LANG, lang.code());
}

/// Colours: the system's, or always light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    /// As `data-theme` spells it.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Theme::System => None,
            Theme::Light => Some("light"),
            Theme::Dark => Some("dark"),
        }
    }

    pub fn next(self) -> Theme {
        match self {
            Theme::System => Theme::Light,
            Theme::Light => Theme::Dark,
            Theme::Dark => Theme::System,
        }
    }
}

pub fn theme() -> Theme {
    match query("theme").or_else(|| get(THEME)).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

pub fn keep_theme(theme: Theme) {
    match theme.name() {
        Some(name) => drop(set(THEME, name)),
        None => remove(THEME),
    }
}

/// How fast virtual time passes while a command runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speed {
    Real,
    Four,
    Instant,
}

impl Speed {
    pub const ALL: [Speed; 3] = [Speed::Real, Speed::Four, Speed::Instant];

    pub fn name(self) -> &'static str {
        match self {
            Speed::Real => "1",
            Speed::Four => "4",
            Speed::Instant => "instant",
        }
    }

    pub fn factor(self) -> u64 {
        if self == Speed::Four { 4 } else { 1 }
    }
}

pub fn speed() -> Speed {
    let asked = query("speed").or_else(|| get(SPEED));
    Speed::ALL.into_iter().find(|speed| Some(speed.name()) == asked.as_deref()).unwrap_or(Speed::Real)
}

pub fn keep_speed(speed: Speed) {
    set(SPEED, speed.name());
}

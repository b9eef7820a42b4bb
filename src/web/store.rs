//! What outlives the page: the log, the language, the theme, the speed.

use layerlab::words::Lang;

/// The keys in the browser's storage. The plain script in `index.html` knows some of them.
const LOG: &str = "layerlab.log.1";
/// Sessions that a shared one has taken the place of, a line each, the newest last.
const ASIDE: &str = "layerlab.log.aside";
const UNREAD: &str = "layerlab.log.unread";
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
/// Set while a log is replayed: if it is still there at the next start, the replay brought the page down.
const REPLAYING: &str = "layerlab.replaying";

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

/// The stored log, unless replaying it once brought the page down.
pub fn log() -> Option<String> {
    if get(REPLAYING).is_some() {
        remove(REPLAYING);
        if let Some(text) = get(LOG) {
            keep_unread(&text);
        }
        return None;
    }
    get(LOG)
}

pub fn keep_log(text: &str) {
    set(LOG, text);
}

pub fn keep_unread(text: &str) {
    set(UNREAD, text);
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

#[inline(never)]
pub fn keep_own_list(list: &str) {
    set(OWN, list);
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
    remove(&format!("{LOG}/{id}"));
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

/// Lays the session of one lesson aside and takes that of another, if there is one.
pub fn change_log(from: &str, to: &str) {
    if let Some(log) = get(LOG) {
        set(&format!("{LOG}/{from}"), &log);
    }
    match get(&format!("{LOG}/{to}")) {
        Some(log) => drop(set(LOG, &log)),
        None => remove(LOG),
    }
}

/// The session that the address brings, as `session::share` writes it.
pub fn fragment() -> Option<String> {
    let hash = web_sys::window()?.location().hash().ok()?;
    hash.starts_with("#s").then_some(hash)
}

/// Whether what was replayed last brought the page down; that is told once.
pub fn fell() -> bool {
    let fell = get(REPLAYING).is_some();
    remove(REPLAYING);
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

/// Makes the page open the stored session next, whatever lesson the address asks for.
pub fn come_back() {
    get(LOG).and_then(|log| lesson_of(&log)).iter().for_each(|id| keep_lesson(id));
    clear_fragment();
}

/// Puts another session into the stored one's place: that of the same lesson is laid aside as the oldest
/// (`first`) or the newest of those laid aside, that of another lesson where the list of lessons finds it. False if there is no room for that.
fn replace(log: &str, first: bool) -> bool {
    let to = lesson_of(log).unwrap_or_default();
    if let Some(from) = get(LOG).map(|mine| lesson_of(&mine).unwrap_or_default()).filter(|from| *from != to) {
        change_log(&from, &to);
    }
    let mine = get(LOG).or_else(|| get(&format!("{LOG}/{to}")));
    let aside = get(ASIDE).unwrap_or_default();
    let kept = mine
        .is_none_or(|mine| set(ASIDE, &if first { format!("{mine}\n{aside}") } else { format!("{aside}{mine}\n") }));
    if kept {
        set(LOG, log);
        keep_lesson(&to);
    }
    kept
}

/// A shared session becomes the reader's own.
pub fn adopt(log: &str) -> bool {
    replace(log, false)
}

/// Whether a session is laid aside.
pub fn is_aside() -> bool {
    get(ASIDE).is_some_and(|aside| !aside.is_empty())
}

/// Changes the stored session for the one that was laid aside last.
pub fn take_back() {
    let Some(aside) = get(ASIDE) else { return };
    let (rest, last) = aside.trim_end().rsplit_once('\n').unwrap_or(("", aside.trim_end()));
    set(ASIDE, &if rest.is_empty() { String::new() } else { format!("{rest}\n") });
    if !replace(last, true) {
        set(ASIDE, &aside);
    }
}

/// Forgets all that Layerlab keeps in this browser.
pub fn forget() {
    let Some(storage) = storage() else { return };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok()?);
    let mine: Vec<String> = keys.filter(|key| key.starts_with("layerlab.")).collect();
    mine.iter().for_each(|key| remove(key));
}

pub fn forget_log() {
    remove(LOG);
}

pub fn replaying(on: bool) {
    if on {
        set(REPLAYING, "1");
    } else {
        remove(REPLAYING);
    }
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

//! The interface's words, one table a language.
//!
//! A word that a language lacks does not compile. Docker's own texts are never here: names, tags, ids,
//! commands and what the terminal says are the same in every language.

mod browse;
mod build;
mod en;
mod inspect;
mod lens;
mod moment;
mod own;
mod share;
mod table;
mod vi;

pub use browse::BrowseWords;
pub use build::BuildWords;
pub use inspect::InspectWords;
pub use lens::{Lens, LensWords};
pub use moment::MomentWords;
pub use own::OwnWords;
pub use share::ShareWords;

/// A language of the interface.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Lang {
    #[default]
    Vi,
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Vi, Lang::En];

    /// As `<html lang>` and the file names of lessons spell it.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Vi => "vi",
            Lang::En => "en",
        }
    }

    /// The language of a code such as `en` or `vi-VN`.
    pub fn from_code(code: &str) -> Option<Lang> {
        let primary = code.split(['-', '_']).next()?;
        Lang::ALL.into_iter().find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    pub fn words(self) -> &'static Words {
        match self {
            Lang::Vi => &vi::WORDS,
            Lang::En => &en::WORDS,
        }
    }
}

/// The states of a container as words.
#[derive(Clone, Copy, Debug)]
pub struct StateWords {
    pub created: &'static str,
    pub running: &'static str,
    pub paused: &'static str,
    pub restarting: &'static str,
    pub removing: &'static str,
    pub exited: &'static str,
    pub dead: &'static str,
    pub removed: &'static str,
}

/// What a health check found.
#[derive(Clone, Copy, Debug)]
pub struct HealthWords {
    pub starting: &'static str,
    pub healthy: &'static str,
    pub unhealthy: &'static str,
}

/// What the Stage says.
#[derive(Clone, Copy, Debug)]
pub struct StageWords {
    pub name: &'static str,
    pub registry: &'static str,
    pub registry_host: &'static str,
    pub images: &'static str,
    pub containers: &'static str,
    pub volumes: &'static str,
    pub networks: &'static str,
    pub outside: &'static str,
    pub outside_sub: &'static str,
    pub below: &'static str,
    pub writable: &'static str,
    pub pid1: &'static str,
    pub pulled: &'static str,
    pub not_pulled: &'static str,
    pub not_started: &'static str,
    pub no_images: &'static str,
    pub no_images_hint: &'static str,
    pub no_containers: &'static str,
    pub no_containers_hint: &'static str,
    pub same_layers: &'static str,
    pub no_image: &'static str,
    pub port: &'static str,
    pub port_taken: &'static str,
    pub layer: &'static str,
    pub untagged: &'static str,
    pub attached: &'static str,
    pub detached: &'static str,
    pub network: &'static str,
    pub resolves: &'static str,
    pub no_names: &'static str,
    pub internal: &'static str,
    pub also_named: &'static str,
    pub no_network: &'static str,
    pub host_network: &'static str,
    pub folder: &'static str,
    pub folders: &'static str,
    pub anonymous: &'static str,
    pub unused: &'static str,
    pub read_only: &'static str,
    pub in_memory: &'static str,
    pub out_of_memory: &'static str,
    pub restarts: &'static str,
    pub more: fn(usize) -> String,
    pub files: fn(usize) -> String,
    pub layers: fn(usize) -> String,
    pub base_layers: fn(usize) -> String,
    pub group: fn(count: usize, image: &str, state: &str) -> String,
    pub mounted_at: fn(&str) -> String,
    pub mounted_in: fn(what: &str, container: &str, path: &str) -> String,
    pub containers_count: fn(usize) -> String,
    pub on_network: fn(container: &str, network: &str) -> String,
    pub shares_network: fn(&str) -> String,
    pub port_of: fn(address: &str, container: &str, port: &str) -> String,
    pub socket: fn(address: &str, container: &str, port: &str) -> String,
    pub browser: fn(&str) -> String,
    pub states: StateWords,
    pub health: HealthWords,
}

/// What the page says around the Stage.
#[derive(Clone, Copy, Debug)]
pub struct PageWords {
    /// What the place above the timeline can show.
    pub views: &'static str,
    pub build: &'static str,
    pub browser: &'static str,
    pub files: &'static str,
    pub tagline: &'static str,
    pub sandbox: &'static str,
    pub stage: &'static str,
    pub lesson: &'static str,
    pub terminal: &'static str,
    pub timeline: &'static str,
    pub language: &'static str,
    pub theme: &'static str,
    pub theme_light: &'static str,
    pub theme_dark: &'static str,
    pub theme_system: &'static str,
    /// What the lenses are called, and what they are.
    pub view_as: &'static str,
    pub lens_technical: &'static str,
    pub lens_kitchen: &'static str,
    pub present: &'static str,
    pub compare: &'static str,
    pub speed: &'static str,
    pub speed_instant: &'static str,
    pub undo: &'static str,
    pub redo: &'static str,
    pub run: &'static str,
    pub hint: &'static str,
    pub back: &'static str,
    pub next: &'static str,
    pub done: &'static str,
    pub todo: &'static str,
    pub prompt: &'static str,
    pub tab_completes: &'static str,
    pub up_recalls: &'static str,
    pub start: &'static str,
    pub nothing_changed: &'static str,
    pub reading_back: &'static str,
    pub back_to_now: &'static str,
    pub go_on_from_here: &'static str,
    pub share: &'static str,
    pub restart_ask: &'static str,
    pub open_full: &'static str,
    pub coach: &'static str,
    pub switches: &'static str,
    pub switch_network: &'static str,
    pub switch_slow: &'static str,
    pub switch_disk: &'static str,
    pub switch_port: &'static str,
    pub switch_damage: &'static str,
    pub keys: &'static str,
    pub interrupt: &'static str,
    pub end_input: &'static str,
    pub send: &'static str,
    pub editor: &'static str,
    pub editor_text: &'static str,
    pub save: &'static str,
    pub leave_editor: &'static str,
    pub no_text: fn(&str) -> String,
    pub lesson_done: &'static str,
    pub step_done: &'static str,
    pub lessons: &'static str,
    pub next_lesson: &'static str,
    pub minutes: &'static str,
    pub close: &'static str,
    pub question: &'static str,
    pub guess: &'static str,
    pub answer: &'static str,
    pub answer_all: &'static str,
    pub right: &'static str,
    pub not_yet: &'static str,
    pub up: &'static str,
    pub note: &'static str,
    pub look: &'static str,
    pub no_lesson: fn(&str) -> String,
    pub welcome: &'static str,
    pub step_of: fn(usize, usize) -> String,
    pub step_short: fn(usize, usize) -> String,
    pub appeared: fn(&str) -> String,
    pub went: fn(&str) -> String,
    pub changed: fn(what: &str, from: &str, to: &str) -> String,
    pub undone: fn(&str) -> String,
    pub redone: fn(&str) -> String,
    pub pasted: fn(usize) -> String,
    /// Control characters that a paste had and that were not taken.
    pub left_out: fn(usize) -> String,
}

/// Every word of the interface in one language.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub lang: Lang,
    /// How the Stage is told.
    pub lens: Lens,
    pub stage: StageWords,
    pub page: PageWords,
    pub build: BuildWords,
    pub browse: BrowseWords,
    pub inspect: InspectWords,
    pub moment: MomentWords,
    pub own: OwnWords,
    pub share: ShareWords,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for lang in Lang::ALL {
            assert_eq!(Lang::from_code(lang.code()), Some(lang));
            assert_eq!(lang.words().lang, lang);
        }
        assert_eq!(Lang::from_code("vi-VN"), Some(Lang::Vi));
        assert_eq!(Lang::from_code("EN_us"), Some(Lang::En));
        assert_eq!(Lang::from_code("de"), None);
        assert_eq!(Lang::from_code(""), None);
    }

    #[test]
    fn one_and_many_are_told_apart() {
        assert_eq!((Lang::En.words().stage.files)(1), "1 file");
        assert_eq!((Lang::En.words().stage.files)(2), "2 files");
        assert_eq!((Lang::Vi.words().stage.files)(1), "1 tệp");
    }
}

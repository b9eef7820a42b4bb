//! The lessons that come with Layerlab, in order. The page fetches their texts; it does not carry them.

use super::{Error, Lesson, parse};
use crate::words::Lang;

/// A lesson's texts.
pub struct Source {
    pub id: &'static str,
    pub shared: &'static str,
    pub vi: &'static str,
    pub en: &'static str,
}

macro_rules! lessons {
    ($($id:literal)*) => {
        /// All of them.
        pub const LESSONS: &[Source] = &[$(Source {
            id: $id,
            shared: include_str!(concat!("../../lessons/", $id, "/lesson.md")),
            vi: include_str!(concat!("../../lessons/", $id, "/vi.md")),
            en: include_str!(concat!("../../lessons/", $id, "/en.md")),
        }),*];
    };
}

lessons! {
    "00-first-steps"
    "01-image-and-container"
    "02-images"
    "03-containers"
    "04-container-or-vm"
    "05-side-by-side"
    "06-full-circle"
    "07-end-to-end"
    "08-good-images"
    "09-good-containers"
    "10-it-cannot-start"
    "11-my-data-is-gone"
    "12-i-cannot-reach-it"
    "13-for-others"
    "14-many-containers"
    "15-challenges"
    "16-compose"
}

impl Source {
    pub fn find(id: &str) -> Option<&'static Source> {
        LESSONS.iter().find(|source| source.id == id)
    }

    pub fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Vi => self.vi,
            Lang::En => self.en,
        }
    }

    pub fn read(&self, lang: Lang) -> Result<Lesson, Error> {
        parse(self.id, self.shared, file(lang), self.text(lang))
    }
}

/// The name of a language's text.
pub fn file(lang: Lang) -> &'static str {
    match lang {
        Lang::Vi => "vi.md",
        Lang::En => "en.md",
    }
}

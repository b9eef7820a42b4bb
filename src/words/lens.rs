//! Lenses: the Stage told as something that the reader knows already. Geometry and colours stay, and so do names, tags,
//! ids and commands. The texts stand in `lens/LANGUAGE.txt`, one table a language.

use std::sync::OnceLock;

use super::{Lang, StageWords, StateWords, Words};

/// How the Stage is told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Lens {
    #[default]
    Technical,
    Kitchen,
    /// Classes and objects.
    Objects,
}

macro_rules! lens_words {
    ($($name:ident),* $(,)?) => {
        /// The words of one lens.
        #[derive(Debug)]
        pub struct LensWords {
            $(pub $name: &'static str,)*
        }

        /// The words of the lens that begins a text, and the lines behind it.
        const fn lens(rest: &'static str, lens: &str) -> (LensWords, &'static str) {
            let rest = super::table::heading(rest, lens);
            $(let ($name, rest) = super::table::word(rest, stringify!($name));)*
            (LensWords { $($name,)* }, rest)
        }
    };
}

lens_words!(
    title,
    intro,
    registry,
    images,
    containers,
    volumes,
    networks,
    outside,
    outside_sub,
    writable,
    pid1,
    same_layers,
    created,
    running,
    paused,
    restarting,
    removing,
    exited,
    dead,
    removed,
    image,
    image_is,
    layer,
    layer_is,
    container,
    container_is,
    top,
    top_is,
    volume,
    volume_is,
    network,
    network_is,
    port,
    port_is,
    breaks,
    breaks_layers,
    breaks_state,
    breaks_images,
    back
);

/// Both lenses in one language.
#[derive(Debug)]
pub struct Lenses {
    kitchen: LensWords,
    objects: LensWords,
}

const fn lenses(text: &'static str) -> Lenses {
    let (kitchen, rest) = lens(text, "kitchen");
    let (objects, rest) = lens(rest, "objects");
    assert!(rest.is_empty(), "a line too many");
    Lenses { kitchen, objects }
}

static VI: Lenses = lenses(include_str!("lens/vi.txt"));
static EN: Lenses = lenses(include_str!("lens/en.txt"));

impl Lens {
    pub const ALL: [Lens; 3] = [Lens::Technical, Lens::Kitchen, Lens::Objects];

    pub fn name(self) -> &'static str {
        match self {
            Lens::Technical => "technical",
            Lens::Kitchen => "kitchen",
            Lens::Objects => "objects",
        }
    }

    /// What the lens says of itself; nothing where things have their own names.
    pub fn told(self, lang: Lang) -> Option<&'static LensWords> {
        let lenses = match lang {
            Lang::Vi => &VI,
            Lang::En => &EN,
        };
        match self {
            Lens::Technical => None,
            Lens::Kitchen => Some(&lenses.kitchen),
            Lens::Objects => Some(&lenses.objects),
        }
    }

    /// The interface's words with the Stage seen through the lens.
    pub fn words(self, lang: Lang) -> &'static Words {
        static SEEN: [OnceLock<Words>; 4] = [const { OnceLock::new() }; 4];
        let Some(told) = self.told(lang) else { return lang.words() };
        let place = usize::from(lang == Lang::En) * 2 + usize::from(self == Lens::Objects);
        match SEEN.get(place) {
            Some(seen) => seen.get_or_init(|| Words { lens: self, stage: stage(told, lang), ..*lang.words() }),
            None => lang.words(),
        }
    }
}

fn stage(told: &'static LensWords, lang: Lang) -> StageWords {
    StageWords {
        registry: told.registry,
        images: told.images,
        containers: told.containers,
        volumes: told.volumes,
        networks: told.networks,
        outside: told.outside,
        outside_sub: told.outside_sub,
        writable: told.writable,
        pid1: told.pid1,
        same_layers: told.same_layers,
        states: StateWords {
            created: told.created,
            running: told.running,
            paused: told.paused,
            restarting: told.restarting,
            removing: told.removing,
            exited: told.exited,
            dead: told.dead,
            removed: told.removed,
        },
        ..lang.words().stage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_stage_is_told_otherwise() {
        for lang in Lang::ALL {
            let plain = lang.words();
            assert_eq!(Lens::Technical.words(lang).stage.images, plain.stage.images);
            for lens in [Lens::Kitchen, Lens::Objects] {
                let words = lens.words(lang);
                assert!(std::ptr::eq(lens.words(lang), words), "made once");
                assert_eq!((words.lens, words.lang, words.page.undo), (lens, lang, plain.page.undo));
                assert_ne!(words.stage.images, plain.stage.images);
                let told = lens.told(lang).expect("a lens");
                for text in [told.breaks_layers, told.breaks_state, told.breaks_images, told.intro] {
                    assert!(text.len() > 40, "{lang:?} {lens:?}: {text}");
                }
            }
        }
    }
}

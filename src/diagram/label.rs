//! A layer's label from the history of an image, and sizes as Docker rounds them.

use crate::model::image::{History, Image};

/// What a plate says: the instruction that made the layer and its arguments.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Label {
    /// `RUN`, `COPY`, ...; empty for a history that names none.
    pub instruction: String,
    pub text: String,
    /// The argument in a word or two, for narrow plates.
    pub short: String,
}

const INSTRUCTIONS: [&str; 6] = ["ADD", "COPY", "RUN", "WORKDIR", "VOLUME", "USER"];

/// The labels of an image's layers, base first. Steps of the history without a layer of their own are left out.
pub fn labels(image: &Image) -> Vec<Label> {
    let mut labels: Vec<Label> = image.history.iter().filter(|step| !step.empty_layer).map(label).collect();
    // A committed image says what ran in its container; that is not what made the layer.
    if image.parent.is_some()
        && let Some(top) = labels.last_mut()
        && top.instruction.is_empty()
    {
        top.instruction = "commit".to_owned();
    }
    labels.resize(image.layers.len(), Label::default());
    labels
}

fn label(step: &History) -> Label {
    of(&step.created_by)
}

/// The label of a layer that this made.
pub fn of(created_by: &str) -> Label {
    let text = created_by.trim();
    let text = text.strip_suffix("# buildkit").unwrap_or(text).trim_end();
    let (instruction, rest) = match text.strip_prefix("/bin/sh -c #(nop)") {
        Some(rest) => split(rest.trim()),
        None => match text.strip_prefix("/bin/sh -c ") {
            Some(command) => ("RUN", command),
            None => split(text),
        },
    };
    let rest = rest.strip_prefix("/bin/sh -c ").unwrap_or(rest).trim();
    let text: String = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    Label { instruction: instruction.to_owned(), short: short(instruction, &text), text: cleaned(instruction, &text) }
}

fn split(text: &str) -> (&str, &str) {
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) if INSTRUCTIONS.contains(&word) => (word, rest),
        _ => ("", text),
    }
}

/// Without what every command of this kind begins with.
fn cleaned(instruction: &str, text: &str) -> String {
    match instruction {
        "RUN" => text.trim_start_matches("set -eux; ").trim_start_matches("set -x && ").to_owned(),
        "ADD" => match text.strip_prefix("file:").and_then(|rest| rest.split_once(" in ")) {
            Some((_, place)) => format!("rootfs.tar.xz {}", place.trim()),
            None => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

fn short(instruction: &str, text: &str) -> String {
    let cleaned = cleaned(instruction, text);
    let first = cleaned.split(' ').find(|word| !word.starts_with("--")).unwrap_or("");
    match instruction {
        "ADD" | "COPY" if cleaned.starts_with(". ") => cleaned,
        "ADD" => first.rsplit('/').next().unwrap_or(first).split(['-', '.']).next().unwrap_or(first).to_owned(),
        "COPY" => {
            let name = first.trim_end_matches('/').rsplit('/').next().unwrap_or(first);
            name.strip_suffix(".sh").unwrap_or(name).to_owned()
        }
        _ => cleaned,
    }
}

/// A size with three significant digits and decimal units: `388 B`, `70.2 kB`, `114 MB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("B");
    let digits = if unit == 0 || value >= 99.95 {
        format!("{value:.0}")
    } else if value >= 9.995 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    };
    let digits = if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { &digits };
    format!("{digits} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(created_by: &str) -> (String, String, String) {
        let label = super::of(created_by);
        (label.instruction, label.text, label.short)
    }

    #[test]
    fn histories_become_labels() {
        let (instruction, text, short) = of("ADD alpine-minirootfs-3.18.12-x86_64.tar.gz / # buildkit");
        assert_eq!((instruction.as_str(), short.as_str()), ("ADD", "alpine"));
        assert_eq!(text, "alpine-minirootfs-3.18.12-x86_64.tar.gz /");
        let (instruction, text, _) = of("/bin/sh -c addgroup -g 1000 node     && adduser");
        assert_eq!((instruction.as_str(), text.as_str()), ("RUN", "addgroup -g 1000 node && adduser"));
        let (instruction, text, _) = of("RUN /bin/sh -c set -eux; apk add git # buildkit");
        assert_eq!((instruction.as_str(), text.as_str()), ("RUN", "apk add git"));
        let (instruction, _, short) = of("/bin/sh -c #(nop) COPY file:4d192565a7220e13 in /usr/local/bin/ ");
        assert_eq!((instruction.as_str(), short.as_str()), ("COPY", "file:4d192565a7220e13"));
        let (_, _, short) = of("COPY docker-entrypoint.sh /usr/local/bin/ # buildkit");
        assert_eq!(short, "docker-entrypoint");
        assert_eq!(of("BusyBox 1.37.0 (glibc), Debian 12").0, "");
    }

    #[test]
    fn sizes_have_three_digits() {
        for (bytes, text) in [
            (0, "0 B"),
            (388, "388 B"),
            (999, "999 B"),
            (1_000, "1 kB"),
            (70_200, "70.2 kB"),
            (5_340_000, "5.34 MB"),
            (7_800_000, "7.8 MB"),
            (114_000_000, "114 MB"),
            (999_600, "1 MB"),
            (1_230_000_000, "1.23 GB"),
        ] {
            assert_eq!(size(bytes), text, "{bytes}");
        }
    }
}

//! "Did you mean": the nearest of several words, as BuildKit finds it.

/// How far apart two words may be.
const FAR: usize = 3;

/// The nearest option, if one is near; none where an option is the word itself.
pub fn search(word: &str, options: &[&str], case_sensitive: bool) -> Option<String> {
    let fold = |text: &str| if case_sensitive { text.to_string() } else { text.to_lowercase() };
    let wanted = fold(word);
    let mut found: Option<(usize, String)> = None;
    for option in options {
        let option = fold(option);
        if option == wanted {
            return None;
        }
        let distance = distance(&wanted, &option);
        if distance < found.as_ref().map_or(FAR, |(least, _)| *least) {
            found = Some((distance, option));
        }
    }
    let (_, option) = found?;
    Some(match case_sensitive {
        false if word == word.to_lowercase() => option.to_lowercase(),
        false if word == word.to_uppercase() => option.to_uppercase(),
        _ => option,
    })
}

/// The message with a suggestion behind it, if there is one.
pub fn with(message: String, word: &str, options: &[&str], case_sensitive: bool) -> String {
    match search(word, options, case_sensitive) {
        Some(option) => format!("{message} (did you mean {option}?)"),
        None => message,
    }
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        let names = ["RUN", "ARG", "COPY"];
        assert_eq!(search("RUM", &names, false).as_deref(), Some("RUN"));
        assert_eq!(search("cpoy", &names, false).as_deref(), Some("copy"));
        assert_eq!(search("BAKE", &names, false), None);
        assert_eq!(search("run", &names, false), None);
        assert_eq!(with("x".into(), "fron", &["from", "chown"], true), "x (did you mean from?)");
    }
}

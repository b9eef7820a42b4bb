//! Rust source as words and signs: enough to see paths, without comments, strings and characters.

/// Identifiers, `::`, and every other sign by itself.
pub fn tokens(text: &str) -> Vec<String> {
    let text: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let skipped = comment(rest).or_else(|| string(rest)).or_else(|| quote(rest));
        if let Some(length) = skipped {
            at += length;
        } else if is_word(rest[0]) {
            let length = rest.iter().take_while(|sign| is_word(**sign)).count();
            tokens.push(rest[..length].iter().collect());
            at += length;
        } else {
            let length = if rest.starts_with(&[':', ':']) { 2 } else { 1 };
            if !rest[0].is_whitespace() {
                tokens.push(rest[..length].iter().collect());
            }
            at += length;
        }
    }
    tokens
}

fn is_word(sign: char) -> bool {
    sign.is_alphanumeric() || sign == '_'
}

/// The length of a comment that begins here; block comments nest.
fn comment(text: &[char]) -> Option<usize> {
    if text.starts_with(&['/', '/']) {
        return Some(text.iter().take_while(|sign| **sign != '\n').count());
    }
    if !text.starts_with(&['/', '*']) {
        return None;
    }
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        let pair = &text[at..];
        if pair.starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if pair.starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    Some(at)
}

/// The length of a string that begins here, its prefix (`b`, `c`, `r`, hashes) included.
fn string(text: &[char]) -> Option<usize> {
    let prefix = text.iter().take_while(|sign| matches!(sign, 'b' | 'c' | 'r')).count();
    let raw = text[..prefix].contains(&'r');
    let hashes = if raw { text[prefix..].iter().take_while(|sign| **sign == '#').count() } else { 0 };
    let open = prefix + hashes;
    if prefix > 2 || text.get(open) != Some(&'"') {
        return None;
    }
    let mut at = open + 1;
    while at < text.len() {
        match text[at] {
            '\\' if !raw => at += 2,
            '"' if text[at + 1..].iter().take_while(|sign| **sign == '#').count() >= hashes => {
                return Some(at + 1 + hashes);
            }
            _ => at += 1,
        }
    }
    Some(text.len())
}

/// The length of a character literal or of a lifetime's tick.
fn quote(text: &[char]) -> Option<usize> {
    match text {
        ['\'', '\\', _, rest @ ..] => Some(3 + rest.iter().take_while(|sign| **sign != '\'').count() + 1),
        ['\'', _, '\'', ..] => Some(3),
        ['\'', ..] => Some(1),
        _ => None,
    }
}

//! The words of a command that is written as one text, as the real compose's reader takes them apart: quotes and
//! backslashes count, variables don't.

/// Splits a text into words.
pub fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quote, mut escaped, mut begun) = (None, false, false);
    for c in text.chars() {
        if escaped {
            word.push(c);
            escaped = false;
            begun = true;
            continue;
        }
        match (c, quote) {
            ('\\', Some('\'')) => word.push(c),
            ('\\', _) => escaped = true,
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                begun = true;
            }
            (c, None) if c.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                    begun = false;
                }
            }
            // Nothing of a shell's is done: what follows is cut off.
            (';' | '&' | '|' | '<' | '>', None) => break,
            (c, None) => {
                word.push(c);
                begun = true;
            }
        }
    }
    if quote.is_some() || escaped {
        return Err("invalid command line string".into());
    }
    if begun {
        words.push(word);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes() {
        let words = |text| split(text).expect("words").join("|");
        assert_eq!(words(r#"sh -c "echo 'a b'; sleep 1""#), "sh|-c|echo 'a b'; sleep 1");
        assert_eq!(words(r#"a\ b '' "x\"y" 'q\q'"#), r#"a b||x"y|q\q"#);
        assert_eq!(words("echo $HOME; ls"), "echo|$HOME");
        assert_eq!(split("a 'b"), Err("invalid command line string".into()));
    }
}

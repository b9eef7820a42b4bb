//! SQL's words (PostgreSQL manual, "Lexical Structure").

use super::query::Refusal;

#[derive(Clone, PartialEq, Debug)]
pub enum Token {
    /// An identifier or key word, in lower case unless it was quoted.
    Word(String),
    Text(String),
    Number(String),
    Sign(String),
}

pub fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_whitespace() => {}
            '-' if rest.peek() == Some(&'-') => while rest.next_if(|c| *c != '\n').is_some() {},
            '\'' => tokens.push(Token::Text(quoted(&mut rest, '\'', text)?)),
            '"' => tokens.push(Token::Word(quoted(&mut rest, '"', text)?)),
            c if c.is_alphabetic() || c == '_' => {
                let mut word = c.to_lowercase().to_string();
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_' || *c == '$') {
                    word.extend(c.to_lowercase());
                }
                tokens.push(Token::Word(word));
            }
            c if c.is_ascii_digit() => {
                let mut number = c.to_string();
                while let Some(c) = rest.next_if(|c| c.is_ascii_digit() || *c == '.') {
                    number.push(c);
                }
                tokens.push(Token::Number(number));
            }
            c => {
                let mut sign = c.to_string();
                if let Some(next) = rest
                    .next_if(|next| matches!((c, next), ('<', '=' | '>') | ('>' | '!', '=') | ('|', '|') | (':', ':')))
                {
                    sign.push(next);
                }
                tokens.push(Token::Sign(sign));
            }
        }
    }
    Ok(tokens)
}

fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, mark: char, text: &str) -> Result<String, Refusal> {
    let mut word = String::new();
    loop {
        match rest.next() {
            Some(c) if c == mark => {
                if rest.next_if_eq(&mark).is_none() {
                    return Ok(word);
                }
                word.push(mark);
            }
            Some(c) => word.push(c),
            None => {
                let at = text.rfind(mark).map_or("", |at| &text[at..]);
                return Err(Refusal::new("42601", &format!("unterminated quoted string at or near \"{at}\"")));
            }
        }
    }
}

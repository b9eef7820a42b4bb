//! `--env-file`, `--label-file`, and variables that are passed on by name.

use crate::cli::client::{Client, Failure};
use crate::cli::flag::Flags;

/// The environment that the flags ask for: files first, then `--env`, in their order. A name
/// without a value takes the client's own; from a file it is left out if there is none.
pub async fn environment(client: &Client, flags: &Flags) -> Result<Vec<String>, Failure> {
    let own = |name: &str| client.sys.env(name).map(|value| format!("{name}={value}"));
    let mut all = Vec::new();
    for path in flags.list("env-file") {
        for line in lines(&read(client, path).await?).map_err(|why| invalid(path, &why))? {
            all.extend(if line.contains('=') { Some(line) } else { own(&line) });
        }
    }
    for text in flags.list("env") {
        all.push(if text.contains('=') { text.clone() } else { own(text).unwrap_or_else(|| text.clone()) });
    }
    Ok(all)
}

/// The labels that the flags ask for, those of files first.
pub async fn labels(client: &Client, flags: &Flags) -> Result<Vec<(String, String)>, Failure> {
    let mut all = Vec::new();
    for path in flags.list("label-file") {
        all.extend(lines(&read(client, path).await?).map_err(|why| invalid(path, &why))?);
    }
    all.extend(flags.list("label").iter().cloned());
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (name.to_string(), value.to_string())
    };
    Ok(all.iter().map(pair).collect())
}

async fn read(client: &Client, path: &str) -> Result<String, Failure> {
    let bytes = client.sys.read_file(path).await.map_err(|errno| Failure::file("open", path, errno))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(_) => Err(invalid(path, "invalid utf8 bytes at line 1")),
    }
}

fn invalid(path: &str, why: &str) -> Failure {
    Failure::new(format!("invalid env file ({path}): {why}"))
}

/// The lines that say something: neither empty nor a comment.
fn lines(text: &str) -> Result<Vec<String>, String> {
    let mut kept = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').map_or((line, None), |(name, value)| (name, Some(value)));
        if name.contains(char::is_whitespace) {
            return Err(format!("variable '{name}' contains whitespaces"));
        }
        if name.is_empty() {
            return Err(format!("no variable name on line '{line}'"));
        }
        kept.push(value.map_or(name.to_string(), |value| format!("{name}={value}")));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn an_env_file() {
        let text = "\u{feff}# note\n\n  NAME=lab \nEMPTY=\nHOME\nQUOTED=\"a b\"\r\n";
        assert_eq!(lines(text), Ok(["NAME=lab ", "EMPTY=", "HOME", "QUOTED=\"a b\""].map(String::from).to_vec()));
        assert_eq!(lines("BAD KEY=1"), Err("variable 'BAD KEY' contains whitespaces".into()));
        assert_eq!(lines("=x"), Err("no variable name on line '=x'".into()));
    }
}

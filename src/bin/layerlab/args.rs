//! Options that `exec` and `repl` share.

use layerlab::session::host;
use layerlab::session::log::{Boot, Console};

use crate::folder;

/// What a command line asked for.
#[derive(Default, Debug, PartialEq)]
pub struct Args {
    pub seed: Option<u64>,
    pub home: Option<String>,
    pub images: Vec<String>,
    pub load: Vec<String>,
    pub lesson: Option<String>,
    pub records: bool,
    pub help: bool,
    pub operands: Vec<String>,
}

pub const OPTIONS: &str = "\
Options:
      --seed N           start the machine's chance from N (default 1)
      --home DIR         put a copy of DIR into the working directory
      --images REF,...   images that the engine has already pulled
      --load IMAGE.tar   load an archive made by 'docker save' (may be repeated)
      --lesson ID        start as this lesson does
      --help             show this text
";

impl Args {
    pub fn parse(words: Vec<String>) -> Result<Args, String> {
        let mut args = Args::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if !word.starts_with("--") || word == "--" {
                if word == "--" {
                    args.operands.extend(words);
                    break;
                }
                if word.starts_with('-') && word.len() > 1 {
                    return Err(format!("there is no option '{word}'"));
                }
                args.operands.push(word);
                continue;
            }
            let (name, given) = match word.split_once('=') {
                Some((name, value)) => (name.to_string(), Some(value.to_string())),
                None => (word, None),
            };
            let given_here = given.is_some();
            let mut value = || given.clone().or_else(|| words.next()).ok_or(format!("{name} needs a value"));
            match name.as_str() {
                "--seed" => {
                    let text = value()?;
                    args.seed = Some(text.parse().map_err(|_| format!("'{text}' is no seed: a whole number is"))?);
                }
                "--home" => args.home = Some(value()?),
                "--images" => {
                    let list = value()?;
                    args.images.extend(list.split(',').filter(|name| !name.is_empty()).map(String::from));
                }
                "--load" => args.load.push(value()?),
                "--lesson" => args.lesson = Some(value()?),
                "--records" if !given_here => args.records = true,
                "--help" if !given_here => args.help = true,
                _ => return Err(format!("there is no option '{name}'")),
            }
        }
        Ok(args)
    }

    /// What the machine starts with.
    pub fn boot(&self, console: Console) -> Result<Boot, String> {
        let mut boot = Boot { console, images: self.images.clone(), ..Boot::default() };
        if let Some(seed) = self.seed {
            boot.seed = seed;
        }
        if let Some(folder) = &self.home {
            boot.files = folder::read(folder)?;
        }
        if self.home.is_some() || self.records {
            boot.directory = host::WORK.to_string();
        }
        if let Some(archive) = self.load.first() {
            return Err(format!("{archive}: loading an archive is not simulated yet"));
        }
        if let Some(lesson) = &self.lesson {
            return Err(format!("there is no lesson '{lesson}'"));
        }
        Ok(boot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Args, String> {
        Args::parse(line.split(' ').map(String::from).collect())
    }

    #[test]
    fn options_are_read_in_both_spellings() {
        let args = parse("--seed=7 --images alpine,node:18-alpine --images=redis --records - x").expect("arguments");
        assert_eq!((args.seed, args.records), (Some(7), true));
        assert_eq!(args.images, ["alpine", "node:18-alpine", "redis"]);
        assert_eq!(args.operands, ["-", "x"]);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse("--seed x").unwrap_err(), "'x' is no seed: a whole number is");
        assert_eq!(parse("--seed").unwrap_err(), "--seed needs a value");
        assert_eq!(parse("--colour").unwrap_err(), "there is no option '--colour'");
        assert_eq!(parse("-x").unwrap_err(), "there is no option '-x'");
    }
}

//! What `--platform` must look like: `os[/arch[/variant]]`.

use super::client::Failure;
use super::flag::Flags;
use super::format::quote::quoted;

const KNOWN: &str =
    " linux windows darwin freebsd amd64 x86_64 arm64 aarch64 arm armhf 386 i386 ppc64le s390x riscv64 ";
const SYSTEM: &str = r"^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$";
const PART: &str = "^[A-Za-z0-9_.-]+$";

/// Fails with `before` and the reason unless it does; none given is fine.
pub fn check(text: &str, before: &str) -> Result<(), Failure> {
    match wrong(text) {
        Some(why) => Err(Failure::new(format!("{before}{why}: invalid argument"))),
        None => Ok(()),
    }
}

/// The same for what is stored here, of which there is one platform.
pub fn own(flags: &Flags, before: &str) -> Result<(), Failure> {
    for text in flags.list("platform") {
        check(text, before)?;
        if !matches!(text.as_str(), "" | "linux" | "amd64" | "linux/amd64") {
            return Err(Failure::not_simulated(&format!("the platform {text}")));
        }
    }
    Ok(())
}

fn wrong(text: &str) -> Option<String> {
    let letters = |part: &str, more: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let whole = quoted(text);
    let parts: Vec<&str> = text.split('/').collect();
    let (first, rest) = parts.split_first().filter(|_| !text.is_empty())?;
    if parts.len() > 3 {
        return Some(format!("{whole}: cannot parse platform specifier"));
    }
    // A system may bear a version in brackets.
    let system = first.strip_suffix(')').and_then(|first| first.split_once('(')).map_or(*first, |(system, _)| system);
    if !letters(system, "_-") {
        let why = format!("OSAndVersion specifier component must match \"{SYSTEM}\"");
        return Some(format!("{} is an invalid OS component of {whole}: {why}", quoted(first)));
    }
    if let Some(part) = rest.iter().find(|part| !letters(part, "_.-")) {
        let why = format!("platform specifier component must match \"{PART}\"");
        return Some(format!("{} is an invalid component of {whole}: {why}", quoted(part)));
    }
    let is_known = KNOWN.contains(&format!(" {} ", system.to_lowercase()));
    (rest.is_empty() && !is_known).then(|| format!("{whole}: unknown operating system or architecture"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms() {
        let said = |text| check(text, "no: ").map_err(|failure| failure.message);
        for good in ["", "linux", "arm64", "linux/amd64", "linux/arm/v7", "windows(10.0.1)/amd64", "foo/bar"] {
            assert_eq!(said(good), Ok(()), "{good}");
        }
        let unknown = "no: \"foo\": unknown operating system or architecture: invalid argument";
        assert_eq!(said("foo"), Err(unknown.to_string()));
        let long = "no: \"x/y/z/w\": cannot parse platform specifier: invalid argument";
        assert_eq!(said("x/y/z/w"), Err(long.to_string()));
        let empty = "no: \"\" is an invalid component of \"linux/\": platform specifier component must match \
                     \"^[A-Za-z0-9_.-]+$\": invalid argument";
        assert_eq!(said("linux/"), Err(empty.to_string()));
        assert!(said("a b").is_err_and(|why| why.starts_with("no: \"a b\" is an invalid OS component of \"a b\": ")));
    }
}

//! Path text: joining, normalising, splitting. No file is looked at.

/// `path` as seen from directory `base` (absolute), without `.`, `..` and empty parts.
pub fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') { normalise(path) } else { normalise(&format!("{base}/{path}")) }
}

/// An absolute path without `.`, `..` and empty parts.
pub fn normalise(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The directory and the last name of a path; trailing slashes are dropped.
pub fn split_last(path: &str) -> (&str, &str) {
    let path = path.trim_end_matches('/');
    match path.rfind('/') {
        Some(0) => ("/", &path[1..]),
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (".", path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_normalised() {
        assert_eq!(join("/a/b", "../c/./d//"), "/a/c/d");
        assert_eq!(join("/a", "/x/.."), "/");
        assert_eq!(split_last("/etc/passwd"), ("/etc", "passwd"));
        assert_eq!(split_last("/x/"), ("/", "x"));
        assert_eq!(split_last("x"), (".", "x"));
    }
}

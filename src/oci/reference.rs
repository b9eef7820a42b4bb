//! Image references: `[domain/]path[:tag][@digest]` (distribution's reference grammar, with Docker's
//! defaults `docker.io`, `library/` and `latest`).

use std::fmt;

/// Why a text is no reference; its text is what the client prints.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadReference(pub String);

impl fmt::Display for BadReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// `docker.io`, `gcr.io`, `localhost:5000`.
    pub domain: String,
    /// `library/alpine`.
    pub path: String,
    pub tag: Option<String>,
    /// `sha256:...`.
    pub digest: Option<String>,
}

impl Reference {
    /// Reads a reference as a person types it.
    pub fn parse(text: &str) -> Result<Reference, BadReference> {
        let bad = || BadReference("invalid reference format".into());
        if text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(BadReference(format!(
                "invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"
            )));
        }
        let (domain, rest) = split_domain(text);
        let (rest, digest) = match rest.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_string())),
            None => (rest.as_str(), None),
        };
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(tag.to_string())),
            None => (rest, None),
        };
        if path.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(BadReference(format!("invalid reference format: repository name ({path}) must be lowercase")));
        }
        let digest_ok = digest.as_ref().is_none_or(|digest| is_digest(digest));
        let tag_ok = tag.as_ref().is_none_or(|tag| is_tag(tag));
        if !is_path(path) || !tag_ok || !digest_ok || !is_domain(&domain) || path.len() > 255 {
            return Err(bad());
        }
        Ok(Reference { domain, path: path.to_string(), tag, digest })
    }

    /// With the tag `latest` where neither tag nor digest is given.
    pub fn tagged(mut self) -> Reference {
        if self.tag.is_none() && self.digest.is_none() {
            self.tag = Some("latest".into());
        }
        self
    }

    /// `alpine`, `someuser/app`, `gcr.io/distroless/static`.
    pub fn familiar_name(&self) -> String {
        match (self.domain.as_str(), self.path.strip_prefix("library/")) {
            ("docker.io", Some(short)) if !short.contains('/') => short.to_string(),
            ("docker.io", _) => self.path.clone(),
            (domain, _) => format!("{domain}/{}", self.path),
        }
    }

    /// `docker.io/library/alpine`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The familiar name with tag and digest.
    pub fn familiar(&self) -> String {
        format!("{}{}", self.familiar_name(), self.suffix())
    }

    /// `:tag` and `@digest`.
    pub fn suffix(&self) -> String {
        let tag = self.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
        tag + &digest
    }
}

fn split_domain(text: &str) -> (String, String) {
    let (domain, rest) = match text.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (first.to_string(), rest.to_string())
        }
        _ => ("docker.io".to_string(), text.to_string()),
    };
    let domain = if domain == "index.docker.io" { "docker.io".to_string() } else { domain };
    if domain == "docker.io" && !rest.contains('/') {
        return (domain, format!("library/{rest}"));
    }
    (domain, rest)
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = domain.split_once(':').map_or((domain, None), |(host, port)| (host, Some(port)));
    let part = |p: &str| {
        !p.is_empty()
            && !p.starts_with('-')
            && !p.ends_with('-')
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.split('.').all(part) && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_path(path: &str) -> bool {
    path.split('/').all(|part| {
        let separator = |b: u8| matches!(b, b'.' | b'_' | b'-');
        let bytes = part.as_bytes();
        let edges = bytes.first().is_some_and(|b| !separator(*b)) && bytes.last().is_some_and(|b| !separator(*b));
        // One dot, one or two underscores, or any number of dashes between letters and digits.
        edges
            && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || separator(*b))
            && !part.contains("..")
            && !part.contains("___")
            && !["._", "_.", ".-", "-.", "_-", "-_"].iter().any(|pair| part.contains(pair))
    })
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128 && tag.bytes().next().is_some_and(word) && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

fn is_digest(digest: &str) -> bool {
    digest
        .strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn familiar(text: &str) -> String {
        Reference::parse(text).map_or_else(|bad| bad.0, |r| r.tagged().familiar())
    }

    #[test]
    fn references_are_read_as_docker_reads_them() {
        assert_eq!(familiar("alpine"), "alpine:latest");
        assert_eq!(familiar("docker.io/library/alpine:3.19"), "alpine:3.19");
        assert_eq!(familiar("library/busybox"), "busybox:latest");
        assert_eq!(familiar("gcr.io/distroless/static"), "gcr.io/distroless/static:latest");
        assert_eq!(familiar("localhost:5000/a/b:1"), "localhost:5000/a/b:1");
        assert_eq!(familiar("Alpine"), "invalid reference format: repository name (library/Alpine) must be lowercase");
        for bad in ["alpine:bad:tag", "mine:bad tag", "", "-x", "a//b", "a:", "alpine@sha256:1", "ả"] {
            assert_eq!(familiar(bad), "invalid reference format", "{bad}");
        }
    }
}

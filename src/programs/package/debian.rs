//! Debian's packages. A line of `debian.txt`: name, version, architecture, bytes packed, KiB installed,
//! what it needs, what it recommends; tabs between. `debian-base.txt` names what every image holds.

/// A package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    pub architecture: &'static str,
    pub packed: u64,
    pub kib: u64,
    pub needs: Vec<&'static str>,
    pub wants: Vec<&'static str>,
}

const TEXT: &str = include_str!("debian.txt");
const BASE: &str = include_str!("debian-base.txt");

pub fn names() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter_map(|line| line.split('\t').next())
}

pub fn package(name: &str) -> Option<Package> {
    let line = TEXT.lines().find(|line| line.split('\t').next() == Some(name))?;
    let mut fields = line.split('\t');
    Some(Package {
        name: fields.next()?,
        version: fields.next()?,
        architecture: fields.next()?,
        packed: fields.next()?.parse().ok()?,
        kib: fields.next()?.parse().ok()?,
        needs: fields.next().unwrap_or("").split_ascii_whitespace().collect(),
        wants: fields.next().unwrap_or("").split_ascii_whitespace().collect(),
    })
}

/// Name, version and architecture of what every image holds.
pub fn base() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    BASE.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        Some((fields.next()?, fields.next()?, fields.next()?))
    })
}

pub fn is_base(name: &str) -> bool {
    base().any(|(known, _, _)| known == name)
}

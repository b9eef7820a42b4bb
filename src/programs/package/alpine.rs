//! Alpine's packages. A line of `alpine.txt`: name, versions (`3.19=…` for one release, the last for the
//! others), KiB installed, what it needs beyond the base (`name@3.20`: from that release on); tabs between.

/// A package as a release has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
    pub kib: u64,
    pub needs: Vec<&'static str>,
}

const TEXT: &str = include_str!("alpine.txt");

pub fn names() -> impl Iterator<Item = &'static str> {
    TEXT.lines().filter_map(|line| line.split('\t').next())
}

/// A package of Alpine 3.`minor`.
pub fn package(name: &str, minor: u32) -> Option<Package> {
    let line = TEXT.lines().find(|line| line.split('\t').next() == Some(name))?;
    let mut fields = line.split('\t');
    let (name, versions) = (fields.next()?, fields.next()?);
    let own = format!("3.{minor}=");
    let one = versions.split(' ').find_map(|version| version.strip_prefix(own.as_str()));
    let version = one.or_else(|| versions.rsplit(' ').next())?;
    let kib = fields.next()?.parse().ok()?;
    let here = |need: &'static str| match need.split_once("@3.") {
        Some((need, from)) => from.parse().is_ok_and(|from: u32| minor >= from).then_some(need),
        None => Some(need),
    };
    let needs = fields.next().unwrap_or("").split_ascii_whitespace().filter_map(here).collect();
    Some(Package { name, version, kib, needs })
}

/// A package and what it needs, each after what it needs itself.
pub fn closure(names: &[String], minor: u32) -> Vec<Package> {
    let mut all = Vec::new();
    for name in names {
        visit(name, minor, &mut all, 0);
    }
    all
}

fn visit(name: &str, minor: u32, all: &mut Vec<Package>, depth: u32) {
    let Some(package) = package(name, minor).filter(|_| depth < 32) else { return };
    if all.iter().any(|known| known.name == package.name) {
        return;
    }
    for need in &package.needs {
        visit(need, minor, all, depth + 1);
    }
    if all.iter().all(|known| known.name != package.name) {
        all.push(package);
    }
}

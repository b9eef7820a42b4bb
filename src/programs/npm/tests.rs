//! What packages hold.

use super::{package, registry, version};

#[test]
fn every_package_with_code_is_in_the_registry() {
    for name in package::names() {
        assert!(!registry::versions(name).is_empty(), "{name}");
    }
}

#[test]
fn words_of_the_command_line() {
    let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
    let (options, plain) =
        super::options::read(&words("install -D express --no-audit --omit dev")).expect("known flags");
    assert_eq!(plain, ["install", "express"]);
    assert!(options.dev && options.omit_dev && !options.audit);
    let (_, plain) = super::options::read(&words("run x -- --flag")).expect("known flags");
    assert_eq!(plain, ["run", "x", "--flag"]);
    assert_eq!(super::options::read(&words("install --workspaces")), Err("--workspaces".to_string()));
    assert_eq!(super::install::split("@redis/client@^1"), ("@redis/client", "^1"));
    assert_eq!(super::install::split("express"), ("express", "latest"));
    assert_eq!(version::parse("1.2"), None);
}

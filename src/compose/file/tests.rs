//! Whole files, from text to what `config` prints.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::dotenv::Variables;
use super::{Ask, Files, Project, load};
use crate::kernel::Errno;

/// Files by their paths.
#[derive(Default)]
struct Disk(BTreeMap<String, String>);

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, Errno> {
        self.0.get(path).cloned().ok_or(Errno::NoEnt)
    }
    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path) || self.is_dir(path)
    }
    fn is_dir(&self, path: &str) -> bool {
        self.0.keys().any(|known| known.starts_with(&format!("{path}/")))
    }
}

fn disk(files: &[(&str, &str)]) -> Disk {
    Disk(files.iter().map(|(name, text)| (format!("/home/learner/myapp/{name}"), text.to_string())).collect())
}

fn read(files: &[(&str, &str)], ask: Ask) -> Result<(Project, Vec<String>), String> {
    let ask = Ask { cwd: "/home/learner/myapp".into(), home: "/home/learner".into(), ..ask };
    let warnings = RefCell::new(Vec::new());
    let project = load(&disk(files), &ask, &warnings)?;
    Ok((project, warnings.into_inner()))
}

fn yaml(text: &str) -> String {
    match read(&[("compose.yaml", text)], Ask::default()) {
        Ok((project, _)) => project.yaml(),
        Err(why) => why,
    }
}

/// The recorded project: its canonical form and its hashes are those of the real compose.
#[test]
fn the_recorded_project_hashes_as_the_real_one_does() {
    let text = "services:\n  web:\n    image: nginx:alpine\n    ports: [\"8080:80\"]\n    depends_on: [api]\n  \
                api:\n    build: ./app\n    environment:\n      DB_HOST: db\n    depends_on:\n      db:\n        \
                condition: service_healthy\n  db:\n    image: alpine:3.19\n    command: sh -c \"echo db ready; sleep 1000\"\n    \
                volumes: [dbdata:/data]\n    healthcheck: {test: \"true\", interval: 1s}\nvolumes:\n  dbdata:\n";
    let (project, _) = read(&[("compose.yaml", text)], Ask::default()).expect("a project");
    assert_eq!(project.service_hash("api"), "15b643e2f86fe15a8218c75c6e190cb6f803268e1b097ad6c403bce5d859c7e2");
    assert_eq!(project.service_hash("db"), "28c4c2b3d9b5ccb78135e52cc0b955091335a108bc2f2e36159e7403794dfcc0");
    assert_eq!(project.service_hash("web"), "0df62ea0f7a4228c79ebe55b0d198f8ce5de02a73ed48a3d6d6d15a7257493bc");
    assert_eq!(project.ordered(), ["db", "api", "web"]);
    let yaml = project.yaml();
    assert!(
        yaml.contains("    build:\n      context: /home/learner/myapp/app\n      dockerfile: Dockerfile\n"),
        "{yaml}"
    );
    assert!(yaml.contains("        volume: {}\n  web:\n    depends_on:\n      api:\n"), "{yaml}");
    assert!(
        yaml.ends_with("networks:\n  default:\n    name: myapp_default\nvolumes:\n  dbdata:\n    name: myapp_dbdata\n")
    );
}

/// The encoder puts a key of more than 128 bytes behind a question mark; a reader takes up to 1,024 before a colon.
#[test]
fn a_long_key_is_printed_so_that_it_can_be_read() {
    for length in [128, 129, 1100] {
        let key = "k".repeat(length);
        let text = format!(
            "services:\n  web:\n    image: x\n    labels:\n      ? {key}\n      : red\n    ulimits:\n      ? {key}\n      : {{soft: 1, hard: 2}}\n"
        );
        let printed = yaml(&text);
        let label = if length > 128 { format!("      ? {key}\n      : red\n") } else { format!("      {key}: red\n") };
        assert!(printed.contains(&label), "{printed}");
        assert!(
            length == 128 || printed.contains(&format!("      ? {key}\n      : soft: 1\n        hard: 2\n")),
            "{printed}"
        );
        assert_eq!(yaml(&printed), printed);
    }
}

#[test]
fn what_is_wrong_is_told_in_the_real_words() {
    let cases = [
        ("services:\n  web:\n   image: x\n  bad\n", "yaml: line 4: could not find expected ':'"),
        ("services:\n  web:\n    image: x\n   bad: 1\n", "yaml: line 1: did not find expected key"),
        ("services:\n  web:\n\timage: x\n", "yaml: line 3: found character that cannot start any token"),
        ("services:\n  web:\n    image: x: y\n", "yaml: line 3: mapping values are not allowed in this context"),
        ("services:\n  a:\n    image: x\n    image: y\n", "line 4: mapping key \"image\" already defined at line 3"),
        ("foo\n", "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `foo` into cli.named"),
        ("", "empty compose file"),
        ("services: []\n", "services must be a mapping"),
        ("services:\n  a: []\n", "services.a must be a mapping"),
        ("foo: 1\n", "validating /home/learner/myapp/compose.yaml: (root) Additional property foo is not allowed"),
        (
            "services:\n  web:\n    imagee: x\n",
            "validating /home/learner/myapp/compose.yaml: services.web Additional property imagee is not allowed",
        ),
        (
            "services:\n  a:\n    image: 5\n",
            "validating /home/learner/myapp/compose.yaml: services.a.image must be a string",
        ),
        (
            "services:\n  a:\n    image: x\n    environment: y\n",
            "validating /home/learner/myapp/compose.yaml: services.a.environment must be a mapping",
        ),
        (
            "services:\n  a:\n    image: x\n    depends_on: {b: {condition: ready}}\n",
            "validating /home/learner/myapp/compose.yaml: services.a.depends_on.b.condition \
             services.a.depends_on.b.condition must be one of the following: \
             \"service_started\", \"service_healthy\", \"service_completed_successfully\"",
        ),
        (
            "services:\n  a:\n    image: x\n    ports: {a: b}\n",
            "validating /home/learner/myapp/compose.yaml: services.a.ports must be a list",
        ),
        (
            "services:\n  web:\n    ports: [\"80:80\"]\n",
            "service \"web\" has neither an image nor a build context specified: invalid compose project",
        ),
        ("services:\n  a:\n    image: x\n    ports: [\"abc:80\"]\n", "invalid hostPort: abc"),
        (
            "services:\n  a:\n    image: x\n    ulimits: {nofile: 99999999999999999999}\n",
            "decoding failed due to the following error(s):\n\n\
             'services[a].ulimits[nofile]' unexpected value type float64 for ulimit",
        ),
        (
            "services:\n  a:\n    image: x\n    depends_on: [b]\n  b:\n    image: x\n    depends_on: [a]\n",
            "dependency cycle detected: a -> b -> a",
        ),
        (
            "services:\n  a:\n    image: x\n    volumes: [data:/x]\n",
            "service \"a\" refers to undefined volume data: invalid compose project",
        ),
        (
            "services:\n  a:\n    image: x\n    networks: [back]\n",
            "service \"a\" refers to undefined network back: invalid compose project",
        ),
        (
            "services:\n  a:\n    image: \"x:${TAG:?set it}\"\n",
            "error while interpolating services.a.image: required variable TAG is missing a value: set it",
        ),
        (
            "services:\n  a:\n    image: \"x:${TAG\"\n",
            "invalid interpolation format for services.a.image.\nYou may need to escape any $ with another $.\nx:${TAG",
        ),
    ];
    for (text, wanted) in cases {
        assert_eq!(yaml(text), wanted, "{text}");
    }
}

#[test]
fn anchors_merges_and_extensions() {
    let text = "x-base: &base\n  image: alpine:3.19\n  environment: &env\n    A: 1\n    B: two\nservices:\n  one:\n    \
                <<: *base\n    command: [\"echo\", \"a b\"]\n  two:\n    <<: *base\n    environment:\n      <<: *env\n      B: 3\n";
    let shown = yaml(text);
    let one = "  one:\n    command:\n      - echo\n      - a b\n    environment:\n      A: \"1\"\n      B: two\n    \
               image: alpine:3.19\n    networks:\n      default: null\n";
    assert!(shown.contains(one), "{shown}");
    assert!(shown.contains("      A: \"1\"\n      B: \"3\"\n"), "{shown}");
    assert!(shown.ends_with("x-base:\n  environment:\n    A: 1\n    B: two\n  image: alpine:3.19\n"), "{shown}");
}

#[test]
fn files_lie_on_one_another() {
    let base = "services:\n  web:\n    image: a\n    command: one\n    environment: {A: 1, B: 2}\n    ports: [\"80:80\"]\n    labels: [x=1]\n";
    let over = "services:\n  web:\n    image: b\n    command: [two]\n    environment: [B=3]\n    ports: [\"81:81\"]\n    labels: {y: z}\n";
    let files = [("compose.yaml", base), ("compose.override.yaml", over)];
    let (project, _) = read(&files, Ask::default()).expect("a project");
    let shown = project.yaml();
    assert!(shown.contains("    command:\n      - two\n    environment:\n      A: \"1\"\n      B: \"3\"\n    image: b\n    labels:\n      x: \"1\"\n      \"y\": z\n"), "{shown}");
    assert_eq!(shown.matches("mode: ingress").count(), 2);
    let reset = "services:\n  web:\n    ports: !reset []\n    environment: !override {C: 1}\n";
    let (project, _) =
        read(&[("compose.yaml", base), ("compose.override.yaml", reset)], Ask::default()).expect("a project");
    let shown = project.yaml();
    assert!(!shown.contains("ports") && shown.contains("environment:\n      C: \"1\"\n    image"), "{shown}");
}

#[test]
fn extends_and_include() {
    let main = "include: [sub/compose.yaml]\nservices:\n  web:\n    extends: {file: common.yaml, service: base}\n    \
                environment: {B: 2}\n  api:\n    extends: web\n    image: api\n";
    let common = "services:\n  base:\n    image: base\n    env_file: a.env\n    environment: {A: 1}\n";
    let sub = "services:\n  cache:\n    image: redis\n    volumes: [./data:/data]\n";
    let files = [("compose.yaml", main), ("common.yaml", common), ("sub/compose.yaml", sub), ("a.env", "Z=1\n")];
    let (project, _) = read(&files, Ask::default()).expect("a project");
    let shown = project.yaml();
    assert!(shown.contains("  api:\n    environment:\n      A: \"1\"\n      B: \"2\"\n    env_file:\n      - /home/learner/myapp/a.env\n    image: api\n"), "{shown}");
    assert!(shown.contains("source: /home/learner/myapp/sub/data\n"), "{shown}");
    let circle = "services:\n  a:\n    extends: b\n    image: x\n  b:\n    extends: a\n    image: x\n";
    let path = "/home/learner/myapp/compose.yaml";
    assert_eq!(
        yaml(circle),
        format!("Circular reference:\n  a in {path}\n  extends b in {path}\n  extends a in {path}")
    );
}

#[test]
fn names_profiles_and_variables() {
    let text = "version: \"3\"\nservices:\n  a:\n    image: \"x:${TAG}\"\n  b:\n    image: y\n    profiles: [debug]\n";
    let (project, warnings) = read(&[("compose.yaml", text)], Ask::default()).expect("a project");
    assert_eq!(project.services.keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(warnings[0], "The \"TAG\" variable is not set. Defaulting to a blank string.");
    assert!(warnings[1].starts_with("/home/learner/myapp/compose.yaml: the attribute `version` is obsolete"));
    let env: Variables = [("TAG".to_string(), "1".to_string())].into();
    let ask = Ask { environment: env, profiles: vec!["debug".into()], name: "other".into(), ..Ask::default() };
    let (project, warnings) = read(&[("compose.yaml", text), (".env", "TAG=2\n")], ask).expect("a project");
    assert_eq!((project.services.len(), project.image("a").as_str(), project.name.as_str()), (2, "x:1", "other"));
    assert_eq!(warnings.len(), 1);
    let bad = Ask { name: "My App".into(), ..Ask::default() };
    assert!(
        read(&[("compose.yaml", text)], bad).expect_err("a name").starts_with("invalid project name \"My App\": must")
    );
    assert_eq!(read(&[], Ask::default()).expect_err("no file"), "no configuration file provided: not found");
    let deep = format!("x-a: {}{}\n", "[".repeat(80), "]".repeat(80));
    assert_eq!(yaml(&deep), "yaml: exceeded max depth of 64");
    let bomb = "x-a: &a [1,1,1,1,1,1,1,1,1,1]\n".to_string()
        + &('b'..='g')
            .map(|c| format!("x-{c}: &{c} [{}]\n", vec![format!("*{}", (c as u8 - 1) as char); 10].join(",")))
            .collect::<String>();
    assert_eq!(yaml(&bomb), "yaml: document contains excessive aliasing");
}

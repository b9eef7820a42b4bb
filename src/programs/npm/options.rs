//! The command line of npm: flags anywhere before `--`.

/// What the flags say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    pub version: bool,
    /// To the project's `devDependencies`.
    pub dev: bool,
    pub omit_dev: bool,
    pub include_dev: bool,
    pub global: bool,
    pub save: bool,
    pub exact: bool,
    pub audit: bool,
    pub fund: bool,
    pub silent: bool,
    pub force: bool,
    pub yes: bool,
    pub all: bool,
    pub depth: usize,
    pub if_present: bool,
    pub ignore_scripts: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            version: false,
            dev: false,
            omit_dev: false,
            include_dev: false,
            global: false,
            save: true,
            exact: false,
            audit: true,
            fund: true,
            silent: false,
            force: false,
            yes: false,
            all: false,
            depth: 0,
            if_present: false,
            ignore_scripts: false,
        }
    }
}

/// Flags that change nothing here: there are no peers, no optional failures, no spinner and one cache.
const QUIET: [&str; 13] = [
    "--legacy-peer-deps",
    "--strict-peer-deps",
    "--prefer-offline",
    "--prefer-online",
    "--no-progress",
    "--progress=false",
    "--no-update-notifier",
    "--no-optional",
    "--save-prod",
    "-P",
    "--no-color",
    "--foreground-scripts",
    "--unsafe-perm",
];

/// Flags and words; what follows `--` are words. The flag that is not simulated otherwise.
pub fn read(words: &[String]) -> Result<(Options, Vec<String>), String> {
    let mut options = Options::default();
    let mut plain = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if word == "--" {
            plain.extend(words.cloned());
            break;
        }
        if !word.starts_with('-') || word == "-" {
            plain.push(word.clone());
            continue;
        }
        let (name, attached) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let takes = matches!(name, "--omit" | "--include" | "--only" | "--loglevel" | "--depth" | "--save-prefix");
        let value = if takes { attached.or_else(|| words.next().map(String::as_str)).unwrap_or("") } else { "" };
        match (name, value) {
            ("-v" | "--version", _) => options.version = true,
            ("-D" | "--save-dev", _) => options.dev = true,
            ("--production", _) | ("--omit", "dev") | ("--only", "production" | "prod") => options.omit_dev = true,
            ("--include", "dev") | ("--dev", _) => options.include_dev = true,
            ("--omit", "optional" | "peer") | ("--include", _) => {}
            ("-g" | "--global", _) => options.global = true,
            ("-S" | "--save", _) => {}
            ("--no-save", _) => options.save = false,
            ("--no-package-lock", _) => return Err(word.clone()),
            ("-E" | "--save-exact", _) => options.exact = true,
            ("--no-audit" | "--audit", _) => options.audit = name == "--audit" && attached != Some("false"),
            ("--no-fund" | "--fund", _) => options.fund = name == "--fund" && attached != Some("false"),
            ("-s" | "--silent", _) | ("--loglevel", "silent") => options.silent = true,
            ("-q" | "--quiet", _) | ("--loglevel", "error" | "warn" | "notice" | "http" | "info") => {}
            ("-f" | "--force", _) => options.force = true,
            ("-y" | "--yes", _) => options.yes = true,
            ("-a" | "--all", _) => options.all = true,
            ("--depth", depth) => options.depth = depth.parse().unwrap_or(0),
            ("--if-present", _) => options.if_present = true,
            ("--ignore-scripts", _) => options.ignore_scripts = true,
            _ if QUIET.contains(&word.as_str()) => {}
            _ => return Err(word.clone()),
        }
    }
    Ok((options, plain))
}

//! `RUN --mount=type=...`.

use crate::builder::suggest;
use crate::model::quote::quoted;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MountKind {
    #[default]
    Bind,
    Cache,
    Tmpfs,
    Secret,
    Ssh,
}

const KINDS: [(&str, MountKind); 5] = [
    ("bind", MountKind::Bind),
    ("cache", MountKind::Cache),
    ("tmpfs", MountKind::Tmpfs),
    ("secret", MountKind::Secret),
    ("ssh", MountKind::Ssh),
];

const SHARING: [&str; 3] = ["shared", "private", "locked"];

const KEYS: [&str; 19] = [
    "type",
    "from",
    "source",
    "target",
    "readonly",
    "id",
    "sharing",
    "required",
    "size",
    "mode",
    "uid",
    "gid",
    "src",
    "dst",
    "destination",
    "ro",
    "rw",
    "readwrite",
    "env",
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    pub kind: MountKind,
    pub from: String,
    pub source: String,
    pub target: String,
    pub read_only: bool,
    /// Bytes of a tmpfs.
    pub size: u64,
    pub id: String,
    pub sharing: String,
    pub required: bool,
    /// The variable that a secret is put into; empty for its id.
    pub env: Option<String>,
    pub mode: Option<u16>,
    pub uid: Option<u32>,
    pub gid: Option<u32>,
}

impl Mount {
    fn kind_name(&self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(name, _)| name)
    }
}

/// The fields of a line of comma-separated values.
fn fields(text: &str) -> Result<Vec<String>, String> {
    let mut all = vec![String::new()];
    let mut quote = false;
    for c in text.chars() {
        match c {
            '"' => quote = !quote,
            ',' if !quote => all.push(String::new()),
            c => all.last_mut().into_iter().for_each(|field| field.push(c)),
        }
    }
    if quote { Err("failed to parse csv mounts: extraneous or missing \" in quoted-field".into()) } else { Ok(all) }
}

/// `from=` must be known before any variable is.
pub fn check_from(text: &str) -> Result<(), String> {
    for field in fields(text)? {
        let Some((key, value)) = field.split_once('=') else { continue };
        let variable = value.find('$').is_some_and(|at| at + 1 < value.len());
        if key.eq_ignore_ascii_case("from") && variable {
            let key = key.to_lowercase();
            return Err(format!("'{key}' doesn't support variable expansion, define alias stage instead"));
        }
    }
    Ok(())
}

/// The stage or image that a mount's files come from, if it says one.
pub fn from(text: &str) -> Option<String> {
    let fields = fields(text).ok()?;
    fields.iter().find_map(|field| {
        let (key, value) = field.split_once('=')?;
        (key.eq_ignore_ascii_case("from") && !value.is_empty()).then(|| value.to_string())
    })
}

/// Reads a mount; `expand` puts variables into values.
pub fn parse(text: &str, expand: &mut dyn FnMut(&str) -> Result<String, String>) -> Result<Mount, String> {
    let mut mount = Mount::default();
    let mut read_only = None;
    for field in fields(text)? {
        let (key, value) = field.split_once('=').map_or((field.as_str(), None), |(key, value)| (key, Some(value)));
        let key = key.to_lowercase();
        let Some(value) = value else {
            match key.as_str() {
                "readonly" | "ro" => read_only = Some(true),
                "readwrite" | "rw" => read_only = Some(false),
                "required" => require(&mut mount, true)?,
                _ => return Err(format!("invalid field '{field}' must be a key=value pair")),
            }
            continue;
        };
        let value = expand(value)?;
        match key.as_str() {
            "readonly" | "ro" => read_only = Some(boolean(&key, &value)?),
            "readwrite" | "rw" => read_only = Some(!boolean(&key, &value)?),
            "required" => require(&mut mount, boolean(&key, &value)?)?,
            key => set(&mut mount, key, value, &field)?,
        }
    }
    let writable = matches!(mount.kind, MountKind::Cache | MountKind::Tmpfs);
    mount.read_only = read_only.unwrap_or(!writable);
    check(&mount)?;
    Ok(mount)
}

fn boolean(key: &str, value: &str) -> Result<bool, String> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("invalid value for {key}: {value}")),
    }
}

fn require(mount: &mut Mount, required: bool) -> Result<(), String> {
    if !matches!(mount.kind, MountKind::Secret | MountKind::Ssh) {
        return Err(format!("unexpected key 'required' for mount type '{}'", mount.kind_name()));
    }
    mount.required = required;
    Ok(())
}

fn set(mount: &mut Mount, key: &str, value: String, field: &str) -> Result<(), String> {
    match key {
        "type" => {
            let known = KINDS.iter().find(|(name, _)| *name == value.to_lowercase());
            let Some((_, kind)) = known else {
                let message = format!("unsupported mount type {}", quoted(&value));
                return Err(suggest::with(message, &value, &KINDS.map(|(name, _)| name), true));
            };
            mount.kind = *kind;
        }
        "from" => mount.from = value,
        "source" | "src" => mount.source = value,
        "target" | "dst" | "destination" => mount.target = value,
        "size" if mount.kind == MountKind::Tmpfs => {
            mount.size = size(&value).ok_or_else(|| format!("invalid value for size: {value}"))?;
        }
        "size" => return Err(format!("unexpected key 'size' for mount type '{}'", mount.kind_name())),
        "id" => mount.id = value,
        "sharing" => {
            mount.sharing = value.to_lowercase();
            if !SHARING.contains(&mount.sharing.as_str()) {
                let message = format!("unsupported sharing value {}", quoted(&value));
                return Err(suggest::with(message, &value, &SHARING, true));
            }
        }
        "mode" => {
            let mode = u16::from_str_radix(&value, 8);
            mount.mode = Some(mode.map_err(|_| format!("invalid value {value} for mode"))?);
        }
        "uid" => mount.uid = Some(value.parse().map_err(|_| format!("invalid value {value} for uid"))?),
        "gid" => mount.gid = Some(value.parse().map_err(|_| format!("invalid value {value} for gid"))?),
        "env" => mount.env = Some(value),
        _ => return Err(suggest::with(format!("unexpected key '{key}' in '{field}'"), key, &KEYS, true)),
    }
    Ok(())
}

/// Bytes as `64m` says them.
fn size(text: &str) -> Option<u64> {
    let text = text.to_lowercase();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_shl(shift)
}

fn check(mount: &Mount) -> Result<(), String> {
    let kind = mount.kind_name();
    if matches!(mount.kind, MountKind::Bind | MountKind::Tmpfs) {
        let given = [("mode", mount.mode.is_some()), ("uid", mount.uid.is_some()), ("gid", mount.gid.is_some())];
        if let Some((name, _)) = given.iter().find(|(_, given)| *given) {
            return Err(format!("{name} not allowed for {} type mounts", quoted(kind)));
        }
    }
    if mount.kind == MountKind::Secret {
        let why = if !mount.from.is_empty() {
            "secret mount should not have a from"
        } else if !mount.sharing.is_empty() {
            "secret mount should not define sharing"
        } else if mount.source.is_empty() && mount.target.is_empty() && mount.id.is_empty() {
            "invalid secret mount. one of source, target required"
        } else if !mount.source.is_empty() && !mount.id.is_empty() {
            "both source and id can't be set"
        } else {
            ""
        };
        if !why.is_empty() {
            return Err(why.into());
        }
    }
    if !mount.sharing.is_empty() && mount.kind != MountKind::Cache {
        return Err(format!("invalid cache sharing set for {kind} mount"));
    }
    Ok(())
}

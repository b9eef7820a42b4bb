//! The attributes of a compose file, one table: what the schema allows of each, in which order they are printed, and
//! what their values mean.
//!
//! ```text
//! = name TYPE              a type with a name
//! # service                an object: `x-` keys are allowed unless it is `closed`
//! image s text             attribute (with `!` if it is required), type, meaning
//! ```
//!
//! A type is a set of `s,n,i,b,o,z` (string, number, integer, boolean, object, null), one of several divided by `|`,
//! `[T]` a list (`[T]!` of different values), `{T}` a mapping (`{^T}` with names for keys), `@name` an object or a named
//! type (`@name?` may be null), `s=a/b` one of these words.

use std::sync::OnceLock;

const TABLE: &str = include_str!("schema.txt");

#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Of these letters, and one of these words where there are any.
    Plain(&'static str, Vec<&'static str>),
    OneOf(Vec<Type>),
    List(Box<Type>, bool),
    Map(Box<Type>, bool),
    Named(&'static str, bool),
}

/// What a value of an attribute becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    Raw,
    Text,
    /// A switch: left out where it is off, always shown, or shown where it is given.
    Bool,
    BoolAlways,
    BoolGiven,
    Int,
    IntGiven,
    Float,
    Bytes,
    Duration,
    Command,
    Test,
    Dict,
    Env,
    Labels,
    List,
    Hosts,
    Options,
    EnvFiles,
    Mode,
    Ulimits,
    /// An object; left out where it is empty.
    Struct(&'static str),
    /// An object that is shown whenever it is given.
    Given(&'static str),
    Structs(&'static str),
    MapOf(&'static str),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub name: &'static str,
    pub required: bool,
    pub kind: Type,
    pub meaning: Meaning,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub name: &'static str,
    /// Whether `x-` keys are allowed.
    pub extensible: bool,
    pub attributes: Vec<Attribute>,
}

struct Schema {
    types: Vec<(&'static str, Type)>,
    objects: Vec<Object>,
}

/// The object of that name.
pub fn object(name: &str) -> Option<&'static Object> {
    schema().objects.iter().find(|object| object.name == name)
}

/// The type of that name, if it is no object.
pub fn named(name: &str) -> Option<&'static Type> {
    schema().types.iter().find(|(known, _)| *known == name).map(|(_, kind)| kind)
}

impl Object {
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = Schema { types: Vec::new(), objects: Vec::new() };
        for line in TABLE.lines().filter(|line| !line.is_empty()) {
            let mut words = line.split(' ');
            let first = words.next().unwrap_or_default();
            let (second, third) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            match first {
                "=" => schema.types.push((second, read_type(third))),
                "#" => {
                    schema.objects.push(Object { name: second, extensible: third != "closed", attributes: Vec::new() })
                }
                name => {
                    let attribute = Attribute {
                        name: name.trim_end_matches('!'),
                        required: name.ends_with('!'),
                        kind: read_type(second),
                        meaning: read_meaning(third),
                    };
                    if let Some(object) = schema.objects.last_mut() {
                        object.attributes.push(attribute);
                    }
                }
            }
        }
        schema
    })
}

fn read_type(text: &'static str) -> Type {
    let parts = alternatives(text);
    if parts.len() > 1 {
        return Type::OneOf(parts.into_iter().map(read_type).collect());
    }
    if let Some(rest) = text.strip_prefix('[') {
        let unique = rest.ends_with('!');
        return Type::List(Box::new(read_type(rest.trim_end_matches('!').trim_end_matches(']'))), unique);
    }
    if let Some(rest) = text.strip_prefix('{') {
        let inner = rest.strip_suffix('}').unwrap_or(rest);
        let names = inner.starts_with('^');
        return Type::Map(Box::new(read_type(inner.trim_start_matches('^'))), names);
    }
    if let Some(name) = text.strip_prefix('@') {
        return Type::Named(name.trim_end_matches('?'), name.ends_with('?'));
    }
    match text.split_once('=') {
        Some((letters, words)) => Type::Plain(letters, words.split('/').collect()),
        None => Type::Plain(text, Vec::new()),
    }
}

/// The parts that `|` divides, outside brackets.
fn alternatives(text: &'static str) -> Vec<&'static str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            '|' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn read_meaning(word: &'static str) -> Meaning {
    match word {
        "text" => Meaning::Text,
        "bool" => Meaning::Bool,
        "bool!" => Meaning::BoolAlways,
        "bool?" => Meaning::BoolGiven,
        "int" => Meaning::Int,
        "int?" => Meaning::IntGiven,
        "float" => Meaning::Float,
        "bytes" => Meaning::Bytes,
        "duration" => Meaning::Duration,
        "command" => Meaning::Command,
        "test" => Meaning::Test,
        "dict" => Meaning::Dict,
        "env" => Meaning::Env,
        "labels" => Meaning::Labels,
        "list" => Meaning::List,
        "hosts" => Meaning::Hosts,
        "options" => Meaning::Options,
        "envfiles" => Meaning::EnvFiles,
        "mode" => Meaning::Mode,
        "ulimits" => Meaning::Ulimits,
        word => match word.split_at_checked(1) {
            Some(("*", name)) => Meaning::Given(name),
            Some((".", name)) => Meaning::Struct(name),
            Some(("[", name)) => Meaning::Structs(name),
            Some(("{", name)) => Meaning::MapOf(name),
            _ => Meaning::Raw,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: &Type) {
        match kind {
            Type::Plain(letters, _) => assert!(letters.split(',').all(|l| "snibozs".contains(l)), "{letters}"),
            Type::OneOf(all) => all.iter().for_each(check),
            Type::List(of, _) | Type::Map(of, _) => check(of),
            Type::Named(name, _) => assert!(object(name).is_some() || named(name).is_some(), "{name}"),
        }
    }

    #[test]
    fn every_line_of_the_table_is_read() {
        for object in &schema().objects {
            for attribute in &object.attributes {
                check(&attribute.kind);
                if let Meaning::Struct(name) | Meaning::Given(name) | Meaning::Structs(name) | Meaning::MapOf(name) =
                    attribute.meaning
                {
                    assert!(super::object(name).is_some(), "{name}");
                }
            }
        }
        for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with(['=', '#'])) {
            let meaning = line.rsplit(' ').next().expect("a word");
            assert!(meaning == "raw" || read_meaning(meaning) != Meaning::Raw, "{line}");
            assert_eq!(line.split(' ').count(), 3, "{line}");
        }
    }
}

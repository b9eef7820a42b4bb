//! Statements: read from words, carried out on a cluster.

use super::database::{Cluster, Column, Database, Kind, Table, Value};
use super::lexer::{Token, tokens};
use super::select;
use crate::model::limits;

/// Why a statement is not carried out: SQLSTATE and words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    pub code: &'static str,
    pub text: String,
    pub detail: String,
}

impl Refusal {
    pub fn new(code: &'static str, text: &str) -> Refusal {
        Refusal { code, text: text.into(), detail: String::new() }
    }

    /// Real, and not here.
    pub fn missing(what: &str) -> Refusal {
        Refusal::new("0A000", &format!("layerlab: {what} is not simulated"))
    }
}

/// What a statement gives.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outcome {
    /// Names and kinds; none for what gives no rows.
    pub columns: Option<Vec<(String, Kind)>>,
    pub rows: Vec<Vec<Value>>,
    /// `INSERT 0 1`.
    pub tag: String,
    pub notice: String,
    pub changed: bool,
}

/// What statements can ask of their surroundings.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub version: String,
    pub now: String,
    pub user: String,
    pub database: String,
}

/// The words of a statement, read from the front.
pub struct Words<'a> {
    all: &'a [Token],
    at: usize,
}

impl<'a> Words<'a> {
    pub fn peek(&self) -> Option<&'a Token> {
        self.all.get(self.at)
    }

    pub fn next(&mut self) -> Option<&'a Token> {
        self.at += 1;
        self.all.get(self.at - 1)
    }

    /// Takes these key words if they come next.
    pub fn takes(&mut self, words: &str) -> bool {
        let parts: Vec<&str> = words.split(' ').collect();
        let fits = parts.iter().enumerate().all(|(at, part)| match self.all.get(self.at + at) {
            Some(Token::Word(word)) => word == part,
            Some(Token::Sign(sign)) => sign == part,
            _ => false,
        });
        if fits {
            self.at += parts.len();
        }
        fits
    }

    pub fn needs(&mut self, word: &str) -> Result<(), Refusal> {
        if self.takes(word) { Ok(()) } else { Err(self.wrong()) }
    }

    pub fn name(&mut self) -> Result<String, Refusal> {
        match self.peek() {
            Some(Token::Word(word)) => {
                self.at += 1;
                // A schema in front says nothing new: there is one.
                if word == "public" && self.takes(".") {
                    return self.name();
                }
                Ok(word.clone())
            }
            _ => Err(self.wrong()),
        }
    }

    pub fn wrong(&self) -> Refusal {
        match self.peek() {
            Some(Token::Word(word) | Token::Number(word) | Token::Sign(word)) => {
                Refusal::new("42601", &format!("syntax error at or near \"{word}\""))
            }
            Some(Token::Text(text)) => Refusal::new("42601", &format!("syntax error at or near \"'{text}'\"")),
            None => Refusal::new("42601", "syntax error at end of input"),
        }
    }

    pub fn end(&self) -> Result<(), Refusal> {
        if self.peek().is_none() { Ok(()) } else { Err(self.wrong()) }
    }
}

/// Cuts a text into statements at semicolons outside quotes.
pub fn statements(text: &str) -> Vec<String> {
    let (mut all, mut own, mut mark) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match (mark, c) {
            (None, ';') => all.push(std::mem::take(&mut own)),
            (None, '\'' | '"') => {
                mark = Some(c);
                own.push(c);
            }
            (Some(open), c) if open == c => {
                mark = None;
                own.push(c);
            }
            _ => own.push(c),
        }
    }
    all.push(own);
    all.retain(|statement| !statement.trim().is_empty());
    all
}

/// Carries out one statement.
pub fn run(cluster: &mut Cluster, facts: &Facts, text: &str) -> Result<Outcome, Refusal> {
    let all = tokens(text)?;
    let mut words = Words { all: &all, at: 0 };
    let Some(Token::Word(first)) = all.first() else { return Err(words.wrong()) };
    if cluster.weight() > limits::FILE_BYTES / 4 && first == "insert" {
        return Err(Refusal::new("53100", "could not extend file: No space left on device"));
    }
    words.at = 1;
    match first.as_str() {
        "select" => select::select(cluster, facts, &mut words),
        "create" => create(cluster, facts, &mut words),
        "drop" => drop_it(cluster, facts, &mut words),
        "insert" => insert(cluster, facts, &mut words),
        "update" | "delete" => select::change(cluster, facts, &mut words, first == "delete"),
        "truncate" => {
            words.takes("table");
            let name = words.name()?;
            words.end()?;
            table_of(cluster, facts, &name)?.rows.clear();
            Ok(done("TRUNCATE TABLE"))
        }
        "begin" | "commit" | "rollback" | "alter" | "grant" | "revoke" | "with" | "explain" | "copy" | "vacuum"
        | "analyze" | "set" | "show" | "values" | "lock" | "declare" | "listen" | "notify" | "prepare" | "do"
        | "comment" | "start" | "end" | "savepoint" => {
            Err(Refusal::missing(&format!("SQL's {}", first.to_uppercase())))
        }
        word => Err(Refusal::new("42601", &format!("syntax error at or near \"{word}\""))),
    }
}

fn done(tag: &str) -> Outcome {
    Outcome { tag: tag.into(), changed: true, ..Outcome::default() }
}

pub fn database_of<'a>(cluster: &'a mut Cluster, facts: &Facts) -> Result<&'a mut Database, Refusal> {
    let missing = || Refusal::new("3D000", &format!("database \"{}\" does not exist", facts.database));
    cluster.database(&facts.database).ok_or_else(missing)
}

pub fn table_of<'a>(cluster: &'a mut Cluster, facts: &Facts, name: &str) -> Result<&'a mut Table, Refusal> {
    let missing = || Refusal::new("42P01", &format!("relation \"{name}\" does not exist"));
    database_of(cluster, facts)?.table(name).ok_or_else(missing)
}

fn create(cluster: &mut Cluster, facts: &Facts, words: &mut Words<'_>) -> Result<Outcome, Refusal> {
    if words.takes("database") {
        let name = words.name()?;
        if cluster.database(&name).is_some() {
            return Err(Refusal::new("42P04", &format!("database \"{name}\" already exists")));
        }
        words.end()?;
        cluster.databases.push(Database { name, tables: Vec::new() });
        return Ok(done("CREATE DATABASE"));
    }
    if !words.takes("table") {
        return Err(Refusal::missing("this form of CREATE"));
    }
    let kept = words.takes("if not exists");
    let name = words.name()?;
    let known = database_of(cluster, facts)?.table(&name).is_some();
    let text = format!("relation \"{name}\" already exists");
    if known && !kept {
        return Err(Refusal::new("42P07", &text));
    }
    words.needs("(")?;
    let mut columns = Vec::new();
    loop {
        if words.takes("primary key (") {
            let own = words.name()?;
            words.needs(")")?;
            for column in columns.iter_mut().filter(|column: &&mut Column| column.name == own) {
                (column.primary, column.unique, column.filled) = (true, true, true);
            }
        } else if ["constraint", "unique", "check", "foreign"]
            .iter()
            .any(|word| words.peek() == Some(&Token::Word((*word).into())))
        {
            return Err(Refusal::missing("this constraint of a table"));
        } else {
            columns.push(column(facts, words)?);
        }
        if !words.takes(",") {
            break;
        }
    }
    words.needs(")")?;
    words.end()?;
    if known {
        return Ok(Outcome { notice: format!("{text}, skipping"), changed: false, ..done("CREATE TABLE") });
    }
    database_of(cluster, facts)?.tables.push(Table { name, columns, rows: Vec::new(), next: 1 });
    Ok(done("CREATE TABLE"))
}

fn column(facts: &Facts, words: &mut Words<'_>) -> Result<Column, Refusal> {
    let name = words.name()?;
    let kind = words.name()?;
    let (mut serial, mut shown) = (false, String::new());
    let kind = match kind.as_str() {
        "int" | "integer" | "int4" | "smallint" => Kind::Int,
        "bigint" | "int8" => Kind::BigInt,
        "serial" | "bigserial" => {
            serial = true;
            if kind == "serial" { Kind::Int } else { Kind::BigInt }
        }
        "text" => Kind::Text,
        "varchar" | "character" | "char" => {
            let varying = kind == "varchar" || words.takes("varying");
            let word = if varying { "character varying" } else { "character" };
            shown = match size(words)? {
                Some(size) => format!("{word}({size})"),
                None => word.to_string(),
            };
            Kind::Text
        }
        "boolean" | "bool" => Kind::Bool,
        "numeric" | "decimal" | "real" => {
            size(words)?;
            Kind::Float
        }
        "double" => {
            words.needs("precision")?;
            Kind::Float
        }
        "timestamp" | "timestamptz" | "date" => {
            let _ = words.takes("with time zone") || words.takes("without time zone");
            Kind::Time
        }
        other => return Err(Refusal::missing(&format!("the type {other}"))),
    };
    if shown.is_empty() {
        shown = kind.name().into();
    }
    let (filled, default) = (serial, None);
    let mut column =
        Column { name, kind, shown, filled, unique: false, primary: false, serial, default, stamped: false };
    loop {
        if words.takes("primary key") {
            (column.primary, column.unique, column.filled) = (true, true, true);
        } else if words.takes("not null") {
            column.filled = true;
        } else if words.takes("unique") {
            column.unique = true;
        } else if words.takes("null") {
        } else if words.takes("default") {
            if words.takes("now ( )") || words.takes("current_timestamp") {
                column.stamped = true;
            } else {
                let value = select::literal(facts, words)?;
                column.default = kind.fit(value);
            }
        } else if words.takes("references") || words.takes("check") || words.takes("generated") {
            return Err(Refusal::missing("this constraint of a column"));
        } else {
            return Ok(column);
        }
    }
}

/// `(50)` or `(10,2)`.
fn size(words: &mut Words<'_>) -> Result<Option<String>, Refusal> {
    if !words.takes("(") {
        return Ok(None);
    }
    let mut text = String::new();
    while let Some(Token::Number(part) | Token::Sign(part)) = words.next() {
        if part == ")" {
            return Ok(Some(text));
        }
        text.push_str(part);
    }
    Err(words.wrong())
}

fn drop_it(cluster: &mut Cluster, facts: &Facts, words: &mut Words<'_>) -> Result<Outcome, Refusal> {
    let database = words.takes("database");
    if !database && !words.takes("table") {
        return Err(Refusal::missing("this form of DROP"));
    }
    let kept = words.takes("if exists");
    let name = words.name()?;
    words.takes("cascade");
    words.end()?;
    if database {
        if name == facts.database {
            return Err(Refusal::new("55006", "cannot drop the currently open database"));
        }
        let before = cluster.databases.len();
        cluster.databases.retain(|database| database.name != name);
        if before == cluster.databases.len() && !kept {
            return Err(Refusal::new("3D000", &format!("database \"{name}\" does not exist")));
        }
        return Ok(done("DROP DATABASE"));
    }
    let own = database_of(cluster, facts)?;
    let before = own.tables.len();
    own.tables.retain(|table| table.name != name);
    let mut outcome = done("DROP TABLE");
    if before == own.tables.len() {
        let text = format!("table \"{name}\" does not exist");
        if !kept {
            return Err(Refusal::new("42P01", &text));
        }
        outcome.notice = format!("{text}, skipping");
    }
    Ok(outcome)
}

fn insert(cluster: &mut Cluster, facts: &Facts, words: &mut Words<'_>) -> Result<Outcome, Refusal> {
    words.needs("into")?;
    let name = words.name()?;
    let known: Vec<String> =
        table_of(cluster, facts, &name)?.columns.iter().map(|column| column.name.clone()).collect();
    let mut names = known.clone();
    if words.takes("(") {
        names.clear();
        loop {
            let own = words.name()?;
            if !known.contains(&own) {
                return Err(Refusal::new("42703", &format!("column \"{own}\" of relation \"{name}\" does not exist")));
            }
            names.push(own);
            if !words.takes(",") {
                break;
            }
        }
        words.needs(")")?;
    }
    if !words.takes("values") {
        return Err(Refusal::missing("INSERT without VALUES"));
    }
    let mut given = Vec::new();
    loop {
        words.needs("(")?;
        let mut row = Vec::new();
        loop {
            row.push(if words.takes("default") { None } else { Some(select::literal(facts, words)?) });
            if !words.takes(",") {
                break;
            }
        }
        words.needs(")")?;
        if row.len() > names.len() {
            return Err(Refusal::new("42601", "INSERT has more expressions than target columns"));
        }
        given.push(row);
        if !words.takes(",") {
            break;
        }
    }
    let returning = words.takes("returning");
    let wanted = if returning { Some(select::targets(words)?) } else { None };
    words.end()?;
    let mut changed = table_of(cluster, facts, &name)?.clone();
    let first = changed.rows.len();
    for row in given {
        add(&mut changed, facts, &names, row)?;
    }
    let count = changed.rows.len() - first;
    let mut outcome = done(&format!("INSERT 0 {count}"));
    if let Some(wanted) = wanted {
        let (columns, rows) = select::rows(&changed, &wanted, &changed.rows[first..])?;
        (outcome.columns, outcome.rows) = (Some(columns), rows);
    }
    *table_of(cluster, facts, &name)? = changed;
    Ok(outcome)
}

fn add(table: &mut Table, facts: &Facts, names: &[String], given: Vec<Option<Value>>) -> Result<(), Refusal> {
    let mut row = Vec::new();
    for column in &table.columns {
        let at = names.iter().position(|name| *name == column.name);
        let own = at.and_then(|at| given.get(at).cloned().flatten());
        row.push(match own {
            Some(value) => fitted(column, value)?,
            None if column.serial => Value::Int(table.next),
            None if column.stamped => Value::Text(facts.now.clone()),
            None => column.default.clone().unwrap_or(Value::Null),
        });
    }
    if table.columns.iter().any(|column| column.serial) {
        table.next += 1;
    }
    check(table, &row, None)?;
    table.rows.push(row);
    Ok(())
}

pub fn fitted(column: &Column, value: Value) -> Result<Value, Refusal> {
    let shown = value.shown().unwrap_or_default();
    let fits = column.kind.fit(value);
    let wrong = || Refusal::new("22P02", &format!("invalid input syntax for type {}: \"{shown}\"", column.kind.name()));
    let value = fits.ok_or_else(wrong)?;
    let most = column.shown.split(['(', ')']).nth(1).and_then(|size| size.parse::<usize>().ok());
    match (&value, most) {
        (Value::Text(text), Some(most)) if text.chars().count() > most => {
            Err(Refusal::new("22001", &format!("value too long for type {}", column.shown)))
        }
        _ => Ok(value),
    }
}

/// Whether a row may stand in a table, but for the one at `own`.
pub fn check(table: &Table, row: &[Value], own: Option<usize>) -> Result<(), Refusal> {
    for (at, column) in table.columns.iter().enumerate() {
        let Some(value) = row.get(at) else { continue };
        let shown = value.shown();
        if column.filled && shown.is_none() {
            let all: Vec<String> = row.iter().map(|value| value.shown().unwrap_or_else(|| "null".into())).collect();
            let text = format!(
                "null value in column \"{}\" of relation \"{}\" violates not-null constraint",
                column.name, table.name
            );
            let detail = format!("Failing row contains ({}).", all.join(", "));
            return Err(Refusal { detail, ..Refusal::new("23502", &text) });
        }
        let same = |(index, other): (usize, &Vec<Value>)| Some(index) != own && other.get(at) == Some(value);
        if column.unique && shown.is_some() && table.rows.iter().enumerate().any(same) {
            let end = if column.primary { "pkey".to_string() } else { format!("{}_key", column.name) };
            let text = format!("duplicate key value violates unique constraint \"{}_{end}\"", table.name);
            let detail = format!("Key ({})=({}) already exists.", column.name, shown.unwrap_or_default());
            return Err(Refusal { detail, ..Refusal::new("23505", &text) });
        }
    }
    Ok(())
}

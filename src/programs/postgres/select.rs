//! SELECT, UPDATE and DELETE over one table.

use std::cmp::Ordering;

use super::database::{Cluster, Kind, Table, Value};
use super::lexer::Token;
use super::query::{Facts, Outcome, Refusal, Words, check, fitted, table_of};
use crate::model::order::Order;

/// What a SELECT gives a column of.
#[derive(Clone, PartialEq, Debug)]
pub enum Target {
    All,
    Column(String, Option<String>),
    Count(Option<String>),
    Value(Value, String),
}

/// `column OPERATOR value`.
struct Condition {
    column: String,
    operator: String,
    value: Value,
}

pub fn literal(facts: &Facts, words: &mut Words<'_>) -> Result<Value, Refusal> {
    let mut value = factor(facts, words)?;
    loop {
        let sign = ["+", "-", "*", "/", "||"].into_iter().find(|sign| words.takes(sign));
        let Some(sign) = sign else { return Ok(value) };
        let other = factor(facts, words)?;
        value = match (sign, value, other) {
            ("+", Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_add(b)),
            ("-", Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_sub(b)),
            ("*", Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_mul(b)),
            ("/", Value::Int(_), Value::Int(0)) => return Err(Refusal::new("22012", "division by zero")),
            ("/", Value::Int(a), Value::Int(b)) => Value::Int(a.wrapping_div(b)),
            ("||", Value::Text(a), Value::Text(b)) => Value::Text(a + &b),
            _ => return Err(Refusal::missing("this expression")),
        };
    }
}

fn factor(facts: &Facts, words: &mut Words<'_>) -> Result<Value, Refusal> {
    let text = |text: &str| Ok(Value::Text(text.to_string()));
    match words.peek() {
        Some(Token::Text(own)) => {
            words.next();
            text(own)
        }
        Some(Token::Number(number)) => {
            words.next();
            let number = number.parse().map(Value::Int).or_else(|_| number.parse().map(Value::Float));
            number.map_err(|_| words.wrong())
        }
        Some(Token::Sign(sign)) if sign == "-" => {
            words.next();
            match factor(facts, words)? {
                Value::Int(value) => Ok(Value::Int(-value)),
                Value::Float(value) => Ok(Value::Float(-value)),
                _ => Err(words.wrong()),
            }
        }
        Some(Token::Word(word)) => match word.as_str() {
            _ if words.takes("null") => Ok(Value::Null),
            _ if words.takes("true") => Ok(Value::Bool(true)),
            _ if words.takes("false") => Ok(Value::Bool(false)),
            _ if words.takes("version ( )") => text(&facts.version),
            _ if words.takes("now ( )") || words.takes("current_timestamp") => text(&facts.now),
            _ if words.takes("current_database ( )") => text(&facts.database),
            _ if words.takes("current_user") || words.takes("user") => text(&facts.user),
            other => Err(Refusal::new("42703", &format!("column \"{other}\" does not exist"))),
        },
        _ => Err(words.wrong()),
    }
}

/// What stands between SELECT or RETURNING and what follows; literals are read by [`select`].
pub fn targets(words: &mut Words<'_>) -> Result<Vec<Target>, Refusal> {
    let mut targets = Vec::new();
    loop {
        if words.takes("*") {
            targets.push(Target::All);
        } else if words.takes("count ( * )") {
            targets.push(Target::Count(alias(words)?));
        } else {
            let name = words.name()?;
            if words.takes("(") {
                return Err(Refusal::missing(&format!("the function {name}")));
            }
            targets.push(Target::Column(name, alias(words)?));
        }
        if !words.takes(",") {
            return Ok(targets);
        }
    }
}

fn alias(words: &mut Words<'_>) -> Result<Option<String>, Refusal> {
    if words.takes("as") { words.name().map(Some) } else { Ok(None) }
}

pub fn select(cluster: &mut Cluster, facts: &Facts, words: &mut Words<'_>) -> Result<Outcome, Refusal> {
    let mut wanted = Vec::new();
    loop {
        let name = match words.peek() {
            Some(Token::Word(word)) => Some(word.clone()),
            _ => None,
        };
        let constant =
            ["null", "true", "false", "version", "now", "current_timestamp", "current_database", "current_user"];
        let is_column = name.as_ref().is_some_and(|name| !constant.contains(&name.as_str()));
        if is_column || words.peek() == Some(&Token::Sign("*".into())) {
            wanted.extend(targets(words)?);
            break;
        }
        let value = literal(facts, words)?;
        let standard = name.filter(|name| constant[3..].contains(&name.as_str())).unwrap_or_else(|| "?column?".into());
        let standard = if value == Value::Bool(true) || value == Value::Bool(false) { "bool".into() } else { standard };
        wanted.push(Target::Value(value, alias(words)?.unwrap_or(standard)));
        if !words.takes(",") {
            break;
        }
    }
    if !words.takes("from") {
        words.end()?;
        return constants(wanted);
    }
    let name = words.name()?;
    for word in ["join", "inner", "left", "right", "cross", ",", "group"] {
        if words.takes(word) {
            return Err(Refusal::missing("SELECT over more than one table, or in groups"));
        }
    }
    let table = table_of(cluster, facts, &name)?.clone();
    let conditions = conditions(&table, facts, words)?;
    let mut rows: Vec<Vec<Value>> = table.rows.iter().filter(|row| holds(&table, row, &conditions)).cloned().collect();
    if words.takes("order by") {
        order(&table, words, &mut rows)?;
    }
    let number = |words: &mut Words<'_>| match words.next() {
        Some(Token::Number(number)) => number.parse::<usize>().map_err(|_| words.wrong()),
        _ => Err(words.wrong()),
    };
    let (mut limit, mut offset) = (usize::MAX, 0);
    loop {
        if words.takes("limit") {
            limit = number(words)?;
        } else if words.takes("offset") {
            offset = number(words)?;
        } else {
            break;
        }
    }
    words.end()?;
    let rows: Vec<Vec<Value>> = rows.into_iter().skip(offset).take(limit).collect();
    let (columns, rows) = self::rows(&table, &wanted, &rows)?;
    Ok(Outcome { tag: format!("SELECT {}", rows.len()), columns: Some(columns), rows, ..Outcome::default() })
}

fn constants(wanted: Vec<Target>) -> Result<Outcome, Refusal> {
    let (mut columns, mut row) = (Vec::new(), Vec::new());
    for target in wanted {
        match target {
            Target::Value(value, name) => {
                let kind = match value {
                    Value::Int(_) => Kind::Int,
                    Value::Float(_) => Kind::Float,
                    Value::Bool(_) => Kind::Bool,
                    _ => Kind::Text,
                };
                columns.push((name, kind));
                row.push(value);
            }
            Target::Column(name, _) => return Err(Refusal::new("42703", &format!("column \"{name}\" does not exist"))),
            Target::All => return Err(Refusal::new("42601", "SELECT * with no tables specified is not valid")),
            Target::Count(_) => return Err(Refusal::missing("count(*) without a table")),
        }
    }
    Ok(Outcome { tag: "SELECT 1".into(), columns: Some(columns), rows: vec![row], ..Outcome::default() })
}

/// Columns by name and kind, and rows of values.
pub type Rows = (Vec<(String, Kind)>, Vec<Vec<Value>>);

/// The columns and rows that targets give.
pub fn rows(table: &Table, wanted: &[Target], rows: &[Vec<Value>]) -> Result<Rows, Refusal> {
    if let Some(Target::Count(name)) = wanted.first() {
        if wanted.len() > 1 {
            return Err(Refusal::missing("count(*) beside other columns"));
        }
        let name = name.clone().unwrap_or_else(|| "count".into());
        return Ok((vec![(name, Kind::BigInt)], vec![vec![Value::Int(rows.len() as i64)]]));
    }
    let (mut columns, mut sources) = (Vec::new(), Vec::new());
    for target in wanted {
        match target {
            Target::All => {
                for (at, column) in table.columns.iter().enumerate() {
                    columns.push((column.name.clone(), column.kind));
                    sources.push(Ok(at));
                }
            }
            Target::Column(name, alias) => {
                let at = column_of(table, name)?;
                columns.push((alias.clone().unwrap_or_else(|| name.clone()), table.columns[at].kind));
                sources.push(Ok(at));
            }
            Target::Value(value, name) => {
                columns.push((name.clone(), if let Value::Int(_) = value { Kind::Int } else { Kind::Text }));
                sources.push(Err(value.clone()));
            }
            Target::Count(_) => return Err(Refusal::missing("count(*) beside other columns")),
        }
    }
    let cell = |row: &Vec<Value>, source: &Result<usize, Value>| match source {
        Ok(at) => row.get(*at).cloned().unwrap_or(Value::Null),
        Err(value) => value.clone(),
    };
    Ok((columns, rows.iter().map(|row| sources.iter().map(|source| cell(row, source)).collect()).collect()))
}

fn column_of(table: &Table, name: &str) -> Result<usize, Refusal> {
    let missing = || Refusal::new("42703", &format!("column \"{name}\" does not exist"));
    table.columns.iter().position(|column| column.name == name).ok_or_else(missing)
}

fn conditions(table: &Table, facts: &Facts, words: &mut Words<'_>) -> Result<Vec<Condition>, Refusal> {
    let mut conditions = Vec::new();
    if !words.takes("where") {
        return Ok(conditions);
    }
    loop {
        let column = words.name()?;
        column_of(table, &column)?;
        let (operator, value) = if words.takes("is not null") {
            ("is not".to_string(), Value::Null)
        } else if words.takes("is null") {
            ("is".to_string(), Value::Null)
        } else if words.takes("like") {
            ("like".to_string(), literal(facts, words)?)
        } else {
            match words.next() {
                Some(Token::Sign(sign)) if ["=", "<>", "!=", "<", ">", "<=", ">="].contains(&sign.as_str()) => {
                    (sign.clone(), literal(facts, words)?)
                }
                _ => return Err(Refusal::missing("this condition")),
            }
        };
        conditions.push(Condition { column, operator, value });
        if words.takes("or") {
            return Err(Refusal::missing("OR"));
        }
        if !words.takes("and") {
            return Ok(conditions);
        }
    }
}

fn holds(table: &Table, row: &[Value], conditions: &[Condition]) -> bool {
    conditions.iter().all(|condition| {
        let at = table.columns.iter().position(|column| column.name == condition.column);
        let Some(own) = at.and_then(|at| row.get(at)) else { return false };
        if condition.operator.starts_with("is") {
            return (*own == Value::Null) == (condition.operator == "is");
        }
        if condition.operator == "like" {
            return match (own, &condition.value) {
                (Value::Text(text), Value::Text(pattern)) => like(pattern.as_bytes(), text.as_bytes()),
                _ => false,
            };
        }
        let Some(order) = own.compare(&condition.value) else { return false };
        match condition.operator.as_str() {
            "=" => order == Ordering::Equal,
            "<>" | "!=" => order != Ordering::Equal,
            "<" => order == Ordering::Less,
            ">" => order == Ordering::Greater,
            "<=" => order != Ordering::Greater,
            _ => order != Ordering::Less,
        }
    })
}

/// `%` for any text, `_` for one character.
fn like(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'%') => {
                p += 1;
                star = Some((p, t));
            }
            Some(own) if *own == b'_' || *own == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    p = after;
                    t = from + 1;
                    star = Some((after, t));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'%')
}

fn order(table: &Table, words: &mut Words<'_>, rows: &mut [Vec<Value>]) -> Result<(), Refusal> {
    let mut keys = Vec::new();
    loop {
        let at = column_of(table, &words.name()?)?;
        let down = words.takes("desc");
        if !down {
            words.takes("asc");
        }
        keys.push((at, down));
        if !words.takes(",") {
            break;
        }
    }
    rows.order_by(|a, b| {
        for (at, down) in &keys {
            let (Some(x), Some(y)) = (a.get(*at), b.get(*at)) else { continue };
            // Nulls come last, or first when it goes down.
            let order = x.compare(y).unwrap_or_else(|| (*x == Value::Null).cmp(&(*y == Value::Null)));
            let order = if *down { order.reverse() } else { order };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    });
    Ok(())
}

/// UPDATE and DELETE.
pub fn change(cluster: &mut Cluster, facts: &Facts, words: &mut Words<'_>, delete: bool) -> Result<Outcome, Refusal> {
    if delete {
        words.needs("from")?;
    }
    let name = words.name()?;
    let mut table = table_of(cluster, facts, &name)?.clone();
    let mut new = Vec::new();
    if !delete {
        words.needs("set")?;
        loop {
            let column = words.name()?;
            let at = column_of(&table, &column)?;
            words.needs("=")?;
            if let Some(Token::Word(own)) = words.peek()
                && table.columns.iter().any(|column| column.name == *own)
            {
                return Err(Refusal::missing("a column in an expression"));
            }
            let value = fitted(&table.columns[at], literal(facts, words)?)?;
            new.push((at, value));
            if !words.takes(",") {
                break;
            }
        }
    }
    let conditions = conditions(&table, facts, words)?;
    words.end()?;
    let hits: Vec<usize> =
        table.rows.iter().enumerate().filter(|(_, row)| holds(&table, row, &conditions)).map(|(at, _)| at).collect();
    for at in hits.iter().rev() {
        if delete {
            table.rows.remove(*at);
            continue;
        }
        let mut row = table.rows[*at].clone();
        for (column, value) in &new {
            row[*column] = value.clone();
        }
        check(&table, &row, Some(*at))?;
        table.rows[*at] = row;
    }
    *table_of(cluster, facts, &name)? = table;
    let tag = if delete { format!("DELETE {}", hits.len()) } else { format!("UPDATE {}", hits.len()) };
    Ok(Outcome { tag, changed: true, ..Outcome::default() })
}

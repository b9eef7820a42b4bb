//! awk's functions.

use std::collections::BTreeMap;

use super::value::{self, Value};
use super::{Awk, Expr, Run, span};
use crate::programs::regex::Regex;

impl Awk {
    pub(super) fn format(&mut self, parts: &[Expr]) -> Run<String> {
        let mut values = Vec::new();
        for part in parts {
            values.push(self.eval(part)?);
        }
        let Some((format, values)) = values.split_first() else { return Ok(String::new()) };
        Ok(value::format(&format.text(), values))
    }

    pub(super) fn call(&mut self, name: &'static str, args: &[Expr]) -> Run<Value> {
        match (name, args) {
            ("sub" | "gsub", [pattern, by, rest @ ..]) => {
                let regex = self.pattern(pattern)?;
                let by = self.eval(by)?.text();
                let place = rest.first().cloned().unwrap_or(Expr::Field(Box::new(Expr::Number(0.0))));
                let text = self.eval(&place)?.text();
                let (new, count) = replaced(&regex, &text, &by, name == "gsub");
                if count > 0 {
                    self.assign(&place, Value::Text(new.into()))?;
                }
                return Ok(Value::Number(count as f64));
            }
            ("split", [text, Expr::Var(array), rest @ ..]) => {
                let text = self.eval(text)?.text();
                let separator = match rest.first() {
                    Some(Expr::Regex(regex)) => {
                        let (mut parts, mut from) = (BTreeMap::new(), 0);
                        while let Some((start, end)) = span(regex, &text, from).filter(|(start, end)| end > start) {
                            parts.insert(
                                (parts.len() + 1).to_string(),
                                Value::input(text.get(from..start).unwrap_or("")),
                            );
                            from = end;
                        }
                        if !text.is_empty() {
                            parts.insert((parts.len() + 1).to_string(), Value::input(text.get(from..).unwrap_or("")));
                        }
                        let count = parts.len();
                        self.arrays.insert(array.clone(), parts);
                        return Ok(Value::Number(count as f64));
                    }
                    Some(expr) => self.eval(expr)?.text(),
                    None => self.get("FS").text(),
                };
                let parts = self.pieces(&text, &separator);
                let count = parts.len();
                let parts = parts.iter().enumerate().map(|(at, part)| ((at + 1).to_string(), Value::input(part)));
                self.arrays.insert(array.clone(), parts.collect());
                return Ok(Value::Number(count as f64));
            }
            ("match", [text, pattern]) => {
                let text = self.eval(text)?.text();
                let regex = self.pattern(pattern)?;
                let chars = |end: usize| text.get(..end).map_or(0, |t| t.chars().count());
                let (start, length) = match span(&regex, &text, 0) {
                    Some((start, end)) => ((chars(start) + 1) as f64, (chars(end) - chars(start)) as f64),
                    None => (0.0, -1.0),
                };
                self.set("RSTART", Value::Number(start));
                self.set("RLENGTH", Value::Number(length));
                return Ok(Value::Number(start));
            }
            ("length", [Expr::Var(name)]) if self.arrays.contains_key(name) => {
                return Ok(Value::Number(self.arrays.get(name).map_or(0, BTreeMap::len) as f64));
            }
            ("sprintf", parts) => return Ok(Value::Text(self.format(parts)?.into())),
            _ => {}
        }
        let mut values = Vec::new();
        for arg in args {
            values.push(self.eval(arg)?);
        }
        let text = |at: usize| values.get(at).map_or(String::new(), Value::text);
        let number = |at: usize| values.get(at).map_or(0.0, Value::number);
        Ok(match name {
            "length" if values.is_empty() => {
                Value::Number(self.fields.first().map_or(0, |line| line.text().chars().count()) as f64)
            }
            "length" => Value::Number(text(0).chars().count() as f64),
            "substr" => {
                // Characters whose numbers, rounded, are from start to below start + length.
                let start = number(1).round();
                let end = if values.len() > 2 { start + number(2).round() } else { f64::INFINITY };
                let chars = text(0);
                let chars =
                    chars.chars().enumerate().filter(|(at, _)| (*at as f64 + 1.0) >= start && (*at as f64 + 1.0) < end);
                Value::Text(chars.map(|(_, c)| c).collect::<String>().into())
            }
            "index" => {
                let whole = text(0);
                let at =
                    whole.find(&text(1)).and_then(|at| whole.get(..at)).map_or(0, |before| before.chars().count() + 1);
                Value::Number(at as f64)
            }
            "tolower" => Value::Text(text(0).to_lowercase().into()),
            "toupper" => Value::Text(text(0).to_uppercase().into()),
            "int" => Value::Number(number(0).trunc()),
            "sqrt" => Value::Number(number(0).sqrt()),
            "exp" => Value::Number(number(0).exp()),
            "log" => Value::Number(number(0).ln()),
            "sin" => Value::Number(number(0).sin()),
            "cos" => Value::Number(number(0).cos()),
            "atan2" => Value::Number(number(0).atan2(number(1))),
            "srand" => Value::Number(std::mem::replace(&mut self.random, number(0) as u64) as f64),
            _ => {
                self.random =
                    self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                Value::Number((self.random >> 11) as f64 / (1u64 << 53) as f64)
            }
        })
    }
}

/// The text with one match or all replaced, and how many; `&` in `by` is the match.
fn replaced(regex: &Regex, text: &str, by: &str, all: bool) -> (String, usize) {
    let (mut out, mut from, mut count) = (String::new(), 0, 0);
    while from <= text.len() {
        let Some((start, end)) = span(regex, text, from) else { break };
        out.push_str(text.get(from..start).unwrap_or(""));
        let mut chars = by.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => out.push(chars.next().unwrap_or('\\')),
                '&' => out.push_str(text.get(start..end).unwrap_or("")),
                c => out.push(c),
            }
        }
        count += 1;
        from = end;
        if start == end {
            let Some(c) = text.get(end..).and_then(|rest| rest.chars().next()) else { break };
            out.push(c);
            from += c.len_utf8();
        }
        if !all {
            break;
        }
    }
    out.push_str(text.get(from..).unwrap_or(""));
    (out, count)
}

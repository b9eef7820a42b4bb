//! What scripts find there, by path in one table. What calls back is written in JavaScript
//! (`prelude.js`); its own doors to the machine are the paths that begin with `$`.

use super::heap::{Id, Kind, Value};
use super::inspect::{format_all, inspect};
use super::machine::{ARRAY, Effect, Fault, Machine, Native};
use super::{json, number, trace};
use crate::model::time::{Civil, MONTHS, WEEKDAYS, rfc3339};

type Done = Result<Value, Fault>;

const NATIVES: &[(&str, Native)] = &[
    ("console.log", |m, _, a| write(m, 1, a)),
    ("console.info", |m, _, a| write(m, 1, a)),
    ("console.debug", |m, _, a| write(m, 1, a)),
    ("console.error", |m, _, a| write(m, 2, a)),
    ("console.warn", |m, _, a| write(m, 2, a)),
    ("Object", |m, _, a| {
        Ok(match a.first() {
            Some(value @ Value::Object(_)) => value.clone(),
            _ => Value::Object(m.heap.add(Kind::Plain, Some(m.protos.object))),
        })
    }),
    ("Object.keys", |m, _, a| {
        let keys = m.keys(arg(a, 0));
        Ok(m.array(keys))
    }),
    ("Object.values", |m, _, a| {
        let values = m.entries(arg(a, 0)).into_iter().map(|(_, value)| value).collect();
        Ok(m.array(values))
    }),
    ("Object.entries", |m, _, a| {
        let entries = m.entries(arg(a, 0));
        let pairs = entries.into_iter().map(|(name, value)| m.array(vec![Value::String(name), value])).collect();
        Ok(m.array(pairs))
    }),
    ("Object.assign", |m, _, a| {
        for other in a.iter().skip(1) {
            for (name, value) in m.entries(other) {
                m.set(arg(a, 0), &name, value)?;
            }
        }
        Ok(arg(a, 0).clone())
    }),
    ("Object.freeze", |m, _, a| {
        if let Value::Object(id) = arg(a, 0)
            && let Some(object) = m.heap.get_mut(*id)
        {
            object.frozen = true;
        }
        Ok(arg(a, 0).clone())
    }),
    ("Object.create", |m, _, a| {
        let proto = if let Value::Object(id) = arg(a, 0) { Some(*id) } else { None };
        Ok(Value::Object(m.heap.add(Kind::Plain, proto)))
    }),
    ("Object.prototype.hasOwnProperty", |m, this, a| {
        let name = m.text(arg(a, 0))?;
        Ok(Value::Bool(m.entries(this).iter().any(|(known, _)| *known == name)))
    }),
    ("Object.prototype.toString", |m, this, _| Ok(Value::String(m.plain_text(this, 0)))),
    ("Array", |m, _, a| match a {
        [Value::Number(length)] if *length >= 0.0 && *length <= ARRAY as f64 => {
            Ok(m.array(vec![Value::Undefined; *length as usize]))
        }
        [Value::Number(_)] => m.throw("RangeError", "Invalid array length"),
        items => Ok(m.array(items.to_vec())),
    }),
    ("Array.isArray", |m, _, a| Ok(Value::Bool(is_array(m, arg(a, 0))))),
    ("Array.prototype.push", |m, this, a| {
        splice(m, this, usize::MAX, 0, a).map(|(_, length)| Value::Number(length as f64))
    }),
    ("Array.prototype.pop", |m, this, _| {
        let length = m.items(this).len();
        splice(m, this, length.saturating_sub(1), 1, &[]).map(|(gone, _)| gone.first().cloned().unwrap_or_default())
    }),
    ("Array.prototype.shift", |m, this, _| {
        splice(m, this, 0, 1, &[]).map(|(gone, _)| gone.first().cloned().unwrap_or_default())
    }),
    ("Array.prototype.unshift", |m, this, a| splice(m, this, 0, 0, a).map(|(_, length)| Value::Number(length as f64))),
    ("Array.prototype.splice", |m, this, a| {
        let length = m.items(this).len();
        let start = index(m, arg(a, 0), length, 0);
        let count = a.get(1).map_or(length, |count| m.number(count).max(0.0) as usize);
        let (gone, _) = splice(m, this, start, count, a.get(2..).unwrap_or_default())?;
        Ok(m.array(gone))
    }),
    ("Array.prototype.slice", |m, this, a| {
        let items = m.items(this);
        let (start, end) = (index(m, arg(a, 0), items.len(), 0), index(m, arg(a, 1), items.len(), items.len()));
        Ok(m.array(items.get(start..end.max(start)).unwrap_or_default().to_vec()))
    }),
    ("Array.prototype.concat", |m, this, a| {
        let mut items = m.items(this);
        for value in a {
            if is_array(m, value) { items.extend(m.items(value)) } else { items.push(value.clone()) }
        }
        if items.len() > ARRAY { Err(Fault::Memory) } else { Ok(m.array(items)) }
    }),
    ("Array.prototype.join", |m, this, a| {
        let mark = if a.is_empty() { ",".into() } else { m.text(arg(a, 0))? };
        let items = m.items(this);
        let of = |item: &Value| {
            if matches!(item, Value::Undefined | Value::Null) { "".into() } else { m.plain_text(item, 0) }
        };
        let texts: Vec<_> = items.iter().map(of).collect();
        text(m, texts.join(&mark))
    }),
    ("Array.prototype.reverse", |m, this, _| {
        if let Value::Object(id) = this
            && let Some(Kind::Array(items)) = m.heap.get_mut(*id).map(|object| &mut object.kind)
        {
            items.reverse();
        }
        Ok(this.clone())
    }),
    ("Array.prototype.indexOf", |m, this, a| {
        let found = m.items(this).iter().position(|item| item == arg(a, 0));
        Ok(Value::Number(found.map_or(-1.0, |at| at as f64)))
    }),
    ("Array.prototype.includes", |m, this, a| Ok(Value::Bool(m.items(this).contains(arg(a, 0))))),
    ("String", |m, _, a| if a.is_empty() { text(m, String::new()) } else { m.text(arg(a, 0)).map(Value::String) }),
    ("String.prototype.toString", |m, this, _| m.text(this).map(Value::String)),
    ("String.prototype.toUpperCase", |m, this, _| change(m, this, |text| text.to_uppercase())),
    ("String.prototype.toLowerCase", |m, this, _| change(m, this, |text| text.to_lowercase())),
    ("String.prototype.trim", |m, this, _| change(m, this, |text| text.trim().to_string())),
    ("String.prototype.trimStart", |m, this, _| change(m, this, |text| text.trim_start().to_string())),
    ("String.prototype.trimEnd", |m, this, _| change(m, this, |text| text.trim_end().to_string())),
    ("String.prototype.includes", |m, this, a| ask(m, this, a, |text, part| Value::Bool(text.contains(part)))),
    ("String.prototype.startsWith", |m, this, a| ask(m, this, a, |text, part| Value::Bool(text.starts_with(part)))),
    ("String.prototype.endsWith", |m, this, a| ask(m, this, a, |text, part| Value::Bool(text.ends_with(part)))),
    ("String.prototype.indexOf", |m, this, a| ask(m, this, a, |text, part| position(text, text.find(part)))),
    ("String.prototype.lastIndexOf", |m, this, a| ask(m, this, a, |text, part| position(text, text.rfind(part)))),
    ("String.prototype.charCodeAt", |m, this, a| {
        let (text, at) = (m.text(this)?, m.number(arg(a, 0)).max(0.0) as usize);
        Ok(Value::Number(text.encode_utf16().nth(at).map_or(f64::NAN, f64::from)))
    }),
    ("String.prototype.charAt", |m, this, a| {
        let (all, at) = (m.text(this)?, m.number(arg(a, 0)).max(0.0) as usize);
        text(m, all.chars().nth(at).map(String::from).unwrap_or_default())
    }),
    ("String.prototype.slice", |m, this, a| {
        let all: Vec<char> = m.text(this)?.chars().collect();
        let (start, end) = (index(m, arg(a, 0), all.len(), 0), index(m, arg(a, 1), all.len(), all.len()));
        text(m, all.get(start..end.max(start)).unwrap_or_default().iter().collect())
    }),
    ("String.prototype.substring", |m, this, a| {
        let all: Vec<char> = m.text(this)?.chars().collect();
        let clamp = |value: &Value, otherwise: usize| match value {
            Value::Undefined => otherwise,
            value => (m.number(value).max(0.0) as usize).min(all.len()),
        };
        let (start, end) = (clamp(arg(a, 0), 0), clamp(arg(a, 1), all.len()));
        text(m, all.get(start.min(end)..start.max(end)).unwrap_or_default().iter().collect())
    }),
    ("String.prototype.split", |m, this, a| {
        let all = m.text(this)?;
        let parts: Vec<String> = match arg(a, 0) {
            Value::Undefined => vec![all.to_string()],
            mark => match &*m.text(mark)? {
                "" => all.chars().map(String::from).collect(),
                mark => all.split(mark).map(String::from).collect(),
            },
        };
        if parts.len() > ARRAY {
            return Err(Fault::Memory);
        }
        m.extra += parts.len() / 4;
        Ok(m.array(parts.into_iter().map(|part| Value::String(part.into())).collect()))
    }),
    ("String.prototype.replace", |m, this, a| {
        let (all, old, new) = (m.text(this)?, m.text(arg(a, 0))?, m.text(arg(a, 1))?);
        text(m, all.replacen(&*old, &new, 1))
    }),
    ("String.prototype.replaceAll", |m, this, a| {
        let (all, old, new) = (m.text(this)?, m.text(arg(a, 0))?, m.text(arg(a, 1))?);
        if all.len().saturating_mul(new.len() + 1) > 16 << 20 {
            Err(Fault::Memory)
        } else {
            text(m, all.replace(&*old, &new))
        }
    }),
    ("String.prototype.repeat", |m, this, a| {
        let (all, count) = (m.text(this)?, m.number(arg(a, 0)));
        if count < 0.0 || count * all.len() as f64 > (4 << 20) as f64 {
            return m.throw("RangeError", &format!("Invalid count value: {}", number::text(count)));
        }
        text(m, all.repeat(count as usize))
    }),
    ("String.prototype.padStart", |m, this, a| pad(m, this, a, true)),
    ("String.prototype.padEnd", |m, this, a| pad(m, this, a, false)),
    ("Number", |m, _, a| Ok(Value::Number(if a.is_empty() { 0.0 } else { m.number(arg(a, 0)) }))),
    ("Number.isInteger", |_, _, a| {
        Ok(Value::Bool(matches!(arg(a, 0), Value::Number(n) if n.is_finite() && n.fract() == 0.0)))
    }),
    ("Number.prototype.toString", |m, this, a| match arg(a, 0) {
        Value::Number(radix) if (2.0..=36.0).contains(radix) && *radix != 10.0 => {
            let number = m.number(this);
            text(m, number::in_radix(number, *radix as u32))
        }
        _ => m.text(this).map(Value::String),
    }),
    ("Number.prototype.toFixed", |m, this, a| {
        let (number, digits) = (m.number(this), m.number(arg(a, 0)));
        text(m, format!("{number:.*}", if digits.is_nan() { 0 } else { digits.clamp(0.0, 100.0) as usize }))
    }),
    ("Boolean", |_, _, a| Ok(Value::Bool(super::machine::truthy(arg(a, 0))))),
    ("decodeURIComponent", super::uri::decode),
    ("encodeURIComponent", super::uri::encode),
    ("isNaN", |m, _, a| Ok(Value::Bool(m.number(arg(a, 0)).is_nan()))),
    ("parseFloat", |m, _, a| {
        let text = m.text(arg(a, 0))?;
        Ok(Value::Number(number::prefix(&text)))
    }),
    ("parseInt", |m, _, a| {
        let (text, radix) = (m.text(arg(a, 0))?, m.number(arg(a, 1)));
        let radix = if (2.0..=36.0).contains(&radix) { radix as u32 } else { 10 };
        let text = text.trim();
        let (sign, digits) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let digits = digits.get(..end.min(15)).unwrap_or("");
        Ok(Value::Number(i64::from_str_radix(digits, radix).map_or(f64::NAN, |n| sign * n as f64)))
    }),
    ("Math.floor", |m, _, a| Ok(Value::Number(m.number(arg(a, 0)).floor()))),
    ("Math.ceil", |m, _, a| Ok(Value::Number(m.number(arg(a, 0)).ceil()))),
    ("Math.round", |m, _, a| Ok(Value::Number((m.number(arg(a, 0)) + 0.5).floor()))),
    ("Math.trunc", |m, _, a| Ok(Value::Number(m.number(arg(a, 0)).trunc()))),
    ("Math.abs", |m, _, a| Ok(Value::Number(m.number(arg(a, 0)).abs()))),
    ("Math.sqrt", |m, _, a| Ok(Value::Number(m.number(arg(a, 0)).sqrt()))),
    ("Math.pow", |m, _, a| Ok(Value::Number(m.number(arg(a, 0)).powf(m.number(arg(a, 1)))))),
    ("Math.random", |m, _, _| Ok(Value::Number(m.host.random()))),
    ("Math.max", |m, _, a| {
        Ok(Value::Number(a.iter().fold(f64::NEG_INFINITY, |most, value| most.max(m.number(value)))))
    }),
    ("Math.min", |m, _, a| Ok(Value::Number(a.iter().fold(f64::INFINITY, |least, value| least.min(m.number(value)))))),
    ("JSON.parse", |m, _, a| {
        let text = m.text(arg(a, 0))?;
        json::parse(m, &text)
    }),
    ("JSON.stringify", |m, _, a| {
        let indent = match arg(a, 2) {
            Value::Number(count) => " ".repeat(count.clamp(0.0, 10.0) as usize),
            Value::String(text) => text.to_string(),
            _ => String::new(),
        };
        Ok(json::stringify(m, arg(a, 0), &indent).map_or(Value::Undefined, |text| Value::String(text.into())))
    }),
    ("Date", |m, _, a| {
        let millis = match arg(a, 0) {
            Value::Undefined => m.host.now(),
            Value::String(text) => match crate::engine::catalogue::seconds(text) {
                Some(seconds) => seconds as f64 * 1000.0,
                None => return Err(Fault::Missing("reading this form of date".to_string())),
            },
            value => m.number(value),
        };
        Ok(Value::Object(m.heap.add(Kind::Date(millis), Some(m.protos.date))))
    }),
    ("Date.now", |m, _, _| Ok(Value::Number(m.host.now().floor()))),
    ("Date.prototype.getTime", |m, this, _| Ok(Value::Number(m.number(this).floor()))),
    ("Date.prototype.toISOString", |m, this, _| text(m, iso(m.number(this)))),
    ("Date.prototype.toString", |m, this, _| m.text(this).map(Value::String)),
    ("Date.prototype.toLocaleTimeString", |m, this, _| {
        let c = civil(m.number(this));
        let half = if c.hour < 12 { "AM" } else { "PM" };
        text(m, format!("{}:{:02}:{:02} {half}", (c.hour + 11) % 12 + 1, c.minute, c.second))
    }),
    ("Date.prototype.getFullYear", |m, this, _| Ok(Value::Number(civil(m.number(this)).year as f64))),
    ("Date.prototype.getMonth", |m, this, _| Ok(Value::Number(f64::from(civil(m.number(this)).month - 1)))),
    ("Date.prototype.getDate", |m, this, _| Ok(Value::Number(f64::from(civil(m.number(this)).day)))),
    ("Date.prototype.getDay", |m, this, _| Ok(Value::Number(f64::from(civil(m.number(this)).weekday)))),
    ("Date.prototype.getHours", |m, this, _| Ok(Value::Number(f64::from(civil(m.number(this)).hour)))),
    ("Date.prototype.getMinutes", |m, this, _| Ok(Value::Number(f64::from(civil(m.number(this)).minute)))),
    ("Date.prototype.getSeconds", |m, this, _| Ok(Value::Number(f64::from(civil(m.number(this)).second)))),
    ("Error", make_error),
    ("TypeError", make_error),
    ("RangeError", make_error),
    ("ReferenceError", make_error),
    ("SyntaxError", make_error),
    ("Promise", |_, _, _| Err(Fault::Missing("promises".to_string()))),
    ("fetch", |_, _, _| Err(Fault::Missing("fetch".to_string()))),
    ("$.write", |m, _, a| {
        let (fd, text) = (m.number(arg(a, 0)) as u8, m.text(arg(a, 1))?);
        m.effects.push_back(Effect::Write(fd, text.to_string()));
        Ok(Value::Bool(true))
    }),
    ("$.inspect", |m, _, a| text(m, inspect(m, arg(a, 0)))),
    ("$.format", |m, _, a| text(m, format_all(m, a))),
    ("$.missing", |m, _, a| Err(Fault::Missing(m.plain_text(arg(a, 0), 0).to_string()))),
    ("$.exit", |m, _, a| Err(Fault::Exit(number::int32(m.number(arg(a, 0)))))),
    ("$.fact", |m, _, a| {
        let name = m.text(arg(a, 0))?;
        text(m, m.host.fact(&name))
    }),
    ("$.environment", |m, _, _| {
        let id = m.heap.add(Kind::Plain, Some(m.protos.object));
        for (name, value) in m.host.environment() {
            m.heap.put(id, &name, Value::String(value.into()));
        }
        Ok(Value::Object(id))
    }),
    ("$.arguments", |m, _, _| {
        let all = m.host.arguments().into_iter().map(|word| Value::String(word.into())).collect();
        Ok(m.array(all))
    }),
    ("$.hook", |m, _, a| {
        m.set_hook(arg(a, 0).clone());
        Ok(Value::Undefined)
    }),
    ("$.soon", |m, _, a| effect(m, a, |id, _| Effect::Soon(id))),
    ("$.timer", |m, _, a| {
        let (millis, again) = (m.number(arg(a, 1)), super::machine::truthy(arg(a, 2)));
        let millis = if (1.0..=2_147_483_647.0).contains(&millis) { millis.trunc() } else { 1.0 };
        effect(m, a, |id, _| Effect::Timer { id, millis, again })
    }),
    ("$.clear", |m, _, a| effect(m, a, |id, _| Effect::Clear(id))),
    ("$.signal", |m, _, a| effect(m, a, |id, name| Effect::Signal { name, id })),
    ("$.listen", |m, _, a| {
        let port = m.number(arg(a, 1));
        if !(0.0..65_536.0).contains(&port) {
            let text = format!("options.port should be >= 0 and < 65536. Received {}.", inspect(m, arg(a, 1)));
            return m.throw("RangeError", &text);
        }
        let serve = m.number(arg(a, 2)) as u32;
        let host = m.plain_text(arg(a, 3), 0).to_string();
        effect(m, a, |id, _| Effect::Listen { host, port: port as u16, id, serve })
    }),
    ("$.request", |m, _, _| {
        let all = m.requests.pop_front().into_iter().flatten().map(|text| Value::String(text.into())).collect();
        Ok(m.array(all))
    }),
    ("$.answer", |m, _, a| {
        let body = m.plain_text(arg(a, 2), 0).to_string();
        effect(m, a, |connection, head| Effect::Answer { connection, head, body })
    }),
    ("$.close", |m, _, a| effect(m, a, |id, _| Effect::Close(id))),
    ("$.read", |m, _, a| {
        let path = m.text(arg(a, 0))?;
        Ok(m.host.read(&path).map_or(Value::Undefined, |bytes| Value::String(String::from_utf8_lossy(&bytes).into())))
    }),
    ("$.is", |m, _, a| {
        let path = m.text(arg(a, 0))?;
        Ok(Value::Bool(m.host.read(&path).is_ok()))
    }),
    ("$.isDir", |m, _, a| {
        let path = m.text(arg(a, 0))?;
        Ok(Value::Bool(m.host.is_dir(&path)))
    }),
    ("$.file", file),
    ("$.compile", |m, _, a| {
        let (name, source) = (m.text(arg(a, 0))?, m.text(arg(a, 1))?);
        match m.load_function(&name, &source, &["exports", "require", "module", "__filename", "__dirname"]) {
            Ok(function) => Ok(function),
            Err(error) if error.simulated => {
                let source = super::Source { name: name.to_string(), text: source.to_string() };
                Err(Fault::Syntax(source.into(), error))
            }
            Err(error) => Err(Fault::Missing(format!("{} ({name})", error.text))),
        }
    }),
    ("$.notFound", |m, _, a| {
        let (title, stack) = (m.text(arg(a, 0))?, m.stack_lines());
        let version = m.host.fact("version");
        let value = m.error("Error", &title);
        if let Value::Object(id) = value
            && let Some(object) = m.heap.get_mut(id)
        {
            object.kind = Kind::Error(format!("Error: {title}{}", trace::not_found(&version, &stack)).into());
        }
        Ok(value)
    }),
    ("$.proto", |m, _, a| {
        if let (Value::Object(id), Value::Object(proto)) = (arg(a, 0), arg(a, 1))
            && let Some(object) = m.heap.get_mut(*id)
        {
            object.proto = Some(*proto);
        }
        Ok(arg(a, 0).clone())
    }),
    ("$.hide", |m, _, a| {
        let name = m.text(arg(a, 1))?;
        if let Value::Object(id) = arg(a, 0) {
            m.heap.hide(*id, &name, arg(a, 2).clone());
        }
        Ok(Value::Undefined)
    }),
];

fn arg(arguments: &[Value], at: usize) -> &Value {
    arguments.get(at).unwrap_or(&Value::Undefined)
}

fn text(machine: &mut Machine, text: String) -> Done {
    machine.extra += text.len() / 64;
    if text.len() > 4 << 20 {
        return machine.throw("RangeError", "Invalid string length");
    }
    Ok(Value::String(text.into()))
}

fn write(machine: &mut Machine, fd: u8, arguments: &[Value]) -> Done {
    let line = format_all(machine, arguments) + "\n";
    machine.extra += line.len() / 16;
    machine.effects.push_back(Effect::Write(fd, line));
    Ok(Value::Undefined)
}

fn effect(machine: &mut Machine, arguments: &[Value], make: impl FnOnce(u32, String) -> Effect) -> Done {
    let id = machine.number(arg(arguments, 0)) as u32;
    let name = machine.plain_text(arg(arguments, 1), 0).to_string();
    machine.effects.push_back(make(id, name));
    Ok(Value::Undefined)
}

fn make_error(machine: &mut Machine, _this: &Value, arguments: &[Value]) -> Done {
    let proto = machine.callee.and_then(|id| machine.heap.own(id, "prototype").cloned());
    let proto = if let Some(Value::Object(id)) = proto { id } else { machine.protos.error };
    let text = match arg(arguments, 0) {
        Value::Undefined => "".into(),
        value => machine.text(value)?,
    };
    Ok(machine.make_error(proto, &text))
}

fn is_array(machine: &Machine, value: &Value) -> bool {
    matches!(value, Value::Object(id) if matches!(machine.heap.get(*id).map(|o| &o.kind), Some(Kind::Array(_))))
}

/// An index that may be negative, within a length.
fn index(machine: &Machine, value: &Value, length: usize, otherwise: usize) -> usize {
    match value {
        Value::Undefined => otherwise,
        value => {
            let number = machine.number(value);
            if number < 0.0 { length.saturating_sub(-number as usize) } else { (number as usize).min(length) }
        }
    }
}

/// Takes elements out of an array and puts others in their place: what is gone, and the new length.
fn splice(
    machine: &mut Machine,
    this: &Value,
    start: usize,
    count: usize,
    new: &[Value],
) -> Result<(Vec<Value>, usize), Fault> {
    let Value::Object(id) = this else { return Ok((Vec::new(), 0)) };
    let Some(object) = machine.heap.get_mut(*id) else { return Ok((Vec::new(), 0)) };
    if object.frozen {
        return machine.throw("TypeError", "Cannot add property, object is not extensible");
    }
    let Kind::Array(items) = &mut object.kind else { return Ok((Vec::new(), 0)) };
    if items.len() + new.len() > ARRAY {
        return Err(Fault::Memory);
    }
    let start = start.min(items.len());
    let end = start.saturating_add(count).min(items.len());
    let moved = items.len() - start;
    let gone = items.splice(start..end, new.iter().cloned()).collect();
    let length = items.len();
    machine.extra += moved / 16;
    Ok((gone, length))
}

fn change(machine: &mut Machine, this: &Value, change: impl FnOnce(&str) -> String) -> Done {
    let changed = change(&machine.text(this)?);
    text(machine, changed)
}

fn ask(machine: &mut Machine, this: &Value, arguments: &[Value], ask: impl FnOnce(&str, &str) -> Value) -> Done {
    let (text, part) = (machine.text(this)?, machine.text(arg(arguments, 0))?);
    machine.extra += text.len() / 64;
    Ok(ask(&text, &part))
}

fn position(text: &str, at: Option<usize>) -> Value {
    let before = at.and_then(|at| text.get(..at));
    Value::Number(before.map_or(-1.0, |before| before.encode_utf16().count() as f64))
}

fn pad(machine: &mut Machine, this: &Value, arguments: &[Value], start: bool) -> Done {
    let (all, width) = (machine.text(this)?, machine.number(arg(arguments, 0)));
    let fill = if let Value::Undefined = arg(arguments, 1) { " ".into() } else { machine.text(arg(arguments, 1))? };
    let missing = (width.clamp(0.0, 1e6) as usize).saturating_sub(all.chars().count());
    let filling: String = fill.chars().cycle().take(if fill.is_empty() { 0 } else { missing }).collect();
    text(machine, if start { filling + &all } else { [&*all, filling.as_str()].concat() })
}

/// What is done to a file: `$.file(what, path, text)`; undefined, a list, or why not.
fn file(machine: &mut Machine, _this: &Value, arguments: &[Value]) -> Done {
    let (what, path, data) =
        (machine.text(arg(arguments, 0))?, machine.text(arg(arguments, 1))?, machine.text(arg(arguments, 2))?);
    let host = &machine.host;
    let done = match &*what {
        "open" => host.read(&path).map(drop),
        "write" => host.write(&path, data.as_bytes().to_vec()),
        "append" => {
            let mut bytes = host.read(&path).unwrap_or_default();
            bytes.extend(data.as_bytes());
            host.write(&path, bytes)
        }
        "mkdir" => host.make_dir(&path),
        "unlink" => host.remove(&path),
        _ => match host.list(&path) {
            Ok(names) => {
                let names = names.into_iter().map(|name| Value::String(name.into())).collect();
                return Ok(machine.array(names));
            }
            Err(why) => Err(why),
        },
    };
    Ok(done.map_or_else(|why| Value::String(why.into()), |()| Value::Undefined))
}

fn civil(millis: f64) -> Civil {
    Civil::from_epoch((millis / 1000.0).floor().clamp(-1e11, 1e11) as i64)
}

pub fn iso(millis: f64) -> String {
    let seconds = (millis / 1000.0).floor().clamp(-1e11, 1e11) as i64;
    let rest = (millis.rem_euclid(1000.0)) as u32;
    rfc3339(seconds, 0).replace('Z', &format!(".{rest:03}Z"))
}

pub fn date_text(millis: f64) -> String {
    let c = civil(millis);
    let day = WEEKDAYS.get(c.weekday as usize).unwrap_or(&"");
    let month = MONTHS.get(c.month.wrapping_sub(1) as usize).unwrap_or(&"");
    format!(
        "{day} {month} {:02} {:04} {:02}:{:02}:{:02} GMT+0000 (Coordinated Universal Time)",
        c.day, c.year, c.hour, c.minute, c.second
    )
}

/// Puts all of it in its place, and runs the prelude.
pub fn install(machine: &mut Machine) {
    let doors = machine.heap.add(Kind::Plain, None);
    for (path, native) in NATIVES {
        let native = machine.heap.add(Kind::Native(path, *native), Some(machine.protos.function));
        let mut names = path.split('.');
        let (first, last) = (names.next().unwrap_or(path), path.rsplit('.').next().unwrap_or(path));
        let root = if first == "$" { doors } else { place(machine, first, native) };
        if path.contains(".prototype.") {
            let proto = prototype(machine, first);
            machine.heap.hide(proto, last, Value::Object(native));
        } else if root != native {
            machine.heap.hide(root, last, Value::Object(native));
        } else {
            let proto = prototype(machine, first);
            machine.heap.hide(native, "prototype", Value::Object(proto));
            machine.heap.hide(proto, "constructor", Value::Object(native));
            if first.ends_with("Error") {
                machine.heap.hide(proto, "name", Value::String(first.into()));
            }
        }
    }
    for (name, value) in [("NaN", f64::NAN), ("Infinity", f64::INFINITY)] {
        machine.set_global(name, Value::Number(value));
    }
    if let Ok(prelude) = machine.load_function("", include_str!("prelude.js"), &["$"]) {
        machine.doors = Value::Object(doors);
        machine.call(&prelude, &[Value::Object(doors)]);
        while let super::Outcome::More(_) = machine.run(usize::MAX) {}
    }
    let globals = machine.heap.own(doors, "globals").cloned().unwrap_or_default();
    for (name, value) in machine.entries(&globals) {
        machine.set_global(&name, value);
    }
}

/// The global of this name: the native itself where it is one, else an object made for its members.
fn place(machine: &mut Machine, name: &str, native: Id) -> Id {
    let scope = machine.heap.scope(machine.globals);
    let known = scope.and_then(|scope| scope.names.iter().find(|(known, ..)| **known == *name));
    if let Some((_, Value::Object(id), _)) = known {
        return *id;
    }
    let is_member = NATIVES.iter().all(|(path, _)| *path != name);
    let id = if is_member { machine.heap.add(Kind::Plain, Some(machine.protos.object)) } else { native };
    machine.set_global(name, Value::Object(id));
    id
}

fn prototype(machine: &mut Machine, name: &str) -> Id {
    let protos = &machine.protos;
    match name {
        "Object" => protos.object,
        "Array" => protos.array,
        "String" => protos.string,
        "Number" => protos.number,
        "Boolean" => protos.boolean,
        "Error" => protos.error,
        "Date" => protos.date,
        _ => {
            let above = if name.ends_with("Error") { protos.error } else { protos.object };
            machine.heap.add(Kind::Plain, Some(above))
        }
    }
}

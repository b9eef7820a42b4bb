//! Properties, conversions and operators (ECMA-262, "Abstract Operations").

use super::Text;
use super::heap::{Id, Kind, Value};
use super::machine::{ARRAY, Fault, Machine, truthy};
use super::number;
use crate::model::order::Order;

/// Objects in objects when one is made a text, and prototypes of prototypes.
const DEPTH: usize = 8;

impl Machine {
    /// The prototype that the properties of a value come from, the value itself if it is an object.
    fn holder(&self, value: &Value) -> Option<Id> {
        Some(match value {
            Value::Object(id) => *id,
            Value::String(_) => self.protos.string,
            Value::Number(_) => self.protos.number,
            Value::Bool(_) => self.protos.boolean,
            Value::Undefined | Value::Null => return None,
        })
    }

    pub fn get(&mut self, object: &Value, name: &str) -> Result<Value, Fault> {
        let Some(holder) = self.holder(object) else {
            let which = if *object == Value::Null { "null" } else { "undefined" };
            return self.throw("TypeError", &format!("Cannot read properties of {which} (reading '{name}')"));
        };
        if name == "length"
            && let Some(length) = self.length(object)
        {
            return Ok(Value::Number(length as f64));
        }
        if let Some(value) = self.look_up(holder, name) {
            return Ok(value);
        }
        if name == "prototype" && self.is_plain_function(holder) {
            let proto = self.heap.add(Kind::Plain, Some(self.protos.object));
            self.heap.hide(proto, "constructor", object.clone());
            self.heap.hide(holder, "prototype", Value::Object(proto));
            return Ok(Value::Object(proto));
        }
        Ok(match self.heap.get(holder).map(|object| &object.kind) {
            Some(Kind::Function { code, .. }) if name == "name" => Value::String(code.name.clone()),
            Some(Kind::Native(path, _)) if name == "name" => {
                Value::String(path.rsplit('.').next().unwrap_or(path).into())
            }
            Some(Kind::Error(stack)) if name == "stack" => Value::String(stack.clone()),
            _ => Value::Undefined,
        })
    }

    fn is_plain_function(&self, id: Id) -> bool {
        matches!(self.heap.get(id).map(|object| &object.kind), Some(Kind::Function { code, .. }) if !code.arrow)
    }

    fn length(&self, value: &Value) -> Option<usize> {
        match value {
            Value::String(text) => Some(text.encode_utf16().count()),
            Value::Object(id) => match &self.heap.get(*id)?.kind {
                Kind::Array(items) => Some(items.len()),
                Kind::Function { code, .. } => Some(code.length),
                _ => None,
            },
            _ => None,
        }
    }

    /// A property of an object or of its prototypes.
    pub fn look_up(&self, id: Id, name: &str) -> Option<Value> {
        let mut at = Some(id);
        for _ in 0..64 {
            let object = self.heap.get(at?)?;
            if let Some(value) = self.heap.own(at?, name) {
                return Some(value.clone());
            }
            at = object.proto;
        }
        None
    }

    pub fn get_index(&mut self, object: &Value, key: &Value) -> Result<Value, Fault> {
        if let Value::Number(number) = key
            && *number >= 0.0
            && number.fract() == 0.0
        {
            let at = *number as usize;
            if let Value::String(text) = object {
                let found = if text.is_ascii() {
                    text.get(at..at + 1).map(String::from)
                } else {
                    text.chars().nth(at).map(String::from)
                };
                return Ok(found.map_or(Value::Undefined, |c| Value::String(c.into())));
            }
            if let Value::Object(id) = object
                && let Some(Kind::Array(items)) = self.heap.get(*id).map(|object| &object.kind)
            {
                return Ok(items.get(at).cloned().unwrap_or_default());
            }
        }
        let name = self.text(key)?;
        self.get(object, &name)
    }

    pub fn set(&mut self, object: &Value, name: &str, value: Value) -> Result<(), Fault> {
        let id = match object {
            Value::Object(id) => *id,
            Value::Undefined | Value::Null => {
                let which = if *object == Value::Null { "null" } else { "undefined" };
                return self.throw("TypeError", &format!("Cannot set properties of {which} (setting '{name}')"));
            }
            _ => return Ok(()),
        };
        let Some(target) = self.heap.get_mut(id) else { return Ok(()) };
        if target.frozen {
            return Ok(());
        }
        if let Kind::Array(items) = &mut target.kind
            && name == "length"
            && let Value::Number(length) = value
        {
            if length > ARRAY as f64 {
                return Err(Fault::Memory);
            }
            items.resize(length.max(0.0) as usize, Value::Undefined);
            return Ok(());
        }
        if let Kind::Array(_) = target.kind
            && let Ok(at) = name.parse::<usize>()
        {
            return self.set_item(id, at, value);
        }
        self.extra += target.properties.len() / 16;
        self.heap.put(id, name, value);
        Ok(())
    }

    pub fn set_index(&mut self, object: &Value, key: &Value, value: Value) -> Result<(), Fault> {
        if let (Value::Object(id), Value::Number(number)) = (object, key)
            && *number >= 0.0
            && number.fract() == 0.0
            && self.heap.get(*id).is_some_and(|object| matches!(object.kind, Kind::Array(_)) && !object.frozen)
        {
            return self.set_item(*id, *number as usize, value);
        }
        let name = self.text(key)?;
        self.set(object, &name, value)
    }

    fn set_item(&mut self, id: Id, at: usize, value: Value) -> Result<(), Fault> {
        if at >= ARRAY {
            return Err(Fault::Memory);
        }
        if let Some(Kind::Array(items)) = self.heap.get_mut(id).map(|object| &mut object.kind) {
            if at >= items.len() {
                self.extra += (at - items.len()) / 8;
                items.resize(at + 1, Value::Undefined);
            }
            items[at] = value;
        }
        Ok(())
    }

    pub fn delete(&mut self, object: &Value, name: &str) {
        if let Value::Object(id) = object
            && let Some(object) = self.heap.get_mut(*id)
            && let Some(at) = object.properties.iter().position(|(known, _)| **known == *name)
        {
            object.properties.remove(at);
            object.hidden -= usize::from(at < object.hidden);
        }
        self.push(Value::Bool(true));
    }

    /// The listed properties of an object, indices first.
    pub fn entries(&self, value: &Value) -> Vec<(Text, Value)> {
        let of_chars = |text: &str| {
            text.chars()
                .enumerate()
                .map(|(at, c)| (at.to_string().into(), Value::String(c.to_string().into())))
                .collect()
        };
        let id = match value {
            Value::Object(id) => *id,
            Value::String(text) => return of_chars(text),
            _ => return Vec::new(),
        };
        let Some(object) = self.heap.get(id) else { return Vec::new() };
        let mut entries: Vec<(Text, Value)> = match &object.kind {
            Kind::Array(items) => {
                items.iter().enumerate().map(|(at, value)| (at.to_string().into(), value.clone())).collect()
            }
            _ => Vec::new(),
        };
        let named = object.properties.iter().skip(object.hidden);
        let (mut numbers, names): (Vec<_>, Vec<_>) = named.cloned().partition(|(name, _)| name.parse::<u32>().is_ok());
        numbers.order_by_key(|(name, _)| name.parse::<u32>().unwrap_or(0));
        entries.extend(numbers);
        entries.extend(names);
        entries
    }

    pub fn keys(&self, value: &Value) -> Vec<Value> {
        self.entries(value).into_iter().map(|(name, _)| Value::String(name)).collect()
    }

    /// ToString. An object of a script's own `toString` is not asked.
    pub fn text(&mut self, value: &Value) -> Result<Text, Fault> {
        let text = self.plain_text(value, 0);
        self.extra += text.len() / 64;
        Ok(text)
    }

    pub fn plain_text(&self, value: &Value, depth: usize) -> Text {
        match value {
            Value::Undefined => "undefined".into(),
            Value::Null => "null".into(),
            Value::Bool(true) => "true".into(),
            Value::Bool(false) => "false".into(),
            Value::Number(number) => number::text(*number).into(),
            Value::String(text) => text.clone(),
            Value::Object(id) => match self.heap.get(*id).map(|object| &object.kind) {
                Some(Kind::Array(_)) if depth > DEPTH => "".into(),
                Some(Kind::Array(items)) => {
                    let texts: Vec<Text> = items
                        .iter()
                        .map(|item| match item {
                            Value::Undefined | Value::Null => "".into(),
                            item => self.plain_text(item, depth + 1),
                        })
                        .collect();
                    texts.join(",").into()
                }
                Some(Kind::Function { code, .. }) => format!("function {}() {{ … }}", code.name).into(),
                Some(Kind::Native(name, _)) => format!("function {name}() {{ [native code] }}").into(),
                Some(Kind::Error(_)) => self.error_title(*id).into(),
                Some(Kind::Date(millis)) => super::builtin::date_text(*millis).into(),
                _ => "[object Object]".into(),
            },
        }
    }

    /// `Name: message` of an error.
    pub fn error_title(&self, id: Id) -> String {
        let part = |name: &str| match self.look_up(id, name) {
            Some(value @ (Value::String(_) | Value::Number(_))) => self.plain_text(&value, 0).to_string(),
            _ => String::new(),
        };
        match (part("name"), part("message")) {
            (name, message) if message.is_empty() => name,
            (name, message) => format!("{name}: {message}"),
        }
    }

    pub fn number(&self, value: &Value) -> f64 {
        match value {
            Value::Undefined => f64::NAN,
            Value::Null => 0.0,
            Value::Bool(value) => f64::from(u8::from(*value)),
            Value::Number(number) => *number,
            Value::String(text) => number::parse(text),
            Value::Object(id) => match self.heap.get(*id).map(|object| &object.kind) {
                Some(Kind::Date(millis)) => *millis,
                _ => number::parse(&self.plain_text(value, 0)),
            },
        }
    }

    pub fn type_of(&self, value: &Value) -> &'static str {
        match value {
            Value::Undefined => "undefined",
            Value::Null => "object",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Object(id) => match self.heap.get(*id).map(|object| &object.kind) {
                Some(Kind::Function { .. } | Kind::Native(..)) => "function",
                _ => "object",
            },
        }
    }

    pub fn unary(&mut self, operator: &str, value: &Value) -> Result<Value, Fault> {
        Ok(match operator {
            "!" => Value::Bool(!truthy(value)),
            "-" => Value::Number(-self.number(value)),
            "+" => Value::Number(self.number(value)),
            "~" => Value::Number(f64::from(!number::int32(self.number(value)))),
            "typeof" => Value::String(self.type_of(value).into()),
            "delete" => Value::Bool(true),
            _ => Value::Undefined,
        })
    }

    pub fn binary(&mut self, operator: &str, left: &Value, right: &Value) -> Result<Value, Fault> {
        let number = |machine: &Machine| (machine.number(left), machine.number(right));
        let integer = |machine: &Machine| (number::int32(machine.number(left)), number::int32(machine.number(right)));
        Ok(match operator {
            "+" => return self.add(left, right),
            "-" | "*" | "/" | "%" | "**" => {
                let (a, b) = number(self);
                Value::Number(match operator {
                    "-" => a - b,
                    "*" => a * b,
                    "/" => a / b,
                    "%" => a % b,
                    _ => a.powf(b),
                })
            }
            "===" => Value::Bool(left == right),
            "!==" => Value::Bool(left != right),
            "==" => Value::Bool(self.loosely_equal(left, right)),
            "!=" => Value::Bool(!self.loosely_equal(left, right)),
            "<" | ">" | "<=" | ">=" => Value::Bool(self.compare(operator, left, right)),
            "&" | "|" | "^" | "<<" | ">>" | ">>>" => {
                let (a, b) = integer(self);
                let shift = b as u32 & 31;
                Value::Number(match operator {
                    "&" => f64::from(a & b),
                    "|" => f64::from(a | b),
                    "^" => f64::from(a ^ b),
                    "<<" => f64::from(a.wrapping_shl(shift)),
                    ">>" => f64::from(a.wrapping_shr(shift)),
                    _ => f64::from((a as u32).wrapping_shr(shift)),
                })
            }
            "in" => {
                let name = self.text(left)?;
                let Value::Object(id) = right else {
                    let text =
                        format!("Cannot use 'in' operator to search for '{name}' in {}", self.plain_text(right, 0));
                    return self.throw("TypeError", &text);
                };
                let listed = self.entries(right).iter().any(|(known, _)| *known == name);
                Value::Bool(listed || self.look_up(*id, &name).is_some())
            }
            _ => Value::Bool(self.instance_of(left, right)?),
        })
    }

    fn add(&mut self, left: &Value, right: &Value) -> Result<Value, Fault> {
        let is_text = |value: &Value| matches!(value, Value::String(_) | Value::Object(_));
        if !is_text(left) && !is_text(right) {
            return Ok(Value::Number(self.number(left) + self.number(right)));
        }
        let text = [self.text(left)?, self.text(right)?].concat();
        Ok(Value::String(text.into()))
    }

    fn compare(&self, operator: &str, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            _ => self.number(left).partial_cmp(&self.number(right)),
        };
        order.is_some_and(|order| match operator {
            "<" => order.is_lt(),
            ">" => order.is_gt(),
            "<=" => order.is_le(),
            _ => order.is_ge(),
        })
    }

    fn loosely_equal(&self, left: &Value, right: &Value) -> bool {
        use Value::{Null, Object, Undefined};
        match (left, right) {
            (Undefined | Null, Undefined | Null) => true,
            (Undefined | Null, _) | (_, Undefined | Null) => false,
            (Object(a), Object(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Object(_), Value::String(text)) | (Value::String(text), Object(_)) => {
                let object = if matches!(left, Object(_)) { left } else { right };
                self.plain_text(object, 0) == *text
            }
            _ => self.number(left) == self.number(right),
        }
    }

    fn instance_of(&mut self, left: &Value, right: &Value) -> Result<bool, Fault> {
        if self.type_of(right) != "function" {
            return self.throw("TypeError", "Right-hand side of 'instanceof' is not callable");
        }
        let Value::Object(wanted) = self.get(right, "prototype")? else { return Ok(false) };
        let Value::Object(id) = left else { return Ok(false) };
        let mut at = self.heap.get(*id).and_then(|object| object.proto);
        for _ in 0..64 {
            match at {
                Some(proto) if proto == wanted => return Ok(true),
                Some(proto) => at = self.heap.get(proto).and_then(|object| object.proto),
                None => break,
            }
        }
        Ok(false)
    }
}

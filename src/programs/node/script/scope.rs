//! Names and their scopes; arrays, objects and iterators as code makes them.

use super::Text;
use super::code::{Declare, Op};
use super::heap::{Kind, Value};
use super::machine::{ARRAY, Fault, Machine};

impl Machine {
    pub(super) fn find_name(&self, name: &Text) -> Option<Value> {
        let mut at = Some(self.scope());
        while let Some(scope) = at.and_then(|id| self.heap.scope(id)) {
            if let Some((_, value, _)) = scope.names.iter().find(|(known, ..)| known == name) {
                return Some(value.clone());
            }
            at = scope.parent;
        }
        None
    }

    pub(super) fn load_name(&mut self, name: &Text) -> Result<Value, Fault> {
        match self.find_name(name) {
            Some(value) => Ok(value),
            None => self.throw("ReferenceError", &format!("{name} is not defined")),
        }
    }

    pub(super) fn store_name(&mut self, name: &Text) -> Result<(), Fault> {
        let value = self.top();
        let mut at = Some(self.scope());
        while let Some(id) = at {
            let Some(scope) = self.heap.scope_mut(id) else { break };
            if let Some((_, old, fixed)) = scope.names.iter_mut().find(|(known, ..)| known == name) {
                if *fixed {
                    return self.throw("TypeError", "Assignment to constant variable.");
                }
                *old = value;
                return Ok(());
            }
            at = scope.parent;
        }
        // A script that is not strict makes a global.
        if let Some(scope) = self.heap.scope_mut(self.globals) {
            scope.names.push((name.clone(), value, false));
        }
        Ok(())
    }

    /// Declares a name with the value on the stack.
    pub(super) fn declare(&mut self, name: &Text, how: Declare) {
        let value = self.pop();
        let scope = match (how, self.frames.last()) {
            (Declare::Var, Some(frame)) => frame.top,
            _ => self.scope(),
        };
        let Some(scope) = self.heap.scope_mut(scope) else { return };
        let fixed = how == Declare::Const;
        match scope.names.iter_mut().find(|(known, ..)| known == name) {
            Some(entry) => *entry = (name.clone(), value, fixed),
            None => scope.names.push((name.clone(), value, fixed)),
        }
    }

    /// Declares a name among the globals.
    pub fn set_global(&mut self, name: &str, value: Value) {
        if let Some(scope) = self.heap.scope_mut(self.globals) {
            scope.names.push((name.into(), value, false));
        }
    }

    pub(super) fn copy_scope(&mut self) {
        let old = self.scope();
        let Some(scope) = self.heap.scope(old).filter(|scope| scope.captured) else { return };
        let (names, parent) = (scope.names.clone(), scope.parent);
        let new = self.heap.add_scope(parent);
        if let Some(scope) = self.heap.scope_mut(new) {
            scope.names = names;
        }
        self.set_scope(new);
    }

    pub(super) fn next_item(&mut self, end: usize) {
        let Value::Object(id) = self.top() else { return };
        let next = match self.heap.get_mut(id).map(|object| &mut object.kind) {
            Some(Kind::Iterator { items, at }) => {
                *at += 1;
                items.get(*at - 1).cloned()
            }
            _ => None,
        };
        match next {
            Some(value) => self.push(value),
            None => self.jump(end),
        }
    }

    pub(super) fn literal(&mut self, op: &Op) -> Result<(), Fault> {
        match op {
            Op::Array => {
                let value = self.array(Vec::new());
                self.push(value);
            }
            Op::Object => {
                let id = self.heap.add(Kind::Plain, Some(self.protos.object));
                self.push(Value::Object(id));
            }
            Op::Append => {
                let value = self.pop();
                self.append(vec![value])?;
            }
            Op::AppendAll => {
                let value = self.pop();
                let items = self.iterate(&value)?;
                self.append(items)?;
            }
            Op::Init(name) => {
                let value = self.pop();
                let object = self.top();
                self.set(&object, name, value)?;
            }
            Op::InitIndex => {
                let value = self.pop();
                let key = self.pop();
                let object = self.top();
                self.set_index(&object, &key, value)?;
            }
            _ => {
                let other = self.pop();
                let object = self.top();
                for (name, value) in self.entries(&other) {
                    self.set(&object, &name, value)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn append(&mut self, items: Vec<Value>) -> Result<(), Fault> {
        let Value::Object(id) = self.top() else { return Ok(()) };
        self.extra += items.len() / 8;
        match self.heap.get_mut(id).map(|object| &mut object.kind) {
            Some(Kind::Array(all)) if all.len() + items.len() <= ARRAY => all.extend(items),
            _ => return Err(Fault::Memory),
        }
        Ok(())
    }

    pub fn array(&mut self, items: Vec<Value>) -> Value {
        Value::Object(self.heap.add(Kind::Array(items), Some(self.protos.array)))
    }

    /// The elements of an array; nothing for anything else.
    pub fn items(&self, value: &Value) -> Vec<Value> {
        let Value::Object(id) = value else { return Vec::new() };
        match self.heap.get(*id).map(|object| &object.kind) {
            Some(Kind::Array(items)) => items.clone(),
            _ => Vec::new(),
        }
    }

    pub(super) fn iterate(&mut self, value: &Value) -> Result<Vec<Value>, Fault> {
        let items = match value {
            Value::String(text) => text.chars().map(|c| Value::String(c.to_string().into())).collect(),
            Value::Object(id) if matches!(self.heap.get(*id).map(|o| &o.kind), Some(Kind::Array(_))) => {
                self.items(value)
            }
            _ => {
                let text = format!("{} is not iterable", self.named_here());
                return self.throw("TypeError", &text);
            }
        };
        self.extra += items.len() / 8;
        Ok(items)
    }
}

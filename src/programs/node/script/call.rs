//! Calls: into a function, out of it, and `new`.

use super::heap::{Id, Kind, Value};
use super::machine::{FRAMES, Fault, Frame, Machine, STACK};

impl Machine {
    /// Enters a function: a native is done at once, a script's gets a frame.
    pub(super) fn enter(
        &mut self,
        function: &Value,
        this: Value,
        arguments: Vec<Value>,
        made: Option<Id>,
    ) -> Result<(), Fault> {
        let Value::Object(id) = function else { return self.not_a_function() };
        match self.heap.get(*id).map(|object| &object.kind) {
            Some(Kind::Native(_, native)) => {
                let native = *native;
                self.callee = Some(*id);
                let value = native(self, &this, &arguments)?;
                self.stack.push(value);
                Ok(())
            }
            Some(Kind::Function { code, scope, this: own }) => {
                let (code, parent) = (code.clone(), *scope);
                let this = if code.arrow { own.clone() } else { this };
                if self.frames.len() >= FRAMES || self.stack.len() >= STACK {
                    return self.throw("RangeError", "Maximum call stack size exceeded");
                }
                // A script of its own declares among the globals.
                let shared = self.frames.is_empty() && parent == self.globals && made.is_none() && code.length == 0;
                let scope = if shared { parent } else { self.heap.add_scope(Some(parent)) };
                let base = self.stack.len();
                let frame = Frame { code, at: 0, this, made, scope, top: scope, base, arguments, tries: Vec::new() };
                self.frames.push(frame);
                Ok(())
            }
            _ => self.not_a_function(),
        }
    }

    pub(super) fn not_a_function<T>(&mut self) -> Result<T, Fault> {
        let text = format!("{} is not a function", self.named_here());
        self.throw("TypeError", &text)
    }

    /// The source's words for what the instruction at hand is about.
    pub(super) fn named_here(&self) -> String {
        let Some(frame) = self.frames.last() else { return "value".to_string() };
        let place = frame.code.places.get(frame.at.saturating_sub(1)).copied().unwrap_or(0) as usize;
        let text = &frame.code.source.text;
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
        let before = text.get(..place).unwrap_or("");
        let start = before
            .rfind(|c| !is_part(c))
            .map_or(0, |at| at + before.get(at..).and_then(|s| s.chars().next()).map_or(1, char::len_utf8));
        let after = text.get(place..).unwrap_or("");
        let end = after.find(|c| c == '.' || !is_part(c)).unwrap_or(after.len());
        text.get(start..place + end).filter(|name| !name.is_empty()).unwrap_or("(intermediate value)").to_string()
    }

    pub(super) fn leave(&mut self) {
        let value = self.pop();
        let Some(frame) = self.frames.pop() else { return };
        self.stack.truncate(frame.base);
        let mut scope = frame.scope;
        // Blocks that were left by the return, then the function's own scope.
        while scope != frame.top {
            let Some(parent) = self.heap.scope(scope).and_then(|scope| scope.parent) else { break };
            self.heap.leave_scope(scope);
            scope = parent;
        }
        self.heap.leave_scope(frame.top);
        let value = match (frame.made, value) {
            (Some(_), value @ Value::Object(_)) => value,
            (Some(made), _) => Value::Object(made),
            (None, value) => value,
        };
        if self.frames.is_empty() && !self.stack.is_empty() {
            self.stack.clear();
        }
        self.stack.push(value);
    }

    pub(super) fn construct(&mut self, function: &Value, arguments: Vec<Value>) -> Result<(), Fault> {
        let Value::Object(id) = function else { return self.not_a_constructor() };
        match self.heap.get(*id).map(|object| &object.kind) {
            Some(Kind::Native(..)) => self.enter(function, Value::Null, arguments, None),
            Some(Kind::Function { code, .. }) if !code.arrow => {
                let proto = match self.get(function, "prototype")? {
                    Value::Object(proto) => proto,
                    _ => self.protos.object,
                };
                let made = self.heap.add(Kind::Plain, Some(proto));
                self.enter(function, Value::Object(made), arguments, Some(made))
            }
            _ => self.not_a_constructor(),
        }
    }

    pub(super) fn not_a_constructor(&mut self) -> Result<(), Fault> {
        let text = "this is not a constructor";
        self.throw("TypeError", text)
    }
}

//! Values, objects and scopes, and what reclaims them.

use std::rc::Rc;

use super::Text;
use super::code::Function;
use super::machine::Native;

#[derive(Clone, PartialEq, Debug, Default)]
pub enum Value {
    #[default]
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    String(Text),
    Object(Id),
}

/// The number of an object in its heap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Id(pub u32);
/// The number of a scope in its heap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScopeId(pub u32);

pub enum Kind {
    Plain,
    Array(Vec<Value>),
    Function {
        code: Rc<Function>,
        scope: ScopeId,
        this: Value,
    },
    Native(&'static str, Native),
    /// What its `stack` says.
    Error(Text),
    Date(f64),
    Iterator {
        items: Vec<Value>,
        at: usize,
    },
}

pub struct Object {
    pub kind: Kind,
    pub proto: Option<Id>,
    pub properties: Vec<(Text, Value)>,
    /// Properties from the start that are not listed (`constructor`, `message`).
    pub hidden: usize,
    pub frozen: bool,
}

pub struct Scope {
    pub names: Vec<(Text, Value, bool)>,
    pub parent: Option<ScopeId>,
    /// A function made in it may outlive it.
    pub captured: bool,
}

/// Objects and scopes that there may be before they are reclaimed for the first time, and at most.
const FIRST: usize = 50_000;
pub const MOST: usize = 400_000;

#[derive(Default)]
pub struct Heap {
    objects: Vec<Option<Object>>,
    scopes: Vec<Option<Scope>>,
    free_objects: Vec<u32>,
    free_scopes: Vec<u32>,
    /// How many there may be until the next reclaiming.
    threshold: usize,
}

impl Heap {
    pub fn add(&mut self, kind: Kind, proto: Option<Id>) -> Id {
        let object = Some(Object { kind, proto, properties: Vec::new(), hidden: 0, frozen: false });
        match self.free_objects.pop() {
            Some(number) => {
                if let Some(slot) = self.objects.get_mut(number as usize) {
                    *slot = object;
                }
                Id(number)
            }
            None => {
                self.objects.push(object);
                Id(self.objects.len() as u32 - 1)
            }
        }
    }

    pub fn get(&self, id: Id) -> Option<&Object> {
        self.objects.get(id.0 as usize)?.as_ref()
    }

    pub fn get_mut(&mut self, id: Id) -> Option<&mut Object> {
        self.objects.get_mut(id.0 as usize)?.as_mut()
    }

    pub fn own(&self, id: Id, name: &str) -> Option<&Value> {
        self.get(id)?.properties.iter().find(|(known, _)| **known == *name).map(|(_, value)| value)
    }

    pub fn put(&mut self, id: Id, name: &str, value: Value) {
        let Some(object) = self.get_mut(id) else { return };
        match object.properties.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, old)) => *old = value,
            None => object.properties.push((name.into(), value)),
        }
    }

    /// Puts a property that is not listed.
    pub fn hide(&mut self, id: Id, name: &str, value: Value) {
        if self.own(id, name).is_some() {
            return self.put(id, name, value);
        }
        if let Some(object) = self.get_mut(id) {
            object.properties.insert(object.hidden, (name.into(), value));
            object.hidden += 1;
        }
    }

    pub fn add_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        let scope = Some(Scope { names: Vec::new(), parent, captured: false });
        match self.free_scopes.pop() {
            Some(number) => {
                if let Some(slot) = self.scopes.get_mut(number as usize) {
                    *slot = scope;
                }
                ScopeId(number)
            }
            None => {
                self.scopes.push(scope);
                ScopeId(self.scopes.len() as u32 - 1)
            }
        }
    }

    pub fn scope(&self, id: ScopeId) -> Option<&Scope> {
        self.scopes.get(id.0 as usize)?.as_ref()
    }

    pub fn scope_mut(&mut self, id: ScopeId) -> Option<&mut Scope> {
        self.scopes.get_mut(id.0 as usize)?.as_mut()
    }

    /// Keeps a scope and all around it: a function was made in it.
    pub fn capture(&mut self, mut id: ScopeId) {
        while let Some(scope) = self.scope_mut(id)
            && !scope.captured
        {
            scope.captured = true;
            match scope.parent {
                Some(parent) => id = parent,
                None => return,
            }
        }
    }

    /// Drops a scope that is left, unless a function was made in it.
    pub fn leave_scope(&mut self, id: ScopeId) {
        if self.scope(id).is_some_and(|scope| !scope.captured) {
            if let Some(slot) = self.scopes.get_mut(id.0 as usize) {
                *slot = None;
            }
            self.free_scopes.push(id.0);
        }
    }

    /// How many objects and scopes there are.
    pub fn size(&self) -> usize {
        self.objects.len() + self.scopes.len() - self.free_objects.len() - self.free_scopes.len()
    }

    /// About how many bytes all objects take, strings that they share counted once for each.
    pub fn bytes(&self) -> u64 {
        let value = |value: &Value| match value {
            Value::String(text) => 16 + text.len() as u64,
            _ => 16,
        };
        let object = |object: &Object| {
            let own: u64 = match &object.kind {
                Kind::Array(items) | Kind::Iterator { items, .. } => items.iter().map(value).sum(),
                _ => 0,
            };
            56 + own + object.properties.iter().map(|(_, held)| 16 + value(held)).sum::<u64>()
        };
        let scope = |scope: &Scope| 48 + scope.names.iter().map(|(_, held, _)| 16 + value(held)).sum::<u64>();
        self.objects.iter().flatten().map(object).sum::<u64>() + self.scopes.iter().flatten().map(scope).sum::<u64>()
    }

    pub fn is_full(&self) -> bool {
        self.size() > self.threshold.max(FIRST)
    }

    /// Drops what these do not lead to. The cost is the number of what there was.
    pub fn reclaim(&mut self, values: &[Value], scopes: &[ScopeId]) -> usize {
        let cost = self.objects.len() + self.scopes.len();
        let mut live = Live {
            objects: vec![false; self.objects.len()],
            scopes: vec![false; self.scopes.len()],
            pending: values.to_vec(),
            pending_scopes: scopes.to_vec(),
        };
        self.mark(&mut live);
        for (at, slot) in self.objects.iter_mut().enumerate() {
            if slot.is_some() && !live.objects[at] {
                *slot = None;
                self.free_objects.push(at as u32);
            }
        }
        for (at, slot) in self.scopes.iter_mut().enumerate() {
            if slot.is_some() && !live.scopes[at] {
                *slot = None;
                self.free_scopes.push(at as u32);
            }
        }
        self.threshold = (self.size() * 2).min(MOST);
        cost
    }

    fn mark(&self, live: &mut Live) {
        loop {
            if let Some(value) = live.pending.pop() {
                self.mark_value(&value, live);
            } else if let Some(id) = live.pending_scopes.pop() {
                let Some(seen) = live.scopes.get_mut(id.0 as usize) else { continue };
                if std::mem::replace(seen, true) {
                    continue;
                }
                if let Some(scope) = self.scope(id) {
                    live.pending.extend(scope.names.iter().map(|(_, value, _)| value.clone()));
                    live.pending_scopes.extend(scope.parent);
                }
            } else {
                return;
            }
        }
    }

    fn mark_value(&self, value: &Value, live: &mut Live) {
        let Value::Object(id) = value else { return };
        let Some(seen) = live.objects.get_mut(id.0 as usize) else { return };
        if std::mem::replace(seen, true) {
            return;
        }
        let Some(object) = self.get(*id) else { return };
        live.pending.extend(object.properties.iter().map(|(_, value)| value.clone()));
        live.pending.extend(object.proto.map(Value::Object));
        match &object.kind {
            Kind::Array(items) | Kind::Iterator { items, .. } => live.pending.extend(items.iter().cloned()),
            Kind::Function { scope, this, .. } => {
                live.pending.push(this.clone());
                live.pending_scopes.push(*scope);
            }
            _ => {}
        }
    }
}

struct Live {
    objects: Vec<bool>,
    scopes: Vec<bool>,
    pending: Vec<Value>,
    pending_scopes: Vec<ScopeId>,
}

//! The machine that runs the code: a stack, frames, and fuel. It never calls itself.

use std::collections::VecDeque;
use std::rc::Rc;

use super::code::{Declare, Function, Op};
use super::compile::compile;
use super::heap::{Heap, Id, Kind, MOST, ScopeId, Value};
use super::trace::Report;
use super::{Host, Source, SyntaxError};

pub type Native = fn(&mut Machine, &Value, &[Value]) -> Result<Value, Fault>;

/// Why code does not go on.
#[derive(Clone, PartialEq, Debug)]
pub enum Fault {
    Throw(Value),
    /// What is not simulated.
    Missing(String),
    Exit(i32),
    Memory,
    /// A module that is no script.
    Syntax(Rc<Source>, SyntaxError),
}

/// Something that the machine cannot do by itself.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// To standard output (1) or standard error (2).
    Write(u8, String),
    /// [`Machine::fire`] this number when the code at hand is done.
    Soon(u32),
    /// The same, after so many milliseconds, once or again and again.
    Timer {
        id: u32,
        millis: f64,
        again: bool,
    },
    Clear(u32),
    /// Catch a signal: `fire` the number when it comes.
    Signal {
        name: String,
        id: u32,
    },
    /// A server waits for requests on a port; `fire` the number when it listens.
    Listen {
        /// The address that it listens at; an empty text for all.
        host: String,
        port: u16,
        id: u32,
        /// What to `fire` for each request, which [`Machine::requests`] then holds.
        serve: u32,
    },
    /// What a server says on a connection: the head without a length, and the body.
    Answer {
        connection: u32,
        head: String,
        body: String,
    },
    /// It does so no more.
    Close(u32),
}

/// How far [`Machine::run`] came.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The fuel is used up; so many units more than given.
    More(usize),
    Done,
    Thrown(Report),
    Missing(String),
    Exit(i32),
    OutOfMemory,
}

pub struct Try {
    handler: usize,
    height: usize,
    pub scope: ScopeId,
}

pub struct Frame {
    pub code: Rc<Function>,
    pub at: usize,
    pub this: Value,
    /// The object that `new` made.
    pub made: Option<Id>,
    pub scope: ScopeId,
    /// The function's own scope, where `var` declares.
    pub top: ScopeId,
    pub base: usize,
    pub arguments: Vec<Value>,
    pub tries: Vec<Try>,
}

/// Calls within calls.
pub const FRAMES: usize = 9_000;
/// Values on the stack.
pub const STACK: usize = 200_000;
/// Bytes of one string, elements of one array.
const STRING: usize = 4 << 20;
pub const ARRAY: usize = 1 << 20;

/// The prototypes of what literals make.
pub struct Protos {
    pub object: Id,
    pub array: Id,
    pub function: Id,
    pub string: Id,
    pub number: Id,
    pub boolean: Id,
    pub error: Id,
    pub date: Id,
}

pub struct Machine {
    pub host: Box<dyn Host>,
    pub heap: Heap,
    pub protos: Protos,
    pub globals: ScopeId,
    pub effects: VecDeque<Effect>,
    /// Requests that came and that no script has taken: connection, method, path, head, body, peer.
    pub requests: VecDeque<[String; 6]>,
    pub frames: Vec<Frame>,
    /// What the last script was worth.
    pub result: Value,
    /// The function that a native is called as.
    pub callee: Option<Id>,
    /// Fuel that natives used beside what their call costs.
    pub extra: usize,
    /// What is called when something that was asked for happens.
    hook: Value,
    /// The doors of the machine's own script, where it leaves what is called from outside.
    pub doors: Value,
    /// The code at hand was called by a timer.
    pub by_timer: bool,
    pub stack: Vec<Value>,
}

impl Machine {
    pub fn new(host: Box<dyn Host>) -> Machine {
        let mut heap = Heap::default();
        let object = heap.add(Kind::Plain, None);
        let mut proto = || heap.add(Kind::Plain, Some(object));
        let protos = Protos {
            object,
            array: proto(),
            function: proto(),
            string: proto(),
            number: proto(),
            boolean: proto(),
            error: proto(),
            date: proto(),
        };
        let globals = heap.add_scope(None);
        heap.capture(globals);
        let mut machine = Machine {
            host,
            heap,
            protos,
            globals,
            effects: VecDeque::new(),
            requests: VecDeque::new(),
            frames: Vec::new(),
            result: Value::Undefined,
            callee: None,
            extra: 0,
            hook: Value::Undefined,
            doors: Value::Undefined,
            by_timer: false,
            stack: Vec::new(),
        };
        super::builtin::install(&mut machine);
        machine
    }

    /// Compiles a script that is run by itself (`-e`, the prompt) in the scope of the globals.
    pub fn load(&mut self, name: &str, text: &str) -> Result<Value, SyntaxError> {
        let source = Rc::new(Source { name: name.to_string(), text: text.to_string() });
        let code = compile(source, &[], true)?;
        Ok(self.closure(code, self.globals))
    }

    /// Compiles a module: a function of what modules are given.
    pub fn load_function(&mut self, name: &str, text: &str, parameters: &[&str]) -> Result<Value, SyntaxError> {
        let source = Rc::new(Source { name: name.to_string(), text: text.to_string() });
        let code = compile(source, parameters, false)?;
        Ok(self.closure(code, self.globals))
    }

    fn closure(&mut self, code: Rc<Function>, scope: ScopeId) -> Value {
        self.heap.capture(scope);
        let this = match self.frames.last() {
            Some(frame) if code.arrow => frame.this.clone(),
            _ => Value::Undefined,
        };
        Value::Object(self.heap.add(Kind::Function { code, scope, this }, Some(self.protos.function)))
    }

    /// Begins to run a file as the program.
    pub fn start(&mut self, path: &str) {
        let run = self.get(&self.doors.clone(), "run").unwrap_or_default();
        self.call(&run, &[Value::String(path.into())]);
    }

    /// Begins what is done when nothing is left to do; the result of [`Machine::run`] is `Exit` then.
    pub fn end(&mut self) {
        let end = self.get(&self.doors.clone(), "exiting").unwrap_or_default();
        self.call(&end, &[]);
    }

    /// Begins a call from outside; [`Machine::run`] makes it.
    pub fn call(&mut self, function: &Value, arguments: &[Value]) {
        self.frames.clear();
        self.stack.clear();
        self.result = Value::Undefined;
        if let Err(Fault::Throw(value)) = self.enter(function, Value::Undefined, arguments.to_vec(), None) {
            self.result = value;
        }
    }

    /// What the machine's own script calls back by.
    pub fn set_hook(&mut self, hook: Value) {
        self.hook = hook;
    }

    /// Begins the call of what a number was given for.
    pub fn fire(&mut self, id: u32, by_timer: bool) {
        self.by_timer = by_timer;
        let hook = self.hook.clone();
        self.call(&hook, &[Value::Number(f64::from(id))]);
    }

    /// Goes on for `fuel` instructions.
    pub fn run(&mut self, fuel: usize) -> Outcome {
        let mut used = 0;
        while !self.frames.is_empty() {
            if used >= fuel {
                return Outcome::More(used - fuel);
            }
            if self.heap.is_full() {
                used += self.reclaim() / 8;
                if self.heap.size() >= MOST {
                    return Outcome::OutOfMemory;
                }
            }
            let done = self.step();
            used += 1 + std::mem::take(&mut self.extra);
            match done {
                Ok(()) => {}
                Err(Fault::Throw(value)) => {
                    if !self.catch(&value) {
                        let report = self.report(&value);
                        self.frames.clear();
                        return Outcome::Thrown(report);
                    }
                }
                Err(Fault::Missing(what)) => return Outcome::Missing(what),
                Err(Fault::Exit(code)) => return Outcome::Exit(code),
                Err(Fault::Memory) => return Outcome::OutOfMemory,
                Err(Fault::Syntax(source, error)) => {
                    return Outcome::Thrown(super::trace::syntax(&source, &error, &self.host.fact("version")));
                }
            }
        }
        Outcome::Done
    }

    fn reclaim(&mut self) -> usize {
        let mut values: Vec<Value> = self.stack.clone();
        let mut scopes = vec![self.globals];
        for frame in &self.frames {
            values.push(frame.this.clone());
            values.extend(frame.made.map(Value::Object));
            values.extend(frame.arguments.iter().cloned());
            scopes.extend([frame.scope, frame.top]);
            scopes.extend(frame.tries.iter().map(|handler| handler.scope));
        }
        let protos = &self.protos;
        let kept = [protos.object, protos.array, protos.function, protos.string, protos.number, protos.boolean];
        values.extend(kept.into_iter().chain([protos.error, protos.date]).map(Value::Object));
        values.extend([self.hook.clone(), self.doors.clone(), self.result.clone()]);
        self.heap.reclaim(&values, &scopes)
    }

    /// Goes to the nearest handler, if there is one.
    fn catch(&mut self, value: &Value) -> bool {
        let Some(depth) = self.frames.iter().rposition(|frame| !frame.tries.is_empty()) else { return false };
        self.frames.truncate(depth + 1);
        let Some(frame) = self.frames.last_mut() else { return false };
        let Some(handler) = frame.tries.pop() else { return false };
        frame.at = handler.handler;
        frame.scope = handler.scope;
        self.stack.truncate(handler.height);
        self.stack.push(value.clone());
        true
    }

    pub fn throw<T>(&mut self, kind: &str, text: &str) -> Result<T, Fault> {
        let value = self.error(kind, text);
        Err(Fault::Throw(value))
    }

    pub fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or_default()
    }

    fn pop_many(&mut self, count: usize) -> Vec<Value> {
        self.stack.split_off(self.stack.len().saturating_sub(count))
    }

    pub fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    fn push_string(&mut self, text: String) -> Result<(), Fault> {
        if text.len() > STRING {
            return self.throw("RangeError", "Invalid string length");
        }
        self.extra += text.len() / 64;
        self.stack.push(Value::String(text.into()));
        Ok(())
    }

    pub(super) fn top(&self) -> Value {
        self.stack.last().cloned().unwrap_or_default()
    }

    pub(super) fn jump(&mut self, target: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.at = target;
        }
    }

    pub(super) fn scope(&self) -> ScopeId {
        self.frames.last().map_or(self.globals, |frame| frame.scope)
    }

    pub(super) fn set_scope(&mut self, scope: ScopeId) {
        if let Some(frame) = self.frames.last_mut() {
            frame.scope = scope;
        }
    }

    /// One instruction.
    fn step(&mut self) -> Result<(), Fault> {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let code = frame.code.clone();
        let Some(op) = code.ops.get(frame.at) else {
            self.frames.clear();
            return Ok(());
        };
        frame.at += 1;
        match op {
            Op::Undefined => self.push(Value::Undefined),
            Op::Null => self.push(Value::Null),
            Op::Bool(value) => self.push(Value::Bool(*value)),
            Op::Number(value) => self.push(Value::Number(*value)),
            Op::String(text) => self.push(Value::String(text.clone())),
            Op::This => {
                let this = frame.this.clone();
                self.push(this);
            }
            Op::Closure(function) => {
                let value = self.closure(function.clone(), self.scope());
                self.push(value);
            }
            Op::Load(name) => {
                let value = self.load_name(name)?;
                self.push(value);
            }
            Op::LoadOrUndefined(name) => {
                let value = self.find_name(name).unwrap_or_default();
                self.push(value);
            }
            Op::Store(name) => self.store_name(name)?,
            Op::Declare(name, how) => self.declare(name, *how),
            Op::Hoist(number) => {
                for function in code.hoisted.get(*number).into_iter().flatten() {
                    let value = self.closure(function.clone(), self.scope());
                    self.push(value);
                    self.declare(&function.name, Declare::Let);
                }
            }
            Op::Get(name) => {
                let object = self.pop();
                let value = self.get(&object, name)?;
                self.push(value);
            }
            Op::GetIndex => {
                let key = self.pop();
                let object = self.pop();
                let value = self.get_index(&object, &key)?;
                self.push(value);
            }
            Op::Set(name) => {
                let value = self.pop();
                let object = self.pop();
                self.set(&object, name, value.clone())?;
                self.push(value);
            }
            Op::SetIndex => {
                let value = self.pop();
                let key = self.pop();
                let object = self.pop();
                self.set_index(&object, &key, value.clone())?;
                self.push(value);
            }
            Op::Delete(name) => {
                let object = self.pop();
                self.delete(&object, name);
            }
            Op::DeleteIndex => {
                let key = self.pop();
                let object = self.pop();
                let name = self.text(&key)?;
                self.delete(&object, &name);
            }
            Op::Dup => self.push(self.top()),
            Op::Dup2 => {
                let at = self.stack.len().saturating_sub(2);
                self.stack.extend_from_within(at..);
            }
            Op::Pop => drop(self.pop()),
            Op::Swap => self.roll(2),
            Op::Tuck => self.roll(3),
            Op::Tuck3 => self.roll(4),
            Op::Binary(operator) => {
                let right = self.pop();
                let left = self.pop();
                match self.binary(operator, &left, &right)? {
                    Value::String(text) if text.len() > STRING => {
                        return self.throw("RangeError", "Invalid string length");
                    }
                    value => self.push(value),
                }
            }
            Op::Unary(operator) => {
                let value = self.pop();
                let value = self.unary(operator, &value)?;
                self.push(value);
            }
            Op::Jump(_)
            | Op::JumpFalse(_)
            | Op::JumpKeepFalse(_)
            | Op::JumpKeepTrue(_)
            | Op::JumpKeepDefined(_)
            | Op::JumpNullish(_)
            | Op::JumpNotUndefined(_) => self.branch(op),
            Op::Call(count) => {
                let arguments = self.pop_many(*count);
                let function = self.pop();
                let this = self.pop();
                self.enter(&function, this, arguments, None)?;
            }
            Op::CallSpread => {
                let arguments = self.pop();
                let function = self.pop();
                let this = self.pop();
                let arguments = self.items(&arguments);
                self.enter(&function, this, arguments, None)?;
            }
            Op::New(count) => {
                let arguments = self.pop_many(*count);
                let function = self.pop();
                self.construct(&function, arguments)?;
            }
            Op::NewSpread => {
                let arguments = self.pop();
                let function = self.pop();
                let arguments = self.items(&arguments);
                self.construct(&function, arguments)?;
            }
            Op::Array | Op::Append | Op::AppendAll | Op::Object | Op::Init(_) | Op::InitIndex | Op::InitAll => {
                self.literal(op)?;
            }
            Op::Argument(number) => {
                let value = frame.arguments.get(*number).cloned().unwrap_or_default();
                self.push(value);
            }
            Op::Rest(number) => {
                let rest = frame.arguments.get(*number..).unwrap_or_default().to_vec();
                let value = self.array(rest);
                self.push(value);
            }
            Op::PushScope => {
                let scope = self.heap.add_scope(Some(self.scope()));
                self.set_scope(scope);
            }
            Op::PopScope => {
                let scope = self.scope();
                if let Some(parent) = self.heap.scope(scope).and_then(|scope| scope.parent) {
                    self.set_scope(parent);
                    self.heap.leave_scope(scope);
                }
            }
            Op::CopyScope => self.copy_scope(),
            Op::Iterate | Op::IterateKeys => {
                let value = self.pop();
                let items = if *op == Op::Iterate { self.iterate(&value)? } else { self.keys(&value) };
                let iterator = self.heap.add(Kind::Iterator { items, at: 0 }, None);
                self.push(Value::Object(iterator));
            }
            Op::Next(end) => self.next_item(*end),
            Op::Concat(count) => {
                let mut text = String::new();
                for value in self.pop_many(*count) {
                    text.push_str(&self.text(&value)?);
                }
                self.push_string(text)?;
            }
            Op::TryPush(handler) => {
                let (height, handler) = (self.stack.len(), *handler);
                if let Some(frame) = self.frames.last_mut() {
                    frame.tries.push(Try { handler, height, scope: frame.scope });
                }
            }
            Op::TryPop => drop(frame.tries.pop()),
            Op::Throw => return Err(Fault::Throw(self.pop())),
            Op::Return => self.leave(),
            Op::Result => self.result = self.pop(),
        }
        Ok(())
    }

    /// Moves the topmost of `count` values below the others.
    fn roll(&mut self, count: usize) {
        let at = self.stack.len().saturating_sub(count);
        if let Some(values) = self.stack.get_mut(at..) {
            values.rotate_right(1);
        }
    }

    fn branch(&mut self, op: &Op) {
        let value = self.top();
        let nullish = matches!(value, Value::Undefined | Value::Null);
        // Whether it jumps, and whether the value stays then.
        let (target, jumps) = match *op {
            Op::Jump(target) => return self.jump(target),
            Op::JumpFalse(target) => {
                self.pop();
                if !truthy(&value) {
                    self.jump(target);
                }
                return;
            }
            Op::JumpNullish(target) => {
                if nullish {
                    self.pop();
                    self.push(Value::Undefined);
                    self.jump(target);
                }
                return;
            }
            Op::JumpKeepFalse(target) => (target, !truthy(&value)),
            Op::JumpKeepTrue(target) => (target, truthy(&value)),
            Op::JumpKeepDefined(target) => (target, !nullish),
            Op::JumpNotUndefined(target) => (target, value != Value::Undefined),
            _ => return,
        };
        if jumps {
            self.jump(target);
        } else {
            self.pop();
        }
    }
}

pub fn truthy(value: &Value) -> bool {
    match value {
        Value::Undefined | Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => *number != 0.0 && !number.is_nan(),
        Value::String(text) => !text.is_empty(),
        Value::Object(_) => true,
    }
}

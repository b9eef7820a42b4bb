//! The language, on a host without files but for a few.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::*;

struct Fixed(RefCell<BTreeMap<String, Vec<u8>>>);

impl Host for Fixed {
    fn read(&self, path: &str) -> Result<Vec<u8>, &'static str> {
        self.0.borrow().get(path).cloned().ok_or("ENOENT")
    }
    fn write(&self, path: &str, bytes: Vec<u8>) -> Result<(), &'static str> {
        self.0.borrow_mut().insert(path.to_string(), bytes);
        Ok(())
    }
    fn is_dir(&self, path: &str) -> bool {
        self.0.borrow().keys().any(|file| file.starts_with(&format!("{path}/")))
    }
    fn list(&self, _path: &str) -> Result<Vec<String>, &'static str> {
        Ok(self.0.borrow().keys().cloned().collect())
    }
    fn make_dir(&self, _path: &str) -> Result<(), &'static str> {
        Err("EACCES")
    }
    fn remove(&self, path: &str) -> Result<(), &'static str> {
        self.0.borrow_mut().remove(path).map(drop).ok_or("ENOENT")
    }
    fn fact(&self, name: &str) -> String {
        match name {
            "version" => "18.20.8",
            "cwd" => "/app",
            "pid" => "1",
            "uptime" => "0.5",
            _ => "",
        }
        .to_string()
    }
    fn environment(&self) -> Vec<(String, String)> {
        vec![("PORT".to_string(), "8080".to_string())]
    }
    fn arguments(&self) -> Vec<String> {
        vec!["/usr/local/bin/node".to_string(), "/app/a.js".to_string()]
    }
    fn now(&self) -> f64 {
        1_769_328_000_000.0
    }
    fn random(&self) -> f64 {
        0.5
    }
}

fn machine(files: &[(&str, &str)]) -> Machine {
    let files = files.iter().map(|(name, text)| (name.to_string(), text.as_bytes().to_vec())).collect();
    Machine::new(Box::new(Fixed(RefCell::new(files))))
}

/// Runs until nothing is left but servers and signals; what was written, and what it ended with.
fn finish(machine: &mut Machine) -> (String, Outcome) {
    let (mut out, mut queue) = (String::new(), Vec::new());
    let mut fuel = 40;
    loop {
        let outcome = machine.run(100_000);
        for effect in std::mem::take(&mut machine.effects) {
            match effect {
                Effect::Write(_, text) => out.push_str(&text),
                Effect::Soon(id) => queue.push((-1.0, id)),
                Effect::Timer { id, millis, again } => {
                    queue.push((millis, id));
                    assert!(!again || millis >= 1.0);
                }
                Effect::Listen { id, .. } => queue.push((0.0, id)),
                Effect::Clear(id) => queue.retain(|(_, known)| *known != id),
                Effect::Signal { .. } | Effect::Close(_) | Effect::Answer { .. } => {}
            }
        }
        fuel -= 1;
        match outcome {
            Outcome::More(_) if fuel > 0 => {}
            Outcome::Done if !queue.is_empty() => {
                let first = (0..queue.len()).min_by(|a, b| queue[*a].0.total_cmp(&queue[*b].0)).unwrap_or(0);
                let (_, id) = queue.remove(first);
                machine.fire(id, true);
            }
            outcome => return (out, outcome),
        }
    }
}

fn run(text: &str) -> (String, Outcome) {
    let mut machine = machine(&[("/app/a.js", text)]);
    machine.start("/app/a.js");
    finish(&mut machine)
}

fn says(text: &str, expected: &str) {
    let (out, outcome) = run(text);
    assert_eq!((out.as_str(), &outcome), (expected, &Outcome::Done), "{text}");
}

#[test]
fn the_prelude_is_a_script() {
    let machine = machine(&[]);
    assert_ne!(machine.doors, Value::Undefined);
    assert!(
        machine
            .heap
            .scope(machine.globals)
            .is_some_and(|scope| scope.names.iter().any(|(name, ..)| &**name == "process"))
    );
}

#[test]
fn expressions_and_statements() {
    says("console.log(1 + 2 * 3, 2 ** 3 ** 2, (1 + 2) * 3, 7 % 4, -7 % 4, 1 / 0)", "7 512 9 3 -3 Infinity\n");
    says("console.log('a' + 1, 1 + '2', '3' * '4', [] + [], 1 + null, 0.1 + 0.2)", "a1 12 12  1 0.30000000000000004\n");
    says("const port = process.env.PORT || 3000; console.log(`port ${port} ${`in ${1 + 1}`}`)", "port 8080 in 2\n");
    says("let a = 1; a += 2; a++; ++a; console.log(a--, a, a > 3 && 'big', null ?? 'none')", "5 4 big none\n");
    says(
        "const o = {a: 1, b: {c: [1, 2]}}; o.a++; o.b.c[1] += 5; o['d'] = o?.x?.y; console.log(o)",
        "{ a: 2, b: { c: [ 1, 7 ] }, d: undefined }\n",
    );
    says(
        "let s = ''; for (let i = 0; i < 5; i++) { if (i === 1) continue; if (i === 4) break; s += i } console.log(s)",
        "023\n",
    );
    says("for (const x of ['a', 'b']) console.log(x); for (const k in {p: 1, q: 2}) console.log(k)", "a\nb\np\nq\n");
    says("let n = 0; while (true) { if (++n > 3) break } do { n-- } while (n > 0); console.log(n)", "0\n");
    says(
        "const f = x => { switch (x) { case 1: return 'one'; default: return 'many'; case 2: case 3: return 'few' } }; console.log(f(1), f(2), f(3), f(9))",
        "one few few many\n",
    );
    says(
        "switch (2) { case 1: console.log(1); case 2: console.log(2); case 3: console.log(3); break; default: console.log('d') }",
        "2\n3\n",
    );
    says(
        "try { null.x } catch (e) { console.log(e.name, e.message) } finally { console.log('end') }",
        "TypeError Cannot read properties of null (reading 'x')\nend\n",
    );
    says("try { try { throw 1 } finally { console.log('f') } } catch (e) { console.log('c', e) }", "f\nc 1\n");
    says(
        "console.log(typeof x, typeof 1, typeof 'a', typeof {}, typeof (() => 1), void 0)",
        "undefined number string object function undefined\n",
    );
    says("if (false) console.log(1)\nelse if (0) console.log(2)\nelse console.log(3)", "3\n");
    says("let x = 1\nlet y = 2\nconsole.log(x\n+ y)\n", "3\n");
}

#[test]
fn functions_and_closures() {
    says("console.log(add(1, 2)); function add(a, b = 10) { return a + b } console.log(add(1))", "3\n11\n");
    says(
        "const counter = () => { let n = 0; return () => ++n }; const c = counter(); c(); console.log(c(), counter()())",
        "2 1\n",
    );
    says("const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); console.log(fs.map(f => f()))", "[ 0, 1, 2 ]\n");
    says(
        "const f = (a, ...rest) => [a, rest]; console.log(f(1, 2, 3), Math.max(...[1, 5, 2]), [...'ab', 3])",
        "[ 1, [ 2, 3 ] ] 5 [ 'a', 'b', 3 ]\n",
    );
    says("const { a, b: [c, d = 4], e = 5 } = { a: 1, b: [3] }; console.log(a, c, d, e)", "1 3 4 5\n");
    says("const g = ({ x, y = 2 }) => x + y; console.log(g({ x: 1 }))", "3\n");
    says(
        "function P(n) { this.n = n } P.prototype.hi = function () { return 'hi ' + this.n }; const p = new P('x'); console.log(p.hi(), p instanceof P, p)",
        "hi x true P { n: 'x' }\n",
    );
    says(
        "const o = { v: 1, m() { return this.v }, k: () => 2 }; console.log(o.m(), o.k(), o.z?.(), o.m?.())",
        "1 2 undefined 1\n",
    );
    says("const fact = n => n < 2 ? 1 : n * fact(n - 1); console.log(fact(20))", "2432902008176640000\n");
    says(
        "try { const f = () => f(); f() } catch (e) { console.log(e instanceof RangeError, e.message) }",
        "true Maximum call stack size exceeded\n",
    );
}

#[test]
fn the_library() {
    says(
        "console.log([3, 1, 2].sort(), [1, 2, 3].filter(x => x > 1).map(x => x * 2).reduce((a, b) => a + b))",
        "[ 1, 2, 3 ] 10\n",
    );
    says(
        "console.log('Hello'.toUpperCase().split('').reverse().join('-'), 'a,b'.split(','), ' x '.trim() + '|', 'abc'.slice(-2))",
        "O-L-L-E-H [ 'a', 'b' ] x| bc\n",
    );
    says(
        "console.log(JSON.stringify({a: [1, 'x', null], b: undefined}), JSON.parse('{\"k\": [1]}').k[0], JSON.stringify([1], null, 2))",
        "{\"a\":[1,\"x\",null]} 1 [\n  1\n]\n",
    );
    says(
        "console.log(new Date().toISOString(), Date.now(), (12.345).toFixed(1), parseInt('12px'), Number('x'))",
        "2026-01-25T08:00:00.000Z 1769328000000 12.3 12 NaN\n",
    );
    says(
        "console.log('%s is %d', 'a', 5, 'x', '100%'); console.log([1, 'a', true], 'str', -0, 1e21)",
        "a is 5 x 100%\n[ 1, 'a', true ] str -0 1e+21\n",
    );
    says(
        "console.log({a:1,b:[1,2,'x'],f(){},g:()=>1,h:function(){},n:null,u:undefined,nested:{a:{b:{c:1}}}})",
        "{\n  a: 1,\n  b: [ 1, 2, 'x' ],\n  f: [Function: f],\n  g: [Function: g],\n  h: [Function: h],\n  n: null,\n  u: undefined,\n  nested: { a: { b: [Object] } }\n}\n",
    );
    says(
        "setTimeout(() => console.log('later'), 10); setTimeout((x) => console.log(x), 1, 'arg'); process.nextTick(() => console.log('soon')); console.log('now')",
        "now\nsoon\narg\nlater\n",
    );
    says(
        "const p = require('path'); console.log(p.join('/a', '../b', 'c.txt'), p.extname('x.js'), p.resolve('x'), __dirname, __filename)",
        "/b/c.txt .js /app/x /app /app/a.js\n",
    );
    says(
        "const fs = require('fs'); fs.writeFileSync('/x', 'hi'); fs.appendFileSync('/x', '!'); console.log(fs.readFileSync('/x', 'utf8'), fs.existsSync('/y'))",
        "hi! false\n",
    );
    says(
        "const http = require('http'); http.createServer((req, res) => res.end('x')).listen(3000, () => console.log('on 3000'))",
        "on 3000\n",
    );
    says(
        "const E = require('events'); const e = new E(); e.on('a', x => console.log('got', x)); console.log(e.emit('a', 1), e.emit('b'))",
        "got 1\ntrue false\n",
    );
}

#[test]
fn modules_are_found_as_node_finds_them() {
    let mut machine = machine(&[
        (
            "/app/a.js",
            "const b = require('./lib/b'); const { name } = require('./package.json'); console.log(b.two(), name, require('x'), require('./lib/b') === b)",
        ),
        ("/app/lib/b.js", "exports.two = () => 2"),
        ("/app/package.json", "{\"name\": \"app\"}"),
        ("/app/node_modules/x/index.js", "module.exports = 'x of ' + __dirname"),
    ]);
    machine.start("/app/a.js");
    assert_eq!(finish(&mut machine), ("2 app x of /app/node_modules/x true\n".to_string(), Outcome::Done));
}

fn thrown(text: &str) -> Report {
    match run(text).1 {
        Outcome::Thrown(report) => report,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn errors_are_told_with_place_and_stack() {
    let report = thrown("function f() {\n  throw new Error('x')\n}\nf()");
    assert_eq!(report.place, Some(("/app/a.js".to_string(), 2, 3, "  throw new Error('x')".to_string())));
    let start = "Error: x\n    at f (/app/a.js:2:9)\n    at Object.<anonymous> (/app/a.js:4:1)\n    at Module._compile (node:internal/modules/cjs/loader:1364:14)\n";
    assert!(report.text.starts_with(start), "{}", report.text);
    for (text, column, error) in [
        ("o.f()", 1, "ReferenceError: o is not defined"),
        ("const o = {}; o.f()", 17, "TypeError: o.f is not a function"),
        ("const o = {}; o.f.g()", 19, "TypeError: Cannot read properties of undefined (reading 'g')"),
        ("const x = 1; x = 2", 16, "TypeError: Assignment to constant variable."),
    ] {
        let report = thrown(text);
        assert!(report.text.starts_with(error), "{text}: {}", report.text);
        assert_eq!(report.place.map(|place| place.2), Some(column), "{text}");
    }
    let report = thrown("let x = ;");
    assert!(
        report.text.starts_with("SyntaxError: Unexpected token ';'\n    at internalCompileFunction"),
        "{}",
        report.text
    );
    assert_eq!(report.place.map(|place| place.2), Some(9));
    let report = thrown("const e = require('express')");
    let expected = "Error: Cannot find module 'express'\nRequire stack:\n- /app/a.js\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1140:15)\n    at Module._load (node:internal/modules/cjs/loader:981:27)\n    at Module.require (node:internal/modules/cjs/loader:1231:19)\n    at require (node:internal/modules/helpers:177:18)\n    at Object.<anonymous> (/app/a.js:1:11)\n    at Module._compile (node:internal/modules/cjs/loader:1364:14)\n    at Module._extensions..js (node:internal/modules/cjs/loader:1422:10)\n    at Module.load (node:internal/modules/cjs/loader:1203:32)\n    at Module._load (node:internal/modules/cjs/loader:1019:12)\n    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:128:12) {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: [ '/app/a.js' ]\n}";
    assert_eq!((report.place, report.text.as_str()), (None, expected));
    assert_eq!(thrown("throw 5").text, "5");
}

#[test]
fn a_missing_file_is_told_as_node_tells_it() {
    let mut machine = machine(&[]);
    machine.start("/server.js");
    let (_, Outcome::Thrown(report)) = finish(&mut machine) else { panic!("it must throw") };
    let expected = "Error: Cannot find module '/server.js'\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1140:15)\n    at Module._load (node:internal/modules/cjs/loader:981:27)\n    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:128:12)\n    at node:internal/main/run_main_module:28:49 {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}";
    assert_eq!(report.text, expected);
}

#[test]
fn what_is_not_there_is_said() {
    for (text, what) in [
        ("class A {}", "classes"),
        ("async function f() {}", "async functions"),
        ("const f = async () => 1", "async functions"),
        ("/a/.test('a')", "regular expressions"),
        ("import x from 'y'", "import and export"),
        ("require('crypto')", "require('crypto')"),
        ("new Promise(() => 1)", "promises"),
    ] {
        match run(text).1 {
            Outcome::Missing(missing) => assert!(missing.starts_with(what), "{text}: {missing}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert_eq!(run("process.exit(3); console.log(1)"), (String::new(), Outcome::Exit(3)));
}

#[test]
fn limits_hold() {
    assert!(matches!(run("while (true) {}").1, Outcome::More(_)));
    assert!(
        matches!(run("let s = 'x'; while (true) s += s").1, Outcome::Thrown(report) if report.text.starts_with("RangeError: Invalid string length"))
    );
    assert_eq!(run("const a = []; while (true) a.push({})").1, Outcome::OutOfMemory);
    let (out, outcome) = run("let o; for (let i = 0; i < 90000; i++) o = { i, f: () => i }; console.log(o.i)");
    assert_eq!((out.as_str(), outcome), ("89999\n", Outcome::Done));
    let deep = "(".repeat(5000) + &")".repeat(5000);
    assert!(matches!(run(&deep).1, Outcome::Missing(_)));
    for text in
        ["", "\u{0}", "`${", "'\\u", "a?.", "({[", "for(;;", "x => ", "\"\\", "0x", "1.2.3", "}", "é", "if", "`${`${`"]
    {
        let _ = run(text);
    }
}

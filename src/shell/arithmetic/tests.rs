use super::{ArithmeticError, Variables, evaluate};
use crate::shell::Dialect;
use std::collections::BTreeMap;

#[derive(Default)]
struct Table(BTreeMap<String, String>);

impl Variables for Table {
    fn get(&mut self, name: &str, index: Option<i64>) -> Result<Option<String>, ArithmeticError> {
        Ok(self.0.get(&key(name, index)).cloned())
    }

    fn set(&mut self, name: &str, index: Option<i64>, value: i64) -> Result<(), ArithmeticError> {
        if name == "fixed" {
            return Err(ArithmeticError::Refused("fixed: readonly variable".to_owned()));
        }
        self.0.insert(key(name, index), value.to_string());
        Ok(())
    }
}

fn key(name: &str, index: Option<i64>) -> String {
    index.map_or(name.to_owned(), |i| format!("{name}[{i}]"))
}

#[track_caller]
fn value(text: &str, expected: i64) {
    assert_eq!(evaluate(text, Dialect::Bash, &mut Table::default()), Ok(expected), "{text}");
}

#[track_caller]
fn fault(text: &str, bash: &str, ash: &str) {
    let fails = |dialect| match evaluate(text, dialect, &mut Table::default()) {
        Ok(value) => format!("= {value}"),
        Err(error) => error.message(dialect, ""),
    };
    assert_eq!(fails(Dialect::Bash), bash);
    assert_eq!(fails(Dialect::Ash), ash);
}

#[test]
fn operators_bind_as_in_c() {
    value("7/2", 3);
    value("-7/2", -3);
    value("-7%3", -1);
    value("1+2*3", 7);
    value("(1+2)*3", 9);
    value("2**3**2", 512);
    value("-2**2", 4);
    value("1 << 2 + 1", 8);
    value("1 << 65", 2);
    value("5 & 3 | 8 ^ 1", 9);
    value("1 < 2 == 1", 1);
    value("!5 + ~0", -1);
    value("- -5", 5);
    value("1 ? 2 ? 3 : 4 : 5", 3);
    value("0 ? 1 : 0 ? 2 : 3", 3);
    value("1, 2, 3", 3);
    value("1 || 1/0", 1);
    value("0 && 1/0", 0);
    value("1 ? 5 : 1/0", 5);
    value("", 0);
    value("  ", 0);
    value("++5", 5);
    value("x-- - --x", 2);
}

#[test]
fn numbers_have_bases_and_wrap() {
    value("0x1F + 010 + 2#101", 44);
    value("16#fF", 255);
    value("64#@_", 62 * 64 + 63);
    value("9999999999999999999", -8446744073709551617_i128 as i64);
    value("-9223372036854775808 / -1", i64::MIN);
    value("9223372036854775807 + 1", i64::MIN);
    value("2 ** 64", 0);
}

#[test]
fn variables_are_read_and_assigned() {
    let mut table = Table::default();
    let mut run = |text: &str| evaluate(text, Dialect::Bash, &mut table);
    assert_eq!(run("x = 5"), Ok(5));
    assert_eq!(run("x++ + ++x"), Ok(12));
    assert_eq!(run("x"), Ok(7));
    assert_eq!(run("x += y = 2"), Ok(9));
    assert_eq!(run("x <<= 1, x == 18"), Ok(1));
    assert_eq!(run("0 && (x = 1)"), Ok(0));
    assert_eq!(run("a[1+1] = 4, a[2] * 2"), Ok(8));
    assert_eq!(run("x"), Ok(18));
    assert_eq!(run("fixed = 1"), Err(ArithmeticError::Refused("fixed: readonly variable".to_owned())));
    table.0.insert("sum".to_owned(), "x + 1".to_owned());
    assert_eq!(evaluate("sum * 2", Dialect::Bash, &mut table), Ok(38));
    table.0.insert("loop".to_owned(), "loop".to_owned());
    assert!(evaluate("loop", Dialect::Bash, &mut table).is_err());
}

#[test]
fn faults_are_told_as_the_shells_do() {
    fault("1/0", "1/0: division by 0 (error token is \"0\")", "divide by zero");
    fault(" 1/0 + 5 ", "1/0 + 5 : division by 0 (error token is \"0 + 5 \")", "divide by zero");
    let syntax = "arithmetic syntax error";
    fault("1+", "1+: syntax error: operand expected (error token is \"+\")", syntax);
    fault("1 + * 2", "1 + * 2: syntax error: operand expected (error token is \"* 2\")", syntax);
    fault("a b", "a b: syntax error in expression (error token is \"b\")", syntax);
    fault("1 $ 2", "1 $ 2: syntax error: invalid arithmetic operator (error token is \"$ 2\")", syntax);
    fault("08", "08: value too great for base (error token is \"08\")", syntax);
    fault("1 + 65#1 + 2", "1 + 65#1: invalid arithmetic base (error token is \"65#1\")", syntax);
    fault("5 = 3", "5 = 3: attempted assignment to non-variable (error token is \"= 3\")", syntax);
    fault("1 ? 2", "1 ? 2: `:' expected for conditional expression (error token is \"2\")", "malformed ?: operator");
    fault("1 ? : 2", "1 ? : 2: expression expected (error token is \": 2\")", syntax);
    fault("2 ** -1", "2 ** -1: exponent less than 0 (error token is \"1\")", "exponent less than 0");
    fault("x += ", "x += : syntax error: operand expected (error token is \"+= \")", syntax);
}

#[test]
fn hostile_expressions_end() {
    for text in ["(".repeat(100_000), "-".repeat(100_000), "1?".repeat(100_000), "x=".repeat(100_000)] {
        assert!(evaluate(&text, Dialect::Bash, &mut Table::default()).is_err());
    }
    value(&format!("{}0", "1+".repeat(100_000)), 100_000);
}

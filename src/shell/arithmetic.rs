//! Arithmetic: the operators of C and `**` over 64-bit integers that wrap around.
//!
//! The text is evaluated while it is read; what must not happen (the other side of `&&`, `||`,
//! `?:`) is read without effect.

mod number;

use super::Dialect;

/// How deep an expression may nest, variables that hold expressions included.
const DEPTH_LIMIT: u32 = 100;

/// The variables that an expression reads and assigns.
pub trait Variables {
    /// The value of a variable or of an array's element; nothing if unset.
    fn get(&mut self, name: &str, index: Option<i64>) -> Result<Option<String>, ArithmeticError>;
    /// Assigns a value.
    fn set(&mut self, name: &str, index: Option<i64>, value: i64) -> Result<(), ArithmeticError>;
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArithmeticError {
    /// A fault of the expression.
    Fault {
        /// What is wrong, as bash says it.
        kind: Kind,
        /// The expression as far as bash shows it.
        expression: String,
        /// From the token at fault to the end.
        token: String,
    },
    /// What the variables refused, in full.
    Refused(String),
}

/// The kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something other than an operand.
    Operand,
    /// Something behind a whole expression.
    Trailing,
    /// A character that starts no token.
    Operator,
    /// Division by zero.
    Division,
    /// A digit that the base hasn't.
    Digit,
    /// A base below 2 or over 64.
    Base,
    /// `2#`
    Constant,
    /// Assignment to what is no variable.
    Target,
    /// `?` without `:`.
    Colon,
    /// Nothing between `?` and `:`.
    Expression,
    /// No closing parenthesis.
    Parenthesis,
    /// An exponent below zero.
    Exponent,
    /// A bracket that isn't closed.
    Subscript,
    /// Too deep.
    Recursion,
}

impl Kind {
    fn text(self, dialect: Dialect) -> &'static str {
        match (dialect, self) {
            (_, Kind::Exponent) => "exponent less than 0",
            (Dialect::Ash, Kind::Division) => "divide by zero",
            (Dialect::Ash, Kind::Colon) => "malformed ?: operator",
            (Dialect::Ash, Kind::Recursion) => "expression recursion loop detected",
            (Dialect::Ash, _) => "arithmetic syntax error",
            (_, Kind::Operand) => "syntax error: operand expected",
            (_, Kind::Trailing) => "syntax error in expression",
            (_, Kind::Operator) => "syntax error: invalid arithmetic operator",
            (_, Kind::Division) => "division by 0",
            (_, Kind::Digit) => "value too great for base",
            (_, Kind::Base) => "invalid arithmetic base",
            (_, Kind::Constant) => "invalid integer constant",
            (_, Kind::Target) => "attempted assignment to non-variable",
            (_, Kind::Colon) => "`:' expected for conditional expression",
            (_, Kind::Expression) => "expression expected",
            (_, Kind::Parenthesis) => "missing `)'",
            (_, Kind::Subscript) => "bad array subscript",
            (_, Kind::Recursion) => "expression recursion level exceeded",
        }
    }
}

impl ArithmeticError {
    /// The text behind `NAME: line N: `. `command` is what bash puts first: `((` or `let`.
    pub fn message(&self, dialect: Dialect, command: &str) -> String {
        let (kind, expression, token) = match self {
            ArithmeticError::Refused(text) => return text.clone(),
            ArithmeticError::Fault { kind, expression, token } => (kind, expression, token),
        };
        let text = kind.text(dialect);
        if dialect == Dialect::Ash {
            return text.to_owned();
        }
        let prefix = if command.is_empty() { String::new() } else { format!("{command}: ") };
        let expression = expression.trim_start();
        format!("{prefix}{expression}: {text} (error token is \"{token}\")")
    }
}

/// The value of an expression; that of an empty one is 0.
pub fn evaluate(text: &str, dialect: Dialect, variables: &mut dyn Variables) -> Result<i64, ArithmeticError> {
    let mut evaluator = Evaluator { text, pos: 0, token: 0, dialect, variables, live: true, depth: 0 };
    evaluator.whole()
}

type Valued<T> = Result<T, ArithmeticError>;

/// What an operand stands for.
enum Operand {
    Value(i64),
    Variable(String, Option<i64>),
}

struct Evaluator<'a> {
    text: &'a str,
    pos: usize,
    /// Where the last token began.
    token: usize,
    dialect: Dialect,
    variables: &'a mut dyn Variables,
    /// False while reading what must have no effect.
    live: bool,
    depth: u32,
}

/// The binary operators with their strength, longest text first.
const BINARY: [(&str, u8); 19] = [
    ("**", 11),
    ("<<", 8),
    (">>", 8),
    ("<=", 7),
    (">=", 7),
    ("==", 6),
    ("!=", 6),
    ("&&", 2),
    ("||", 1),
    ("*", 10),
    ("/", 10),
    ("%", 10),
    ("+", 9),
    ("-", 9),
    ("<", 7),
    (">", 7),
    ("&", 5),
    ("^", 4),
    ("|", 3),
];

/// The operators that assign.
const ASSIGNING: [&str; 11] = ["<<=", ">>=", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=", "="];

impl Evaluator<'_> {
    fn whole(&mut self) -> Valued<i64> {
        self.blanks();
        if self.rest().is_empty() {
            return Ok(0);
        }
        let value = self.comma()?;
        self.blanks();
        if self.rest().is_empty() {
            return Ok(value);
        }
        self.token = self.pos;
        let operatorlike = self.byte().is_ascii_alphanumeric() || b"_(\")~!+-*/%<>&|^=?:,".contains(&self.byte());
        Err(self.fault(if operatorlike { Kind::Trailing } else { Kind::Operator }))
    }

    fn rest(&self) -> &str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.pos).copied().unwrap_or(0)
    }

    fn blanks(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\n' | b'\r') {
            self.pos += 1;
        }
    }

    fn fault(&self, kind: Kind) -> ArithmeticError {
        let token = self.text.get(self.token..).unwrap_or_default().to_owned();
        ArithmeticError::Fault { kind, expression: self.text.to_owned(), token }
    }

    /// Takes the text if it is next.
    fn take(&mut self, text: &str) -> bool {
        self.blanks();
        let found = self.rest().starts_with(text);
        if found {
            self.token = self.pos;
            self.pos += text.len();
        }
        found
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Valued<T>) -> Valued<T> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(self.fault(Kind::Recursion));
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn comma(&mut self) -> Valued<i64> {
        let mut value = self.assignment()?;
        while self.take(",") {
            value = self.assignment()?;
        }
        Ok(value)
    }

    /// An assignment or anything that binds closer.
    fn assignment(&mut self) -> Valued<i64> {
        self.deeper(|e| {
            e.blanks();
            let start = (e.pos, e.token);
            if let Some((name, index)) = e.variable()? {
                e.blanks();
                let op = ASSIGNING.into_iter().find(|op| e.rest().starts_with(op));
                if let Some(op) = op.filter(|_| !e.rest().starts_with("==")) {
                    e.take(op);
                    return e.assign(&name, index, op.trim_end_matches('='));
                }
            }
            (e.pos, e.token) = start;
            let value = e.ternary()?;
            e.blanks();
            if e.byte() == b'=' && !e.rest().starts_with("==") {
                e.token = e.pos;
                return Err(e.fault(Kind::Target));
            }
            Ok(value)
        })
    }

    fn assign(&mut self, name: &str, index: Option<i64>, op: &str) -> Valued<i64> {
        let right = self.assignment()?;
        let value = if op.is_empty() {
            right
        } else {
            let left = self.value_of(name, index)?;
            self.apply(op, left, right)?
        };
        self.store(name, index, value)?;
        Ok(value)
    }

    fn store(&mut self, name: &str, index: Option<i64>, value: i64) -> Valued<()> {
        if self.live { self.variables.set(name, index, value) } else { Ok(()) }
    }

    fn ternary(&mut self) -> Valued<i64> {
        let condition = self.binary(1)?;
        if !self.take("?") {
            return Ok(condition);
        }
        self.blanks();
        if self.byte() == b':' {
            self.token = self.pos;
            return Err(self.fault(Kind::Expression));
        }
        let live = self.live;
        self.live = live && condition != 0;
        let yes = self.deeper(Self::comma)?;
        if !self.take(":") {
            self.blanks();
            if !self.rest().is_empty() {
                self.token = self.pos;
            }
            return Err(self.fault(Kind::Colon));
        }
        self.live = live && condition == 0;
        let no = self.assignment()?;
        self.live = live;
        Ok(if condition != 0 { yes } else { no })
    }

    /// Operators of at least this strength.
    fn binary(&mut self, strength: u8) -> Valued<i64> {
        let mut left = self.unary()?;
        loop {
            self.blanks();
            let rest = self.rest();
            let found = BINARY.into_iter().find(|(op, _)| rest.starts_with(op));
            let Some((op, own)) = found else { return Ok(left) };
            let assigns = ASSIGNING.into_iter().any(|a| a != "=" && rest.starts_with(a)) && !rest.starts_with("==");
            if own < strength || assigns {
                return Ok(left);
            }
            self.take(op);
            let live = self.live;
            self.live = live
                && match op {
                    "&&" => left != 0,
                    "||" => left == 0,
                    _ => true,
                };
            // `**` binds to the right.
            let next = if op == "**" { own } else { own + 1 };
            self.blanks();
            let operand = self.pos;
            let right = self.deeper(|e| e.binary(next))?;
            if right == 0 && self.live && matches!(op, "/" | "%") {
                self.token = operand;
            }
            left = self.apply(op, left, right)?;
            self.live = live;
        }
    }

    fn apply(&self, op: &str, left: i64, right: i64) -> Valued<i64> {
        let shift = (right & 63) as u32;
        Ok(match op {
            "+" => left.wrapping_add(right),
            "-" => left.wrapping_sub(right),
            "*" => left.wrapping_mul(right),
            "/" | "%" if right == 0 && !self.live => 0,
            "/" | "%" if right == 0 => return Err(self.fault(Kind::Division)),
            "/" => left.wrapping_div(right),
            "%" => left.wrapping_rem(right),
            "**" if right < 0 && self.live => return Err(self.fault(Kind::Exponent)),
            "**" => power(left, right),
            "<<" => left.wrapping_shl(shift),
            ">>" => left.wrapping_shr(shift),
            "&" => left & right,
            "^" => left ^ right,
            "|" => left | right,
            _ => i64::from(match op {
                "<" => left < right,
                ">" => left > right,
                "<=" => left <= right,
                ">=" => left >= right,
                "==" => left == right,
                "!=" => left != right,
                "&&" => left != 0 && right != 0,
                _ => left != 0 || right != 0,
            }),
        })
    }

    fn unary(&mut self) -> Valued<i64> {
        self.blanks();
        for op in ["++", "--"] {
            if self.rest().starts_with(op) {
                let start = self.pos;
                self.take(op);
                self.blanks();
                if let Some((name, index)) = self.variable()? {
                    let value = self.step(&name, index, op)?;
                    return Ok(value);
                }
                // `++5` is two signs.
                self.pos = start;
                break;
            }
        }
        for op in ["!", "~", "+", "-"] {
            if self.take(op) {
                let value = self.deeper(Self::unary)?;
                return Ok(match op {
                    "!" => i64::from(value == 0),
                    "~" => !value,
                    "-" => value.wrapping_neg(),
                    _ => value,
                });
            }
        }
        self.postfix()
    }

    /// Adds or takes one; gives the new value.
    fn step(&mut self, name: &str, index: Option<i64>, op: &str) -> Valued<i64> {
        let old = self.value_of(name, index)?;
        let new = if op == "++" { old.wrapping_add(1) } else { old.wrapping_sub(1) };
        self.store(name, index, new)?;
        Ok(new)
    }

    fn postfix(&mut self) -> Valued<i64> {
        let (name, index) = match self.operand()? {
            Operand::Value(value) => return Ok(value),
            Operand::Variable(name, index) => (name, index),
        };
        for op in ["++", "--"] {
            if self.take(op) {
                let new = self.step(&name, index, op)?;
                return Ok(if op == "++" { new.wrapping_sub(1) } else { new.wrapping_add(1) });
            }
        }
        self.value_of(&name, index)
    }

    fn operand(&mut self) -> Valued<Operand> {
        self.blanks();
        if self.take("(") {
            let value = self.deeper(Self::comma)?;
            if !self.take(")") {
                return Err(self.fault(Kind::Parenthesis));
            }
            return Ok(Operand::Value(value));
        }
        if let Some((name, index)) = self.variable()? {
            return Ok(Operand::Variable(name, index));
        }
        if self.byte().is_ascii_digit() {
            return Ok(Operand::Value(self.number()?));
        }
        if !self.rest().is_empty() {
            self.token = self.pos;
        }
        Err(self.fault(Kind::Operand))
    }

    /// A name, with the subscript behind it.
    fn variable(&mut self) -> Valued<Option<(String, Option<i64>)>> {
        let start = self.pos;
        if !(self.byte().is_ascii_alphabetic() || self.byte() == b'_') {
            return Ok(None);
        }
        self.token = start;
        while self.byte().is_ascii_alphanumeric() || self.byte() == b'_' {
            self.pos += 1;
        }
        let name = self.text.get(start..self.pos).unwrap_or_default().to_owned();
        if self.byte() != b'[' || self.dialect == Dialect::Ash {
            return Ok(Some((name, None)));
        }
        self.pos += 1;
        self.blanks();
        if self.rest().is_empty() {
            return Err(self.fault(Kind::Subscript));
        }
        let index = self.deeper(Self::comma)?;
        if !self.take("]") {
            self.token = start;
            return Err(self.fault(Kind::Subscript));
        }
        Ok(Some((name, Some(index))))
    }

    /// A variable's value; text in it is an expression again.
    fn value_of(&mut self, name: &str, index: Option<i64>) -> Valued<i64> {
        if !self.live {
            return Ok(0);
        }
        let Some(text) = self.variables.get(name, index)? else { return Ok(0) };
        if let Ok(value) = text.trim().parse::<i64>()
            && (!text.trim().starts_with('0') || text.trim() == "0")
        {
            return Ok(value);
        }
        let depth = self.depth + 1;
        if depth > DEPTH_LIMIT {
            return Err(self.fault(Kind::Recursion));
        }
        let variables = &mut *self.variables;
        let mut inner =
            Evaluator { text: &text, pos: 0, token: 0, dialect: self.dialect, variables, live: true, depth };
        inner.whole()
    }
}

/// Repeated squaring, wrapping.
fn power(mut base: i64, mut exponent: i64) -> i64 {
    let mut value = 1_i64;
    while exponent > 0 {
        if exponent & 1 == 1 {
            value = value.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        exponent >>= 1;
    }
    value
}

#[cfg(test)]
mod tests;

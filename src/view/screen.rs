//! A terminal's screen as rows of styled text: what a program wrote, with the cursor's movements done
//! (ECMA-48, the few sequences that Docker and a shell send). Rows are not cut at the window's width: the page
//! wraps them, so that what is copied is what was written.

use std::collections::VecDeque;
use std::rc::Rc;

/// Rows that are kept, and letters in one of them.
pub const ROWS: usize = 1000;
pub const ROW_LETTERS: usize = 8192;

/// How a letter looks. Colours are ANSI's sixteen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Style {
    pub colour: Option<u8>,
    pub bold: bool,
    pub dim: bool,
    pub italic: bool,
    pub underlined: bool,
    pub reversed: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Row {
    letters: Vec<(char, Style)>,
}

impl Row {
    /// Runs of one style, without the blanks at the end.
    pub fn runs(&self) -> Vec<(String, Style)> {
        let blank = (' ', Style::default());
        let length = self.letters.iter().rposition(|letter| *letter != blank).map_or(0, |last| last + 1);
        self.runs_to(length)
    }

    /// As [`Row::runs`], with the blanks that a prompt ends with.
    pub fn prompt_runs(&self) -> Vec<(String, Style)> {
        self.runs_to(self.letters.len())
    }

    fn runs_to(&self, length: usize) -> Vec<(String, Style)> {
        let mut runs: Vec<(String, Style)> = Vec::new();
        for (letter, style) in self.letters.iter().take(length) {
            match runs.last_mut() {
                Some((text, last)) if last == style => text.push(*letter),
                _ => runs.push((letter.to_string(), *style)),
            }
        }
        runs
    }

    pub fn text(&self) -> String {
        self.runs().into_iter().map(|(text, _)| text).collect()
    }

    fn put(&mut self, column: usize, letter: char, style: Style) {
        while self.letters.len() < column {
            self.letters.push((' ', Style::default()));
        }
        match self.letters.get_mut(column) {
            Some(place) => *place = (letter, style),
            None => self.letters.push((letter, style)),
        }
    }
}

/// Where the reader of the bytes is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
enum Reading {
    #[default]
    Text,
    Escape,
    /// `ESC [` and the parameters so far.
    Control(String),
    /// `ESC ]`: a title and the like, skipped.
    Title,
    TitleEscape,
    /// `ESC (` and one letter more.
    Charset,
}

#[derive(Clone, Debug)]
pub struct Screen {
    rows: VecDeque<Rc<Row>>,
    /// The number of the first kept row, counted from the start.
    first: u64,
    row: usize,
    column: usize,
    style: Style,
    reading: Reading,
    /// The beginning of a letter whose other bytes are still to come.
    partial: Vec<u8>,
    /// The window's height: how far up the cursor can go.
    height: usize,
}

impl Screen {
    pub fn new(height: usize) -> Screen {
        Screen {
            rows: VecDeque::from([Rc::default()]),
            first: 0,
            row: 0,
            column: 0,
            style: Style::default(),
            reading: Reading::default(),
            partial: Vec::new(),
            height: height.max(1),
        }
    }

    /// The rows with the number of the first.
    pub fn rows(&self) -> (u64, impl Iterator<Item = &Rc<Row>>) {
        (self.first, self.rows.iter())
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.letters.is_empty())
    }

    /// The row of the cursor when it is the last one and the cursor stands at its end: a prompt.
    pub fn prompt(&self) -> Option<&Rc<Row>> {
        let last = self.rows.len().checked_sub(1)?;
        let row = self.rows.get(last)?;
        (self.row == last && self.column >= row.letters.len()).then_some(row)
    }

    pub fn set_height(&mut self, height: usize) {
        self.height = height.max(1);
    }

    /// ^L: everything but the row of the cursor goes.
    pub fn clear_above(&mut self) {
        let above = self.row;
        for _ in 0..above {
            self.rows.pop_front();
            self.first += 1;
        }
        self.row = 0;
    }

    pub fn write(&mut self, bytes: &[u8]) {
        let mut joined;
        let mut bytes = bytes;
        if !self.partial.is_empty() {
            joined = std::mem::take(&mut self.partial);
            joined.extend_from_slice(bytes);
            bytes = &joined;
        }
        while !bytes.is_empty() {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    text.chars().for_each(|letter| self.letter(letter));
                    return;
                }
                Err(error) => {
                    let (good, bad) = bytes.split_at(error.valid_up_to());
                    String::from_utf8_lossy(good).chars().for_each(|letter| self.letter(letter));
                    match error.error_len() {
                        Some(length) => {
                            self.letter('\u{fffd}');
                            bytes = bad.get(length..).unwrap_or_default();
                        }
                        None => {
                            self.partial = bad.to_vec();
                            return;
                        }
                    }
                }
            }
        }
    }

    fn letter(&mut self, letter: char) {
        match std::mem::take(&mut self.reading) {
            Reading::Text => self.text(letter),
            Reading::Escape => self.escape(letter),
            Reading::Control(mut parameters) => match letter {
                '\u{40}'..='\u{7e}' => self.control(&parameters, letter),
                '\u{20}'..='\u{3f}' if parameters.len() < 64 => {
                    parameters.push(letter);
                    self.reading = Reading::Control(parameters);
                }
                '\u{20}'..='\u{3f}' => self.reading = Reading::Control(parameters),
                _ => self.text(letter),
            },
            Reading::Title => match letter {
                '\u{7}' => {}
                '\u{1b}' => self.reading = Reading::TitleEscape,
                _ => self.reading = Reading::Title,
            },
            Reading::TitleEscape | Reading::Charset => {}
        }
    }

    fn text(&mut self, letter: char) {
        match letter {
            '\n' => self.line_feed(),
            '\r' => self.column = 0,
            '\u{8}' => self.column = self.column.saturating_sub(1),
            '\t' => self.column = (self.column / 8 + 1) * 8,
            '\u{1b}' => self.reading = Reading::Escape,
            '\u{0}'..='\u{1f}' | '\u{7f}' => {}
            _ => {
                if self.column >= ROW_LETTERS {
                    self.column = 0;
                    self.line_feed();
                }
                let (column, style) = (self.column, self.style);
                self.row_mut().put(column, letter, style);
                self.column += 1;
            }
        }
    }

    /// Down one row; the terminal's driver has sent the `\r` before.
    fn line_feed(&mut self) {
        self.row += 1;
        self.reach();
    }

    /// Makes the cursor's row exist, and drops the oldest ones over the limit.
    fn reach(&mut self) {
        while self.rows.len() <= self.row {
            self.rows.push_back(Rc::default());
        }
        while self.rows.len() > ROWS {
            self.rows.pop_front();
            self.first += 1;
            self.row = self.row.saturating_sub(1);
        }
    }

    fn row_mut(&mut self) -> &mut Row {
        self.reach();
        let row = self.row.min(self.rows.len().saturating_sub(1));
        if self.rows.is_empty() {
            self.rows.push_back(Rc::default());
        }
        Rc::make_mut(&mut self.rows[row])
    }

    fn escape(&mut self, letter: char) {
        match letter {
            '[' => self.reading = Reading::Control(String::new()),
            ']' => self.reading = Reading::Title,
            '(' | ')' => self.reading = Reading::Charset,
            'c' => {
                let height = self.height;
                let first = self.first + self.rows.len() as u64;
                *self = Screen { first, ..Screen::new(height) };
            }
            _ => {}
        }
    }

    fn control(&mut self, parameters: &str, letter: char) {
        if parameters.starts_with(['?', '>', '=']) {
            return;
        }
        let numbers: Vec<usize> = parameters
            .split([';', ':'])
            .map(|number| number.parse().unwrap_or(0))
            .map(|n: usize| n.min(9999))
            .collect();
        let first = numbers.first().copied().unwrap_or(0);
        let count = first.max(1);
        match letter {
            'A' | 'F' => self.row = self.row.saturating_sub(count).max(self.top()),
            'B' | 'E' => self.row = (self.row + count).min(self.top() + self.height - 1),
            'C' => self.column = (self.column + count).min(ROW_LETTERS),
            'D' => self.column = self.column.saturating_sub(count),
            'G' => self.column = (count - 1).min(ROW_LETTERS),
            'd' => self.row = self.top() + (count - 1).min(self.height - 1),
            'H' | 'f' => {
                self.row = self.top() + (count - 1).min(self.height - 1);
                self.column = (numbers.get(1).copied().unwrap_or(0).max(1) - 1).min(ROW_LETTERS);
            }
            'J' => self.erase_below(first),
            'K' => self.erase_in_row(first),
            'm' => numbers.iter().for_each(|number| self.style = styled(self.style, *number)),
            _ => {}
        }
        if matches!(letter, 'E' | 'F') {
            self.column = 0;
        }
        self.reach();
    }

    /// The first row of the window.
    fn top(&self) -> usize {
        self.rows.len().saturating_sub(self.height)
    }

    fn erase_below(&mut self, what: usize) {
        if what >= 2 {
            // The whole window: what was above it can still be scrolled to.
            let top = self.top();
            self.rows.truncate(top);
            self.row = top;
            self.reach();
            return;
        }
        self.erase_in_row(0);
        self.rows.truncate(self.row + 1);
    }

    fn erase_in_row(&mut self, what: usize) {
        let column = self.column;
        let row = self.row_mut();
        match what {
            0 => row.letters.truncate(column),
            1 => (0..column.min(row.letters.len())).for_each(|at| row.put(at, ' ', Style::default())),
            _ => row.letters.clear(),
        }
    }
}

/// SGR (ECMA-48, 8.3.117).
fn styled(style: Style, number: usize) -> Style {
    match number {
        0 => Style::default(),
        1 => Style { bold: true, ..style },
        2 => Style { dim: true, ..style },
        3 => Style { italic: true, ..style },
        4 => Style { underlined: true, ..style },
        7 => Style { reversed: true, ..style },
        22 => Style { bold: false, dim: false, ..style },
        23 => Style { italic: false, ..style },
        24 => Style { underlined: false, ..style },
        27 => Style { reversed: false, ..style },
        30..=37 => Style { colour: Some((number - 30) as u8), ..style },
        39 => Style { colour: None, ..style },
        90..=97 => Style { colour: Some((number - 90 + 8) as u8), ..style },
        _ => style,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let mut screen = Screen::new(24);
        screen.write(text.as_bytes());
        screen.rows().1.map(|row| row.text()).collect()
    }

    #[test]
    fn lines_and_returns() {
        assert_eq!(shown("one\r\ntwo\r\n"), ["one", "two", ""]);
        assert_eq!(shown("12345\rab"), ["ab345"]);
        assert_eq!(shown("a\tb"), ["a       b"]);
        assert_eq!(shown("ab\u{8} \u{8}"), ["a"]);
    }

    #[test]
    fn progress_is_drawn_over() {
        let pull =
            "a: Pulling\r\nb: Pulling\r\n\x1b[2A\x1b[2Ka: Pull complete\r\x1b[2B\x1b[1A\x1b[2Kb: Waiting\r\x1b[1B";
        assert_eq!(shown(pull), ["a: Pull complete", "b: Waiting", ""]);
    }

    #[test]
    fn colours_make_runs() {
        let mut screen = Screen::new(24);
        screen.write(b"\x1b[1;31mred\x1b[0m plain \x1b[92mgreen");
        let runs = screen.rows().1.next().map(|row| row.runs()).unwrap_or_default();
        let red = Style { colour: Some(1), bold: true, ..Style::default() };
        let green = Style { colour: Some(10), ..Style::default() };
        assert_eq!(runs, [("red".into(), red), (" plain ".into(), Style::default()), ("green".into(), green)]);
    }

    #[test]
    fn letters_may_come_in_pieces() {
        let mut screen = Screen::new(24);
        for byte in "chạy được \u{1b}[1mổn".bytes() {
            screen.write(&[byte]);
        }
        assert_eq!(screen.rows().1.map(|row| row.text()).collect::<Vec<_>>(), ["chạy được ổn"]);
        assert_eq!(shown("\u{1b}]0;title\u{7}x\u{1b}[?25ly"), ["xy"]);
    }

    #[test]
    fn the_prompt_is_the_last_row() {
        let mut screen = Screen::new(24);
        screen.write(b"out\r\n$ ");
        let prompt = screen.prompt().map(|row| row.prompt_runs());
        assert_eq!(prompt, Some(vec![("$ ".to_string(), Style::default())]));
        screen.clear_above();
        assert_eq!(screen.len(), 1);
        screen.write(b"\x1b[1A\x1b[99A\x1b[H\x1b[2J");
        assert_eq!(screen.len(), 1);
    }

    #[test]
    fn nothing_is_too_much() {
        let mut screen = Screen::new(1);
        screen.write(&[0xff, 0x1b, b'[', 0xc3]);
        screen.write("\x1b[99999;99999H\x1b[9999B\x1b[9999Cx".as_bytes());
        screen.write("y".repeat(ROW_LETTERS * 2).as_bytes());
        screen.write("\n".repeat(ROWS * 2).as_bytes());
        assert_eq!(screen.len(), ROWS);
        let (first, rows) = screen.rows();
        assert!(first as usize >= ROWS && rows.count() == ROWS);
    }
}

//! Lists of objects: as a table, as JSON, or through a template.

use super::human::width;
use crate::cli::template::{Template, Value};
use crate::model::order::Order;

/// How wide columns are.
#[derive(Clone, Copy)]
pub struct Columns {
    /// The least width of one.
    pub least: usize,
    /// The blanks behind its longest cell.
    pub padding: usize,
}

/// The columns of a list of objects.
pub const LIST: Columns = Columns { least: 10, padding: 3 };

/// Aligns cells that end with a tab in columns.
///
/// A column is a run of lines that have a cell there; a line without one ends it, and the last
/// cell of a line belongs to none (the rules of Go's text/tabwriter).
pub fn aligned(text: &str, shape: Columns) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let mut out = String::new();
    let mut widths = vec![Vec::new(); lines.len()];
    measure(&lines, &mut widths, shape);
    for (line, widths) in lines.iter().zip(&widths) {
        for (at, cell) in line.iter().enumerate() {
            out += cell;
            if let Some(wanted) = widths.get(at) {
                out.extend(std::iter::repeat_n(' ', wanted - columns(cell)));
            }
        }
        out.push('\n');
    }
    // The text's last newline ended a line; it did not begin one.
    out.pop();
    out
}

fn columns(cell: &str) -> usize {
    if cell.is_ascii() { cell.len() } else { cell.chars().map(width).sum() }
}

/// Gives each tabbed cell the width of its column.
fn measure(lines: &[Vec<&str>], widths: &mut [Vec<usize>], shape: Columns) {
    let most = lines.iter().map(Vec::len).max().unwrap_or(0);
    for column in 0..most.saturating_sub(1) {
        let mut start = 0;
        while start < lines.len() {
            let has_cell = |line: &Vec<&str>| column + 1 < line.len();
            let length = lines[start..].iter().take_while(|line| has_cell(line)).count();
            let block = &lines[start..start + length];
            let longest = block.iter().filter_map(|line| line.get(column)).map(|cell| columns(cell)).max();
            let width = (longest.unwrap_or(0) + shape.padding).max(shape.least);
            widths[start..start + length].iter_mut().for_each(|widths| widths.push(width));
            start += length.max(1);
        }
    }
}

/// A line of a list: a value of the named type with these fields, in the order of their names.
pub fn line(name: &'static str, fields: Vec<(&str, Value)>) -> Value {
    let mut fields: Vec<(String, Value)> = fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    fields.order_by(|a, b| a.0.cmp(&b.0));
    Value::structure(name, fields)
}

/// What a list of objects shows, whatever its form.
pub struct Listing<'a> {
    /// Names of the fields and their words in a table's head.
    pub headers: &'a [(&'a str, &'a str)],
    pub rows: Vec<Value>,
}

impl Listing<'_> {
    /// Prints the rows by a format: `json`, `table …`, or a template for each row.
    pub fn print(&self, format: &str) -> Result<String, String> {
        let (is_table, template) = match format.strip_prefix("table") {
            Some(template) => (true, template),
            None if format == "json" => (false, "{{json .}}"),
            None => (false, format),
        };
        let text = template.trim_matches(' ').replace("\\t", "\t").replace("\\n", "\n");
        let wrong = |error: String| format!("template parsing error: {error}");
        let template = Template::parse(&text).map_err(wrong)?;
        let mut out = String::new();
        for row in &self.rows {
            out += &template.execute(row, false).map_err(wrong)?;
            out.push('\n');
        }
        if !is_table {
            return Ok(out);
        }
        let headers = self.headers.iter().map(|(name, header)| (name.to_string(), Value::text(header)));
        let head = template.execute_headers(&Value::map(headers.collect()));
        Ok(aligned(&format!("{head}\n{out}"), LIST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, image: &str) -> Value {
        let fields = vec![("Image".to_string(), Value::text(image)), ("Names".to_string(), Value::text(name))];
        Value::structure("*formatter.ContainerContext", fields)
    }

    fn listing() -> Listing<'static> {
        Listing {
            headers: &[("Names", "NAMES"), ("Image", "IMAGE")],
            rows: vec![row("db", "alpine:3.19"), row("api", "busybox")],
        }
    }

    #[test]
    fn a_table_has_columns() {
        let table = "NAMES     IMAGE         NAMES\ndb        alpine:3.19   db\napi       busybox       api\n";
        assert_eq!(listing().print(r"table {{.Names}}\t{{.Image}}\t{{.Names}}").as_deref(), Ok(table));
        assert_eq!(listing().print("table {{upper .Names}}").as_deref(), Ok("NAMES\nDB\nAPI\n"));
        let none = Listing { rows: Vec::new(), ..listing() };
        assert_eq!(none.print(r"table {{.Names}}\t{{.Image}}").as_deref(), Ok("NAMES     IMAGE\n"));
    }

    #[test]
    fn other_forms() {
        assert_eq!(listing().print(r"{{.Names}}\t{{.Image}}").as_deref(), Ok("db\talpine:3.19\napi\tbusybox\n"));
        let json = "{\"Image\":\"alpine:3.19\",\"Names\":\"db\"}\n{\"Image\":\"busybox\",\"Names\":\"api\"}\n";
        assert_eq!(listing().print("json").as_deref(), Ok(json));
        let error = "template parsing error: template: :1:2: executing \"\" at <.Nope>: \
                     can't evaluate field Nope in type *formatter.ContainerContext";
        assert_eq!(listing().print("{{.Nope}}"), Err(error.to_string()));
    }

    #[test]
    fn a_line_without_a_cell_ends_a_column() {
        assert_eq!(
            aligned("a\tb\nlong cell here\tc\n\nx\ty\n", LIST),
            "a                b\nlong cell here   c\n\nx         y\n"
        );
        assert_eq!(aligned("\t\tz\n", LIST), format!("{}z\n", " ".repeat(20)));
    }
}

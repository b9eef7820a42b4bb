//! HTML without what would fetch or run something. The page shows it in a frame in which no script runs and
//! from which nothing is fetched; here it only loses what would try.

/// Elements that are left out with their content, and without it.
const DROPPED: [&str; 7] = ["script", "iframe", "object", "noscript", "template", "audio", "video"];
const UNMARKED: [&str; 6] = ["link", "meta", "base", "embed", "frame", "source"];
/// Attributes that stay.
const KEPT: [&str; 23] = [
    "align",
    "alt",
    "border",
    "checked",
    "class",
    "colspan",
    "dir",
    "disabled",
    "for",
    "height",
    "id",
    "lang",
    "name",
    "placeholder",
    "role",
    "rowspan",
    "scope",
    "style",
    "title",
    "type",
    "value",
    "width",
    "bgcolor",
];

/// The text of a document, as it may be shown.
pub fn harmless(html: &str) -> String {
    let mut out = String::from("<!doctype html>");
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        out.push_str(text);
        rest = element(tail, &mut out);
    }
    out.push_str(rest);
    out
}

/// Takes in what begins with `<`; what comes behind it.
fn element<'a>(text: &'a str, out: &mut String) -> &'a str {
    if let Some(comment) = text.strip_prefix("<!--") {
        return comment.find("-->").map_or("", |end| comment.get(end + 3..).unwrap_or(""));
    }
    if text.starts_with("<!") || text.starts_with("<?") {
        return text.find('>').map_or("", |end| text.get(end + 1..).unwrap_or(""));
    }
    let closing = text.starts_with("</");
    let inner = text.get(if closing { 2 } else { 1 }..).unwrap_or("");
    let length = inner.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(inner.len());
    let (name, behind) = inner.split_at(length);
    if name.is_empty() {
        out.push_str("&lt;");
        return text.get(1..).unwrap_or("");
    }
    let name = name.to_ascii_lowercase();
    let mut attributes = String::new();
    let rest = self::attributes(behind, &mut attributes);
    if UNMARKED.contains(&name.as_str()) {
        return rest;
    }
    if DROPPED.contains(&name.as_str()) {
        return if closing { rest } else { beyond(rest, &name).1 };
    }
    if closing {
        out.push_str(&format!("</{name}>"));
        return rest;
    }
    out.push_str(&format!("<{name}{attributes}>"));
    if name == "style" {
        let (style, rest) = beyond(rest, &name);
        out.push_str(&format!("{}</style>", local(style)));
        return rest;
    }
    rest
}

/// The content of an element whose text is no markup, and what comes behind its end.
fn beyond<'a>(text: &'a str, name: &str) -> (&'a str, &'a str) {
    let lower = text.to_ascii_lowercase();
    let Some(at) = lower.find(&format!("</{name}")) else { return (text, "") };
    let (content, tail) = text.split_at(at);
    (content, tail.find('>').map_or("", |end| tail.get(end + 1..).unwrap_or("")))
}

/// Reads attributes up to the end of a tag, and writes those that stay.
fn attributes<'a>(mut rest: &'a str, out: &mut String) -> &'a str {
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return rest;
        }
        if let Some(behind) = rest.strip_prefix('>') {
            return behind;
        }
        let length = rest.find(|c: char| c.is_whitespace() || matches!(c, '=' | '>' | '/')).unwrap_or(rest.len());
        // A stray sign is no name: it goes, so that reading goes on.
        let length = length.max(rest.chars().next().map_or(1, char::len_utf8));
        let (name, behind) = rest.split_at(length);
        let (value, behind) = value(behind);
        let name = name.to_ascii_lowercase();
        if KEPT.contains(&name.as_str()) {
            let value = local(value).replace('"', "&quot;");
            out.push_str(&format!(" {name}=\"{value}\""));
        }
        rest = behind;
    }
}

/// The value of an attribute, and what comes behind it.
fn value(text: &str) -> (&str, &str) {
    let Some(rest) = text.trim_start().strip_prefix('=').map(str::trim_start) else { return ("", text) };
    for quote in ['"', '\''] {
        if let Some(inner) = rest.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    let end = rest.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(rest.len());
    rest.split_at(end)
}

/// Style that fetches nothing.
fn local(style: &str) -> String {
    let mut out = style.to_owned();
    for word in ["url(", "@import", "image-set("] {
        while let Some(at) = out.to_ascii_lowercase().find(word) {
            out.replace_range(
                at..at + word.len(),
                "none(".get(..if word.ends_with('(') { 5 } else { 0 }).unwrap_or(""),
            );
        }
    }
    out
}

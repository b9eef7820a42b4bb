//! The whole page in one file, for a double click: a browser lets a page from `file://` fetch nothing, so styles,
//! fonts, scripts, both halves of the machine and the lessons stand in it.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};

use crate::site::{self, Site};

/// Gives the page its own files.
const INSIDE: &str = include_str!("inside.js");

/// One file made of a site.
pub fn single(site: &Site) -> Result<String, String> {
    let mut html = text(site, "index.html")?.to_owned();
    html = without(html, "<meta http-equiv=\"Content-Security-Policy\"");
    for rel in ["preload", "modulepreload"] {
        html = without(html, &format!("<link rel=\"{rel}\""));
    }
    html = html.replacen("<script type=\"module\" async>", "<script type=\"module\">", 1);
    html = styled(html, site)?;
    let (script, glue) = scripted(&html, site)?;
    html = html.replacen(&script, "", 1);
    let mut end = String::new();
    // What brings an embed to its step is of no use here.
    let wanted = |name: &str| name.ends_with(".wasm") || name.starts_with("lessons/") && !name.contains(".steps.");
    for (name, bytes) in site.iter().filter(|(name, _)| wanted(name)) {
        let packed = gzip(bytes).map_err(|error| error.to_string())?;
        let (kind, letters) = (site::media(name), BASE64.encode(packed));
        end.push_str(&format!(
            "<script type=\"text/plain\" data-file=\"{name}\" data-type=\"{kind}\">{letters}</script>\n"
        ));
    }
    end.push_str(&element("script", " type=\"module\"", &glue)?);
    let at = html.rfind("</body>").ok_or("index.html has no body")?;
    html.insert_str(at, &end);
    let policy = policy(&html);
    Ok(html.replacen("<meta charset=\"utf-8\">", &format!("<meta charset=\"utf-8\">{policy}"), 1))
}

fn text<'a>(site: &'a Site, name: &str) -> Result<&'a str, String> {
    let bytes = site.get(name).ok_or(format!("the site has no {name}"))?;
    std::str::from_utf8(bytes).map_err(|_| format!("{name} is no text"))
}

/// A page without the tags that begin so.
fn without(mut html: String, start: &str) -> String {
    while let Some(at) = html.find(start)
        && let Some(length) = html[at..].find('>')
    {
        html.replace_range(at..=at + length, "");
    }
    html
}

/// A page whose styles stand in it, with that of the machine's second half and with the fonts.
fn styled(mut html: String, site: &Site) -> Result<String, String> {
    const START: &str = "<link rel=\"stylesheet\"";
    let mut names = Vec::new();
    let first = html.find(START).ok_or("index.html has no style")?;
    while let Some(at) = html.find(START) {
        let length = html[at..].find('>').ok_or("a tag has no end")?;
        let tag = &html[at..=at + length];
        let name =
            tag.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).ok_or("a style has no address")?;
        names.push(name.trim_start_matches("./").to_owned());
        html.replace_range(at..=at + length, "");
    }
    names.extend(site.keys().filter(|name| name.starts_with("later-") && name.ends_with(".css")).cloned());
    let mut all = String::new();
    for name in names {
        all.push_str(&element("style", "", &with_fonts(text(site, &name)?, site)?)?);
    }
    html.insert_str(first, &all);
    Ok(html)
}

/// A style whose fonts stand in it.
fn with_fonts(style: &str, site: &Site) -> Result<String, String> {
    let mut parts = style.split("url(\"fonts/");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('"').ok_or("a font's address has no end")?;
        let bytes = site.get(&format!("fonts/{name}")).ok_or(format!("the site has no fonts/{name}"))?;
        out.push_str(&format!("url(\"data:font/woff2;base64,{}\"{rest}", BASE64.encode(bytes)));
    }
    Ok(out)
}

/// The script that boots the page, as it stands there, and what takes its place: the same with all that it imports.
fn scripted(html: &str, site: &Site) -> Result<(String, String), String> {
    let start = html.find("<script type=\"module\">").ok_or("index.html has no script that boots it")?;
    let end = start + html[start..].find("</script>").ok_or("a script has no end")? + "</script>".len();
    let whole = &html[start..end];
    let boot = &whole["<script type=\"module\">".len()..whole.len() - "</script>".len()];
    let line = boot.lines().find(|line| line.starts_with("import init")).ok_or("the page's script imports nothing")?;
    let name = line.split('\'').nth(1).ok_or("an import has no address")?.trim_start_matches("./");
    let glue = text(site, name)?.replacen("export { initSync, __wbg_init as default };", "", 1);
    if glue.lines().chain(boot.lines()).any(|line| line.starts_with("export ")) {
        return Err(format!("{name} exports what is not known"));
    }
    let boot = boot.replacen(line, "const init = __wbg_init, bindings = {};", 1);
    Ok((whole.to_owned(), format!("{INSIDE}\n{glue}\n{{\n{boot}\n}}\n")))
}

/// An element whose text can't end it.
fn element(tag: &str, attributes: &str, text: &str) -> Result<String, String> {
    if text.to_ascii_lowercase().contains(&format!("</{tag}")) || text.contains("<!--") {
        return Err(format!("a {tag} holds its own end"));
    }
    Ok(format!("<{tag}{attributes}>{text}</{tag}>\n"))
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes)?;
    packer.finish()
}

/// The page's content policy: what stands in it, and nothing else.
fn policy(html: &str) -> String {
    let hashes = |tag: &str| -> String {
        let mut out = String::new();
        for part in html.split(&format!("<{tag}")).skip(1) {
            let Some((attributes, rest)) = part.split_once('>') else { continue };
            let text = rest.split(&format!("</{tag}>")).next().unwrap_or_default();
            if !attributes.contains("text/plain") {
                out.push_str(&format!(" 'sha256-{}'", BASE64.encode(Sha256::digest(text))));
            }
        }
        out
    };
    format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'wasm-unsafe-eval'{}; \
         style-src{}; style-src-attr 'unsafe-inline'; font-src data:; img-src data: blob:; object-src 'none'; \
         base-uri 'none'; form-action 'none'\">",
        hashes("script"),
        hashes("style")
    )
}

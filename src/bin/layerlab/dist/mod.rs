//! `layerlab dist`: what is handed out, made of a built site: the page as one file, the site as an archive, the
//! sums of both, and beside the site's files their packed twins for `layerlab serve`.

mod page;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;
use std::process::ExitCode;

use brotli::enc::BrotliEncoderParams;
use zip::write::SimpleFileOptions;

use crate::fail;
use crate::site::{self, PACKED, Site};

const HELP: &str = "\
Usage: layerlab dist [--dir DIR] [--out DIR]

Make what is handed out of a built site: layerlab.html (the whole page in one file), layerlab-site.zip (for any web
server) and SHA256SUMS; beside the site's files, packed ones for 'layerlab serve'.

Options:
      --dir DIR   the built site (default dist)
      --out DIR   where the results go (default target/bundle)
      --help      show this text
";

/// The folder that the archive unpacks to.
const FOLDER: &str = "layerlab";

struct Options {
    dir: String,
    out: String,
    help: bool,
}

impl Options {
    fn parse(words: Vec<String>) -> Result<Options, String> {
        let mut options = Options { dir: "dist".into(), out: "target/bundle".into(), help: false };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            let place = match name.as_str() {
                "--dir" => &mut options.dir,
                "--out" => &mut options.out,
                "--help" | "-h" => {
                    options.help = true;
                    continue;
                }
                _ => return Err(format!("there is no option '{name}'; see 'layerlab dist --help'")),
            };
            *place = value.or_else(|| words.next()).ok_or(format!("{name} needs a value"))?;
        }
        Ok(options)
    }
}

pub fn main(words: Vec<String>) -> ExitCode {
    match Options::parse(words) {
        Ok(options) if options.help => print!("{HELP}"),
        Ok(options) => match make(&options) {
            Ok(told) => print!("{told}"),
            Err(message) => return fail(&message),
        },
        Err(message) => return fail(&message),
    }
    ExitCode::SUCCESS
}

/// Makes everything; says what and how large.
fn make(options: &Options) -> Result<String, String> {
    let mut site = site::read(&options.dir)?;
    site.retain(|name, _| !name.ends_with(PACKED));
    let results = [
        ("layerlab.html", page::single(&site)?.into_bytes()),
        ("layerlab-site.zip", archive(&site).map_err(|error| error.to_string())?),
    ];
    fs::create_dir_all(&options.out).map_err(|error| format!("{}: {error}", options.out))?;
    let (mut sums, mut told) = (String::new(), String::new());
    for (name, bytes) in &results {
        write(&Path::new(&options.out).join(name), bytes)?;
        sums.push_str(&format!("{}  {name}\n", site::digest(bytes)));
        told.push_str(&format!("{}/{name}: {} bytes\n", options.out, bytes.len()));
    }
    write(&Path::new(&options.out).join("SHA256SUMS"), sums.as_bytes())?;
    let packed = pack(&site, Path::new(&options.dir))?;
    told.push_str(&format!(
        "{}/SHA256SUMS\n{}: packed files for 'layerlab serve', {packed} bytes\n",
        options.out, options.dir
    ));
    Ok(told)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// The site as a zip archive, the same for the same site: in the order of names, without times.
fn archive(site: &Site) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o644);
    for (name, bytes) in site {
        let method = match site::is_packable(name) {
            true => zip::CompressionMethod::Deflated,
            false => zip::CompressionMethod::Stored,
        };
        archive.start_file(format!("{FOLDER}/{name}"), options.compression_method(method))?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// Puts each file's packed twin beside it; gives the bytes of all.
fn pack(site: &Site, folder: &Path) -> Result<usize, String> {
    let mut total = 0;
    for (name, bytes) in site.iter().filter(|(name, _)| site::is_packable(name)) {
        let parameters = BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: bytes.len(), ..Default::default() };
        let mut packed = Vec::new();
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut packed, &parameters).map_err(|error| error.to_string())?;
        if packed.len() < bytes.len() {
            total += packed.len();
            write(&folder.join(format!("{name}{PACKED}")), &packed)?;
        }
    }
    Ok(total)
}

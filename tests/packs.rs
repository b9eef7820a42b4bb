//! Packs of lessons: archives that are read, archives that mean no good, and lessons that `layerlab serve` adds.

mod handed;

use std::io::{Cursor, Write};
use std::path::Path;

use handed::{Folder, Server, layerlab};
use layerlab::lesson::archive::texts;
use layerlab::lesson::unpack;
use layerlab::model::limits;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const GOOD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lessons/good");

fn good(name: &str) -> String {
    std::fs::read_to_string(Path::new(GOOD).join(name)).unwrap()
}

/// An archive of these files.
fn zipped(files: &[(&str, &str)], method: CompressionMethod, remark: &str) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.set_comment(remark.to_owned()).unwrap();
    archive.finish().unwrap().into_inner()
}

#[test]
fn an_archive_s_texts_are_read() {
    let long = "chữ và dấu\n".repeat(2_000);
    let files = [
        ("a/lesson.md", "one"),
        ("a/en.md", &long),
        ("a/picture.png", "no"),
        ("__MACOSX/a/en.md", "no"),
        ("empty.md", ""),
    ];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for remark in ["", "a remark", &"r".repeat(60_000)] {
            let found = texts(&zipped(&files, method, remark)).unwrap();
            let expected = [("a/lesson.md", "one"), ("a/en.md", &long), ("empty.md", "")];
            assert_eq!(found.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>(), expected);
        }
    }
    assert_eq!(texts(&zipped(&[], CompressionMethod::Stored, "")), Some(Vec::new()));
}

#[test]
fn what_is_no_archive_or_holds_too_much_is_refused() {
    for nothing in
        [&b""[..], b"PK", b"PK\x05\x06", b"no archive, however long it may be read by whoever reads it", &[0; 4096]]
    {
        assert_eq!(texts(nothing), None);
    }
    let large = "a".repeat(3 * limits::LESSON_BYTES);
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        assert!(texts(&zipped(&[("a.md", &large)], method, "")).is_some());
        assert_eq!(texts(&zipped(&[("a.md", &format!("{large}a"))], method, "")), None, "a byte too many");
    }
    // A few kilobytes that would be 17 megabytes.
    let names: Vec<String> = (0..22).map(|n| format!("{n}.md")).collect();
    let bomb: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), large.as_str())).collect();
    assert!(bomb.len() * large.len() > limits::PACK_BYTES);
    let packed = zipped(&bomb, CompressionMethod::Deflated, "");
    assert!(packed.len() < 40_000, "{}", packed.len());
    assert_eq!(texts(&packed), None);
    let names: Vec<String> = (0..=limits::PACK_FILES).map(|n| format!("{n}.md")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert_eq!(texts(&zipped(&many, CompressionMethod::Stored, "")), None);
    assert!(texts(&zipped(&many[1..], CompressionMethod::Stored, "")).is_some());
}

#[test]
fn no_damage_panics() {
    let (shared, en) = (good("lesson.md"), good("en.md"));
    let whole = zipped(&[("a/lesson.md", &shared), ("a/en.md", &en)], CompressionMethod::Deflated, "remark");
    // Without its remark it is whole; that is not said to be as long as it is.
    for length in 0..whole.len() - "remark".len() {
        assert_eq!(texts(&whole[..length]), None, "{length} bytes of it");
    }
    let mut chance = 7_u64;
    for _ in 0..20_000 {
        let mut damaged = whole.clone();
        for _ in 0..3 {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (chance >> 33) as usize % damaged.len();
            damaged[at] = (chance >> 20) as u8;
        }
        let _ = texts(&damaged);
    }
    // Encrypted: the flag stands in the list's line.
    let line = whole.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let mut encrypted = whole.clone();
    encrypted[line + 8] |= 1;
    assert_eq!(texts(&encrypted), None);
}

#[test]
fn serve_adds_lessons_from_a_folder_and_an_archive() {
    let site = Folder::site("packs");
    let (shared, vi, en) = (good("lesson.md"), good("vi.md"), good("en.md"));
    std::fs::create_dir_all(site.path("pack/first")).unwrap();
    for (name, text) in [("lesson.md", &shared), ("vi.md", &vi)] {
        std::fs::write(site.path(&format!("pack/first/{name}")), text).unwrap();
    }
    let titled = en.replacen("# ", "# `</script><b>` ", 1);
    let archive = zipped(&[("second/lesson.md", &shared), ("second/en.md", &titled)], CompressionMethod::Deflated, "");
    std::fs::write(site.path("more.zip"), archive).unwrap();
    let (dist, folder, more) = (site.path("dist"), site.path("pack"), site.path("more.zip"));
    let words = ["--dir", &dist, "--listen", "127.0.0.1:0", "--lessons", &folder, "--lessons", &more];
    let server = Server::with(&words);
    assert!(server.told.starts_with("Layerlab is at http://127.0.0.1:"), "{}", server.told);
    let page = server.get("/", "");
    let list = page.split("id=\"lessons\">").nth(1).and_then(|rest| rest.split("</script>").next()).unwrap();
    let rows: Vec<Vec<&str>> = list.lines().map(|row| row.split('\t').collect()).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), ["one", "first", "second"], "{list}");
    assert!(rows[2][4].starts_with("‹/script>‹b>"), "{list}");
    for row in &rows[1..] {
        for lang in ["vi", "en"] {
            let answer = server.get(&format!("/lessons/{}.{lang}.{}.txt", row[0], row[5]), "");
            let packed = answer.split_once("\r\n\r\n").unwrap().1;
            let lesson = unpack(row[0], packed).unwrap_or_else(|| panic!("{answer}"));
            assert_eq!(lesson.steps.len().to_string(), row[2]);
        }
    }
    assert!(server.get("/", "Accept-Encoding: br\r\n").contains("content-encoding: br"));
}

#[test]
fn serve_says_what_is_wrong_with_a_pack() {
    let site = Folder::site("broken-packs");
    let dist = site.path("dist");
    let serve = |place: &str| layerlab(&["serve", "--dir", &dist, "--listen", "192.0.2.1:1", "--lessons", place]);
    let write = |name: &str, text: &[u8]| {
        let path = site.path(name);
        std::fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    assert!(serve(&site.path("nowhere")).contains("nowhere: "));
    assert!(serve(&write("broken.zip", b"PK no")).contains("broken.zip: this is no zip archive"));
    write("pack/lesson.md", good("lesson.md").as_bytes());
    assert!(serve(&site.path("pack")).contains("pack/lesson.md: neither vi.md nor en.md is beside it"));
    write("pack/en.md", good("en.md").replacen("{#", "{%", 1).as_bytes());
    let said = serve(&site.path("pack"));
    assert!(said.contains("pack/en.md:"), "{said}");
    // The name of a lesson that is there.
    write("one/lesson.md", good("lesson.md").as_bytes());
    write("one/en.md", good("en.md").as_bytes());
    assert!(serve(&site.path("one")).contains("there are two lessons of the name 'one'"));
}

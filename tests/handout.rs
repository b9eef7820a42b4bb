//! What is handed out of a built site: `layerlab dist` and `layerlab serve`, over a small site of the real one's shape.
//! What the real one does in a browser is tested in `tests/e2e/handout.test.mjs`.

mod handed;

use std::fs;

use handed::{Folder, Server, layerlab};
use sha2::{Digest, Sha256};

#[test]
fn the_whole_page_stands_in_one_file() {
    let site = Folder::site("single");
    let told = layerlab(&["dist", "--dir", &site.path("dist"), "--out", &site.path("out")]);
    assert!(told.contains("layerlab.html: "), "{told}");
    let page = fs::read_to_string(site.path("out/layerlab.html")).unwrap();
    for gone in
        ["stylesheet", "modulepreload", "import init", "from './", "url(\"fonts/", "export {", "default-src 'self'"]
    {
        assert!(!page.contains(gone), "{gone} in {page}");
    }
    for there in [
        "<style>body { color: red }</style>",
        "<style>.later { color: blue }</style>",
        "url(\"data:font/woff2;base64,Zm9udA==\")",
        "data-file=\"web-0123456789abcdef_bg.wasm\" data-type=\"application/wasm\"",
        "data-file=\"later-0123456789abcdef.wasm\"",
        "data-file=\"lessons/one.en.0123456789.txt\"",
        "const init = __wbg_init, bindings = {};",
        "default-src 'none'; script-src 'wasm-unsafe-eval' 'sha256-",
    ] {
        assert!(page.contains(there), "no {there} in {page}");
    }
    assert_eq!(page.matches("<script type=\"module\">").count(), 1);
}

#[test]
fn a_style_that_would_end_itself_is_refused() {
    let site = Folder::site("refused");
    fs::write(site.path("dist/page-0123456789abcdef.css"), "a::after { content: '</style><script>1</script>' }")
        .unwrap();
    let told = layerlab(&["dist", "--dir", &site.path("dist"), "--out", &site.path("out")]);
    assert_eq!(told, "layerlab: a style holds its own end\n");
    let nothing = layerlab(&["dist", "--dir", &site.path("out")]);
    assert!(nothing.starts_with("layerlab: "), "{nothing}");
}

#[test]
fn the_archive_is_the_site_and_the_sums_are_right() {
    let site = Folder::site("archive");
    for _ in 0..2 {
        // The second time packed files lie beside the others: they are not the site.
        layerlab(&["dist", "--dir", &site.path("dist"), "--out", &site.path("out")]);
    }
    let bytes = fs::read(site.path("out/layerlab-site.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names.len(), 9, "{names:?}");
    let mut index = String::new();
    let mut entry = archive.by_name("layerlab/index.html").unwrap();
    std::io::Read::read_to_string(&mut entry, &mut index).unwrap();
    assert_eq!(index, fs::read_to_string(site.path("dist/index.html")).unwrap());
    for line in fs::read_to_string(site.path("out/SHA256SUMS")).unwrap().lines() {
        let (sum, name) = line.split_once("  ").unwrap();
        let digest = Sha256::digest(fs::read(site.path(&format!("out/{name}"))).unwrap());
        assert_eq!(sum, digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), "{name}");
    }
}

#[test]
fn files_are_served_with_validators_and_kept_by_their_names() {
    let site = Folder::site("served");
    let server = Server::with(&["--dir", &site.path("dist"), "--listen", "127.0.0.1:0"]);
    let page = server.get("/", "");
    assert!(page.starts_with("HTTP/1.1 200 OK"), "{page}");
    assert!(
        page.contains("content-type: text/html; charset=utf-8") && page.contains("cache-control: no-cache"),
        "{page}"
    );
    assert!(
        page.contains("referrer-policy: same-origin") && page.contains("permissions-policy: camera=(), "),
        "{page}"
    );
    let tag = page.split("etag: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    let same = server.get("/", &format!("If-None-Match: {tag}\r\n"));
    assert!(same.starts_with("HTTP/1.1 304") && same.ends_with("\r\n\r\n"), "{same}");
    let machine = server.get("/web-0123456789abcdef_bg.wasm?x=1", "");
    assert!(machine.contains("content-type: application/wasm") && machine.contains("immutable"), "{machine}");
    let head = server.talk("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(head.contains("content-length: ") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn packed_files_go_to_those_who_take_them() {
    let site = Folder::site("packed");
    layerlab(&["dist", "--dir", &site.path("dist"), "--out", &site.path("out")]);
    let server = Server::with(&["--dir", &site.path("dist"), "--listen", "127.0.0.1:0"]);
    let long = "/lessons/one.en.0123456789.txt";
    let packed = server.get(long, "Accept-Encoding: gzip, br\r\n");
    assert!(packed.contains("content-encoding: br") && packed.contains("vary: Accept-Encoding"), "{packed}");
    for refused in ["", "Accept-Encoding: gzip\r\n", "Accept-Encoding: br;q=0\r\n"] {
        let plain = server.get(long, refused);
        assert!(!plain.contains("content-encoding") && plain.contains("word word word"), "{plain}");
    }
    assert!(server.get(&format!("{long}.br"), "").starts_with("HTTP/1.1 404"));
    // A twin of another file is not sent.
    fs::copy(site.path("dist/index.html.br"), site.path("dist/lessons/one.en.0123456789.txt.br")).unwrap();
    let server = Server::with(&["--dir", &site.path("dist"), "--listen", "127.0.0.1:0"]);
    assert!(!server.get(long, "Accept-Encoding: br\r\n").contains("content-encoding"));
}

#[test]
fn a_part_of_a_file_can_be_had() {
    let site = Folder::site("parts");
    let server = Server::with(&["--dir", &site.path("dist"), "--listen", "127.0.0.1:0"]);
    let font = "/fonts/inter.woff2";
    let cases = [
        ("bytes=0-1", "206", "fo", "bytes 0-1/4"),
        ("bytes=2-", "206", "nt", "bytes 2-3/4"),
        ("bytes=-1", "206", "t", "bytes 3-3/4"),
        ("bytes=1-99999999999999999999999", "206", "ont", "bytes 1-3/4"),
        ("bytes=4-", "416", "", "bytes */4"),
        ("bytes=-0", "416", "", "bytes */4"),
        ("bytes=2-1", "200", "font", ""),
        ("bytes=0-0,2-2", "200", "font", ""),
        ("bytes=a-b", "200", "font", ""),
        ("lines=0-1", "200", "font", ""),
    ];
    for (range, status, body, told) in cases {
        let answer = server.get(font, &format!("Range: {range}\r\n"));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{range}: {answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{range}: {answer}");
        assert!(answer.contains(told), "{range}: {answer}");
    }
    assert!(server.get(font, "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n").ends_with("\r\n\r\nfont"));
}

#[test]
fn nothing_but_the_site_is_served() {
    let site = Folder::site("walls");
    fs::write(site.path("secret"), "secret").unwrap();
    fs::write(site.path("dist/.hidden"), "secret").unwrap();
    let server = Server::with(&["--dir", &site.path("dist"), "--listen", "127.0.0.1:0"]);
    for path in [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/.hidden",
        "//../secret",
        "/fonts/../../secret",
        "/%ff%00",
        "/\\..\\secret",
    ] {
        let answer = server.get(path, "");
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
        assert!(!answer.contains("secret"), "{path}: {answer}");
    }
    let post = server.talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert!(post.starts_with("HTTP/1.1 405") && post.contains("allow: GET, HEAD"), "{post}");
}

#[test]
fn it_says_where_it_is() {
    let site = Folder::site("told");
    let alone = Server::with(&["--dir", &site.path("dist"), "--listen", "127.0.0.1:0"]);
    assert!(
        alone.told.starts_with("Layerlab is at http://127.0.0.1:") && alone.told.contains("this computer alone"),
        "{}",
        alone.told
    );
    let open = Server::with(&["--dir", &site.path("dist"), "--listen", "0.0.0.0:0"]);
    assert!(open.told.starts_with("Layerlab is at http://localhost:"), "{}", open.told);
    // A computer in a network shows the code of its address there.
    assert_eq!(open.told.contains("In this network it is at http://"), open.told.contains('█'), "{}", open.told);
    assert!(layerlab(&["serve", "--listen", "everywhere"]).contains("is no place to listen"));
    assert!(layerlab(&["serve", "--dir", &site.path("nowhere")]).starts_with("layerlab: "));
}

//! A small site, and the binary that packs and serves it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs};

const LAYERLAB: &str = env!("CARGO_BIN_EXE_layerlab");

/// The page as Trunk and `site/stage.mjs` leave it, in small.
const INDEX: &str = r#"<!doctype html>
<html lang="en"><head>
<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'self'">
<link rel="preload" href="fonts/inter.woff2" as="font" type="font/woff2" crossorigin>
<link rel="stylesheet" href="./fonts-0123456789abcdef.css" integrity="sha384-x"/>
<link rel="stylesheet" href="./page-0123456789abcdef.css" integrity="sha384-x"/>
<script type="module">
import init, * as bindings from './web-0123456789abcdef.js';
const wasm = await init({ module_or_path: './web-0123456789abcdef_bg.wasm' });
</script>
<script>document.documentElement.dataset.first = "";</script>
<link rel="modulepreload" href="./web-0123456789abcdef.js">
<script type="text/plain" id="lessons">one	5	1	a	b	0123456789</script></head>
<body><div id="app"></div></body></html>
"#;

/// A folder of a test's own, gone with it.
pub struct Folder(PathBuf);

impl Folder {
    /// With a site in `dist`.
    pub fn site(name: &str) -> Folder {
        let folder = Folder(env::temp_dir().join(format!("layerlab-handout-{name}-{}", std::process::id())));
        let long = "word ".repeat(500);
        for (name, content) in [
            ("index.html", INDEX),
            ("page-0123456789abcdef.css", "body { color: red }"),
            ("fonts-0123456789abcdef.css", "@font-face { src: url(\"fonts/inter.woff2\") }"),
            ("later-0123456789abcdef.css", ".later { color: blue }"),
            (
                "web-0123456789abcdef.js",
                "let wasm;\nasync function __wbg_init() {}\nexport { initSync, __wbg_init as default };\n",
            ),
            ("web-0123456789abcdef_bg.wasm", "\0asm1"),
            ("later-0123456789abcdef.wasm", "\0asm2"),
            ("lessons/one.en.0123456789.txt", &long),
            ("fonts/inter.woff2", "font"),
        ] {
            let path = folder.0.join("dist").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(Path::new(name)).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What the binary says, on both streams.
pub fn layerlab(words: &[&str]) -> String {
    let output = Command::new(LAYERLAB).args(words).output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// A running server, until it is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub told: String,
}

impl Server {
    pub fn with(words: &[&str]) -> Server {
        let mut child = Command::new(LAYERLAB).arg("serve").args(words).stdout(Stdio::piped()).spawn().unwrap();
        let mut told = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while !told.contains("Ctrl+C") && lines.read_line(&mut told).unwrap() > 0 {}
        let port = told.split(':').nth(2).and_then(|rest| rest.split('/').next()).and_then(|port| port.parse().ok());
        let port = port.unwrap_or_else(|| panic!("no port in {told}"));
        Server { child, address: SocketAddr::from(([127, 0, 0, 1], port)), told }
    }

    pub fn get(&self, path: &str, headers: &str) -> String {
        self.talk(&format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n"))
    }

    /// Sends a request and reads what comes until the other side closes.
    pub fn talk(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! `layerlab serve`: the built site for a classroom, from this computer.

mod answer;
mod class;
mod packs;

use std::convert::Infallible;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_local;

use crate::{fail, site};
use answer::{Answer, Shelf};
use class::Class;
use site::Site;

const HELP: &str = "\
Usage: layerlab serve [--dir DIR] [--listen ADDRESS:PORT] [--class NAME]

Serve the built site. It is read once, when this starts. Other computers are let in where the address is one that they
reach: 0.0.0.0 stands for all of this computer's. Then the address for them is printed, and a code for phones.

Options:
      --dir DIR               the built site (default dist)
      --listen ADDRESS:PORT   where to listen (default 127.0.0.1:8080; port 0 is any free one)
      --class NAME            let learners join a class by a code, and see how far each of them is
      --lessons PATH          lessons of your own beside the page's: a folder, a zip archive or a lesson in one file (may
                              be repeated)
      --class-file FILE       where the class is kept (default class.sqlite)
      --help                  show this text
";

/// Bytes of a request's head, and how many lines it may have.
const HEAD: usize = 64 << 10;
const LINES: usize = 100;
/// How long a caller may take over a request's head.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause after a caller could not be let in: no descriptors are left, say.
const PAUSE: Duration = Duration::from_millis(50);

struct Options {
    dir: String,
    listen: SocketAddr,
    class: Option<String>,
    class_file: String,
    lessons: Vec<String>,
    help: bool,
}

impl Options {
    fn parse(words: Vec<String>) -> Result<Options, String> {
        let mut options = Options {
            dir: "dist".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            class: None,
            class_file: "class.sqlite".into(),
            lessons: Vec::new(),
            help: false,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None => (word, None),
            };
            let mut value = || value.clone().or_else(|| words.next()).ok_or(format!("{name} needs a value"));
            match name.as_str() {
                "--dir" => options.dir = value()?,
                "--listen" => {
                    let text = value()?;
                    let wrong =
                        |_| format!("'{text}' is no place to listen: an address and a port are, as 127.0.0.1:8080");
                    options.listen = text.parse().map_err(wrong)?;
                }
                "--class" => options.class = Some(value()?),
                "--lessons" => options.lessons.push(value()?),
                "--class-file" => options.class_file = value()?,
                "--help" | "-h" => options.help = true,
                _ => return Err(format!("there is no option '{name}'; see 'layerlab serve --help'")),
            }
        }
        Ok(options)
    }
}

pub fn main(words: Vec<String>) -> ExitCode {
    match Options::parse(words) {
        Ok(options) if options.help => print!("{HELP}"),
        Ok(options) => {
            if let Err(message) = run(&options) {
                return fail(&message);
            }
        }
        Err(message) => return fail(&message),
    }
    ExitCode::SUCCESS
}

fn run(options: &Options) -> Result<(), String> {
    let mut site = packs::put(site::read(&options.dir)?, &options.lessons)?;
    let mut class = options.class.as_ref().map(|name| open_class(options, name, &site)).transpose()?;
    if let Some(class) = &class {
        site = class.brought_to(site);
    }
    let shelf = Shelf::new(site);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    tokio::task::LocalSet::new().block_on(&runtime, async move {
        let failed = |error| format!("{}: {error}", options.listen);
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let here = listener.local_addr().map_err(failed)?;
        let (mut said, own, others) = told(here);
        if let Some(class) = &mut class {
            said.push_str(&class.told(&own, others.as_deref()));
        }
        said.push_str("Ctrl+C ends it.\n");
        // Whoever reads no further has read enough.
        let _ = std::io::stdout().write_all(said.as_bytes()).and_then(|()| std::io::stdout().flush());
        let house = Rc::new(House { shelf, class });
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => talk(stream, peer.ip(), house.clone()),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    })
}

/// Opens a class, whose file must not lie where everybody may read it.
fn open_class(options: &Options, name: &str, site: &Site) -> Result<Class, String> {
    let file = Path::new(&options.class_file);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = |path: &Path| std::fs::canonicalize(path).map_err(|error| format!("{}: {error}", path.display()));
    if real(folder)?.starts_with(real(Path::new(&options.dir))?) {
        return Err(format!("{} would be served to everybody: --class-file names another place", file.display()));
    }
    Class::open(name, &options.class_file, site)
}

/// What this server answers from.
struct House {
    shelf: Shelf,
    class: Option<Class>,
}

impl House {
    async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        match &self.class {
            Some(class) if request.uri().path().starts_with("/class/") => class.answer(request, peer).await,
            _ => self.shelf.answer(&request),
        }
    }
}

/// Answers a caller's requests until it leaves.
fn talk(stream: TcpStream, peer: IpAddr, house: Rc<House>) {
    let _ = stream.set_nodelay(true);
    spawn_local(async move {
        let service = service_fn(|request| {
            let house = house.clone();
            async move { Ok::<_, Infallible>(house.answer(request, peer).await) }
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_headers(LINES).max_buf_size(HEAD);
        // What goes wrong with a connection concerns nobody else.
        let _ = server.serve_connection(TokioIo::new(stream), service).await;
    });
}

/// Where the page is: as it is said, its address on this computer, and the one for others.
fn told(here: SocketAddr) -> (String, String, Option<String>) {
    if !here.ip().is_unspecified() {
        let only =
            if here.ip().is_loopback() { " (this computer alone; --listen 0.0.0.0:8080 lets others in)" } else { "" };
        return (format!("Layerlab is at http://{here}/{only}\n"), format!("http://{here}/"), None);
    }
    let own = format!("http://localhost:{}/", here.port());
    let mut text = format!("Layerlab is at {own}\n");
    let others: Vec<String> =
        reached().into_iter().map(|ip| format!("http://{}/", SocketAddr::new(ip, here.port()))).collect();
    match others.first() {
        Some(first) => {
            text.push_str(&format!("In this network it is at {}\n", others.join(", ")));
            text.push_str(&code(first));
        }
        None => text.push_str("This computer is in no network that others could reach it by.\n"),
    }
    (text, own, others.into_iter().next())
}

/// This computer's addresses in its networks.
fn reached() -> Vec<IpAddr> {
    let all = if_addrs::get_if_addrs().unwrap_or_default();
    let others = all.into_iter().map(|one| one.ip()).filter(|ip| ip.is_ipv4() && !ip.is_loopback());
    others.filter(|ip| !matches!(ip, IpAddr::V4(ip) if ip.is_link_local())).collect()
}

/// An address as a code for a phone's camera, light on dark as most terminals are.
fn code(address: &str) -> String {
    let Ok(code) = QrCode::new(address) else { return String::new() };
    let drawn = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
    format!("\n{drawn}\n\n")
}

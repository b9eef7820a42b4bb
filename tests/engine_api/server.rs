//! A running `layerlab engine`, and the real docker client that talks with it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs};

use crate::recording::Step;

const LAYERLAB: &str = env!("CARGO_BIN_EXE_layerlab");

/// How long a line may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// The engine, until it is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts an engine on a free port of the loopback.
    pub fn start(options: &[&str]) -> Server {
        let mut command = Command::new(LAYERLAB);
        command.args(["engine", "--listen", "tcp://127.0.0.1:0"]).args(options).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the engine");
        let mut line = String::new();
        BufReader::new(child.stderr.take().expect("its words")).read_line(&mut line).expect("its address");
        let address = line.trim().strip_prefix("API listen on tcp://").and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("no address: {line}"));
        Server { child, address }
    }

    /// Sends bytes and reads what comes until the other side closes, or for two seconds.
    pub fn talk(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(2))).expect("a timeout");
        stream.write_all(request).expect("to be heard");
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

/// The real client, in a folder of its own.
pub struct Client {
    pub host: String,
    pub folder: PathBuf,
}

impl Client {
    /// The client on this machine, if there is one.
    pub fn of(server: &Server) -> Option<Client> {
        if !is_there("docker") {
            assert!(env::var_os("LAYERLAB_DOCKER").is_none_or(|wish| wish != "required"), "there is no docker client");
            eprintln!("skipped: there is no docker client");
            return None;
        }
        Some(Client { host: format!("tcp://{}", server.address), folder: folder() })
    }

    /// A command line for a shell, with the client's settings.
    pub fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("bash");
        command.args(["-c", line]).current_dir(self.folder.join("work")).stdin(Stdio::null());
        command.env_remove("DOCKER_CONTEXT").env("DOCKER_HOST", &self.host);
        command.env("DOCKER_CONFIG", self.folder.join(".docker")).env("HOME", &self.folder);
        command
    }

    pub fn run(&self, line: &str) -> Step {
        let mut shell = self.shell(line);
        let (sender, answer) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(shell.output()));
        let output = answer.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no answer in time: $ {line}"));
        let step = step(line, &output.expect("a shell"));
        // A home is a home.
        let home = |text: &str| text.replace(&*self.folder.to_string_lossy(), "/home/learner");
        Step { stdout: home(&step.stdout), stderr: home(&step.stderr), ..step }
    }

    /// What a line prints, which must go well.
    pub fn good(&self, line: &str) -> String {
        let step = self.run(line);
        assert_eq!(step.rc, 0, "$ {line}\n{}{}", step.stdout, step.stderr);
        step.stdout
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub fn step(line: &str, output: &Output) -> Step {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let rc = output.status.code().unwrap_or(-1);
    Step { cmd: line.to_string(), stdout, stderr, rc, unstable: false, stand_in: false }
}

/// Whether a program is on the path.
pub fn is_there(name: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}

/// A fresh folder for a test, with room for the client's settings and for work.
fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("api-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for part in [".docker", "work"] {
        fs::create_dir_all(folder.join(part)).expect("a folder");
    }
    folder
}

/// What the machine's own client answers to each line.
pub fn records(script: &str) -> Vec<Step> {
    let mut child = Command::new(LAYERLAB)
        .args(["exec", "--records", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the machine");
    child.stdin.take().expect("its input").write_all(script.as_bytes()).expect("to be heard");
    let output = child.wait_with_output().expect("records");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect()
}

//! The kernel's side of a script: files, facts and time.

use super::script;
use crate::kernel::{Errno, OpenFlags, Sys};
use crate::model::file::Data;

pub struct Host {
    sys: Sys,
    arguments: Vec<String>,
}

impl Host {
    pub fn new(sys: Sys, arguments: Vec<String>) -> Host {
        Host { sys, arguments }
    }
}

/// The release: what the image says, else that of the images that say nothing.
pub fn version(sys: &Sys) -> String {
    let exe = sys.me(|process| process.exe.clone());
    match sys.env("NODE_VERSION") {
        Some(version) => version.to_string(),
        None if exe.is_some_and(|exe| exe.starts_with("/nodejs/")) => "20.19.5".to_string(),
        None => "18.20.8".to_string(),
    }
}

fn code(errno: Errno) -> &'static str {
    match errno {
        Errno::NoEnt => "ENOENT",
        Errno::Access | Errno::Perm => "EACCES",
        Errno::IsDir => "EISDIR",
        Errno::NotDir => "ENOTDIR",
        Errno::Exist => "EEXIST",
        Errno::RoFs => "EROFS",
        _ => "EIO",
    }
}

impl script::Host for Host {
    fn read(&self, path: &str) -> Result<Vec<u8>, &'static str> {
        self.sys.access(path, 4).map_err(code)?;
        match self.sys.contents(path).map_err(code)? {
            Data::Bytes(bytes) => Ok(bytes.to_vec()),
            _ => Err("EIO"),
        }
    }

    fn write(&self, path: &str, bytes: Vec<u8>) -> Result<(), &'static str> {
        // Opening checks what may be written, and makes what is missing.
        let flags = OpenFlags { read: false, write: true, create: true, ..OpenFlags::READ };
        let fd = self.sys.open(path, flags).map_err(code)?;
        let _ = self.sys.close(fd);
        let mode = self.sys.stat(path).map_or(0o644, |stat| stat.mode & 0o7777);
        self.sys.put(path, Data::new(bytes), mode).map_err(code)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.sys.is_dir(path)
    }

    fn list(&self, path: &str) -> Result<Vec<String>, &'static str> {
        let names = self.sys.read_dir(path).map_err(code)?;
        Ok(names.iter().filter(|name| &***name != "." && &***name != "..").map(|name| name.to_string()).collect())
    }

    fn make_dir(&self, path: &str) -> Result<(), &'static str> {
        self.sys.mkdir(path, 0o755).map_err(code)
    }

    fn remove(&self, path: &str) -> Result<(), &'static str> {
        self.sys.unlink(path).map_err(code)
    }

    fn fact(&self, name: &str) -> String {
        match name {
            "cwd" => self.sys.cwd().to_string(),
            "pid" => self.sys.nspid().to_string(),
            "hostname" => self.sys.hostname().to_string(),
            "version" => version(&self.sys),
            "release" => "6.8.0-layerlab".to_string(),
            "uptime" => {
                let started = self.sys.me(|process| process.started).unwrap_or_default();
                (self.sys.now().since(started).as_millis() as f64 / 1000.0).to_string()
            }
            "tty1" => self.sys.is_terminal(1).is_some().to_string(),
            "tty2" => self.sys.is_terminal(2).is_some().to_string(),
            _ => String::new(),
        }
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.sys.environment().iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    }

    fn arguments(&self) -> Vec<String> {
        self.arguments.clone()
    }

    fn now(&self) -> f64 {
        let (seconds, nanos) = self.sys.now().epoch();
        seconds as f64 * 1000.0 + f64::from(nanos / 1000) / 1000.0
    }

    fn random(&self) -> f64 {
        self.sys.world(|world| (world.random.next_u64() >> 11) as f64 / (1u64 << 53) as f64)
    }
}

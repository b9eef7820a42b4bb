//! System calls on files and descriptors.

use super::{Errno, FileType, OpenFlags, Stat, Sys};
use crate::model::Text;
use crate::model::file::Data;
use crate::model::process::{Message, Packet};
use crate::model::terminal::TtyId;
use crate::model::time::Time;

/// CPU that one call costs, in microseconds.
const CALL: u64 = 2;

impl Sys {
    pub fn open(&self, path: &str, flags: OpenFlags) -> Result<u32, Errno> {
        self.with(|k| k.open(self.pid(), path, flags))
    }

    pub fn close(&self, fd: u32) -> Result<(), Errno> {
        self.with(|k| k.close(self.pid(), fd))
    }

    pub fn dup2(&self, from: u32, to: u32) -> Result<(), Errno> {
        self.with(|k| k.dup2(self.pid(), from, to))
    }

    pub fn dup_from(&self, from: u32, least: u32) -> Result<u32, Errno> {
        self.with(|k| k.dup_from(self.pid(), from, least))
    }

    pub fn set_cloexec(&self, fd: u32, cloexec: bool) {
        self.with(|k| k.set_cloexec(self.pid(), fd, cloexec));
    }

    pub fn pipe(&self) -> Result<(u32, u32), Errno> {
        self.with(|k| k.pipe(self.pid()))
    }

    /// Some bytes; none at the end of the file. EINTR when a caught signal comes first.
    pub async fn read(&self, fd: u32, max: usize) -> Result<Vec<u8>, Errno> {
        self.burn(CALL).await;
        let bytes = self.block_or_signal(|k| k.read(self.pid(), fd, max).transpose()).await?;
        let pages = bytes.len() as u64 / 4096;
        if pages > 0 {
            self.burn(pages).await;
        }
        Ok(bytes)
    }

    /// Everything up to the end of the file.
    pub async fn read_to_end(&self, fd: u32) -> Result<Vec<u8>, Errno> {
        self.read_up_to(fd, crate::model::limits::FILE_BYTES).await
    }

    /// The same, with at most so many bytes.
    pub async fn read_up_to(&self, fd: u32, most: usize) -> Result<Vec<u8>, Errno> {
        let mut all = Vec::new();
        loop {
            let some = self.read(fd, 65_536).await?;
            if some.is_empty() {
                return Ok(all);
            }
            all.extend(some);
            if all.len() > most {
                return Err(Errno::FBig);
            }
        }
    }

    /// Writes all of `bytes`.
    pub async fn write(&self, fd: u32, bytes: &[u8]) -> Result<(), Errno> {
        self.burn(CALL + bytes.len() as u64 / 4096).await;
        let mut rest = bytes;
        loop {
            let count = self.block_or_signal(|k| k.write(self.pid(), fd, rest).transpose()).await?;
            rest = &rest[count..];
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// Writes to standard output, for programs that end when they can't.
    pub async fn print(&self, text: &str) -> Result<(), Errno> {
        self.write(1, text.as_bytes()).await
    }

    /// Writes to standard error; what can't be written is lost.
    pub async fn eprint(&self, text: &str) {
        let _ = self.write(2, text.as_bytes()).await;
    }

    /// The whole content of a file by path.
    pub async fn read_file(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let fd = self.open(path, OpenFlags::READ)?;
        let bytes = self.read_to_end(fd).await;
        let _ = self.close(fd);
        bytes
    }

    pub fn contents(&self, path: &str) -> Result<Data, Errno> {
        self.with(|k| k.contents(self.pid(), path))
    }

    pub fn put(&self, path: &str, data: Data, mode: u16) -> Result<(), Errno> {
        self.with(|k| k.put(self.pid(), path, data, mode))
    }

    pub fn seek(&self, fd: u32, offset: u64) -> Result<(), Errno> {
        self.with(|k| k.seek(self.pid(), fd, offset))
    }

    pub fn is_terminal(&self, fd: u32) -> Option<TtyId> {
        self.with(|k| k.is_terminal(self.pid(), fd))
    }

    /// Columns of the terminal that a descriptor is, if it is one.
    pub fn columns(&self, fd: u32) -> Option<usize> {
        let tty = self.is_terminal(fd)?;
        self.world(|w| w.terminal(tty).map(|t| usize::from(t.columns)))
    }

    pub fn stat(&self, path: &str) -> Result<Stat, Errno> {
        self.with(|k| k.stat(self.pid(), path, true))
    }

    pub fn lstat(&self, path: &str) -> Result<Stat, Errno> {
        self.with(|k| k.stat(self.pid(), path, false))
    }

    pub fn is_dir(&self, path: &str) -> bool {
        self.stat(path).is_ok_and(|stat| stat.kind == FileType::Dir)
    }

    /// `want` is a mask: 4 read, 2 write, 1 execute.
    pub fn access(&self, path: &str, want: u16) -> Result<(), Errno> {
        self.with(|k| k.access(self.pid(), path, want))
    }

    pub fn read_dir(&self, path: &str) -> Result<Vec<Text>, Errno> {
        self.with(|k| k.read_dir(self.pid(), path))
    }

    pub fn read_link(&self, path: &str) -> Result<String, Errno> {
        self.with(|k| k.read_link(self.pid(), path))
    }

    pub fn real_path(&self, path: &str) -> Result<String, Errno> {
        self.with(|k| k.real_path(self.pid(), path))
    }

    pub fn chdir(&self, path: &str) -> Result<(), Errno> {
        self.with(|k| k.chdir(self.pid(), path))
    }

    pub fn mkdir(&self, path: &str, mode: u16) -> Result<(), Errno> {
        self.with(|k| k.mkdir(self.pid(), path, mode))
    }

    pub fn rmdir(&self, path: &str) -> Result<(), Errno> {
        self.with(|k| k.rmdir(self.pid(), path))
    }

    pub fn unlink(&self, path: &str) -> Result<(), Errno> {
        self.with(|k| k.unlink(self.pid(), path))
    }

    pub fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        self.with(|k| k.rename(self.pid(), from, to))
    }

    pub fn link(&self, from: &str, to: &str) -> Result<(), Errno> {
        self.with(|k| k.link(self.pid(), from, to))
    }

    pub fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        self.with(|k| k.symlink(self.pid(), target, path))
    }

    pub fn mkfifo(&self, path: &str, mode: u16) -> Result<(), Errno> {
        self.with(|k| k.mkfifo(self.pid(), path, mode))
    }

    pub fn chmod(&self, path: &str, mode: u16) -> Result<(), Errno> {
        self.with(|k| k.chmod(self.pid(), path, mode))
    }

    pub fn chown(&self, path: &str, uid: Option<u32>, gid: Option<u32>, follow: bool) -> Result<(), Errno> {
        self.with(|k| k.chown(self.pid(), path, uid, gid, follow))
    }

    pub fn set_mtime(&self, path: &str, mtime: i64, nanos: u32) -> Result<(), Errno> {
        self.with(|k| k.set_mtime(self.pid(), path, mtime, nanos))
    }

    pub fn listen(&self, path: &str) -> Result<u32, Errno> {
        self.with(|k| k.listen(self.pid(), path))
    }

    pub fn connect(&self, path: &str) -> Result<u32, Errno> {
        self.with(|k| k.connect(self.pid(), path))
    }

    /// Listens on a TCP port; the address 0 is any.
    pub fn listen_inet(&self, address: u32, port: u16) -> Result<u32, Errno> {
        self.with(|k| k.listen_inet(self.pid(), address, port))
    }

    /// Connects by TCP, after the time that it takes.
    pub async fn connect_inet(&self, address: u32, port: u16) -> Result<u32, Errno> {
        let done = self.with(|k| k.connect_inet(self.pid(), address, port));
        let wait = match done {
            Err(Errno::HostUnreach) => Time::seconds(3),
            Err(Errno::TimedOut) => Time::seconds(130),
            _ => return done,
        };
        self.sleep(wait).await?;
        done
    }

    pub async fn accept(&self, fd: u32) -> Result<u32, Errno> {
        self.block_or_signal(|k| k.accept(self.pid(), fd).transpose()).await
    }

    /// Says that nothing more will be sent on a socket.
    pub fn shutdown(&self, fd: u32) {
        self.with(|k| k.shutdown(self.pid(), fd));
    }

    pub fn send(&self, fd: u32, message: Message) -> Result<(), Errno> {
        self.with(|k| k.send(self.pid(), fd, message))
    }

    /// The next packet; none when the other side has closed. EINTR when a caught signal comes first.
    pub async fn receive(&self, fd: u32) -> Result<Option<Packet>, Errno> {
        self.block_or_signal(|k| k.receive(self.pid(), fd).transpose()).await
    }

    /// Waits until the other side of a connection has closed.
    pub async fn closed(&self, fd: u32) {
        self.block(|k| k.peer_closed(self.pid(), fd).then_some(())).await
    }
}

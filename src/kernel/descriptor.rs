//! Open files and descriptors: open, close, duplicate, pipe, read, write.
//!
//! Reads and writes that can't go on return `Ok(None)` and leave the current task waiting.

use std::rc::Rc;

use super::executor::Key;
use super::files::{Node, OpenFlags};
use super::{Errno, Kernel};
use crate::model::file::{Data, Device, Kind, all_zero};
use crate::model::limits;
use crate::model::process::{Fd, Object, OpenFile, OpenId, Pid, Pipe, PipeId};
use crate::model::signal::Signal;

/// Bytes that a declared or endless file gives in one read.
const CHUNK: usize = 65_536;

impl Kernel {
    pub fn open(&mut self, pid: Pid, path: &str, flags: OpenFlags) -> Result<u32, Errno> {
        let file = self.open_file(pid, path, flags)?;
        self.install(pid, file, 0)
    }

    /// Opens without a descriptor yet.
    fn open_file(&mut self, pid: Pid, path: &str, flags: OpenFlags) -> Result<OpenId, Errno> {
        let mut at = self.resolve(pid, path, true)?;
        if at.node.is_none() {
            if !flags.create {
                return Err(Errno::NoEnt);
            }
            if path.ends_with('/') {
                return Err(Errno::IsDir);
            }
            self.check_create(pid, &at, flags)?;
            at = self.resolve(pid, path, true)?;
        } else if flags.create && flags.exclusive {
            return Err(Errno::Exist);
        }
        let node = at.node.clone().ok_or(Errno::NoEnt)?;
        let want = if flags.read { super::files::READ } else { 0 } | if flags.write { super::files::WRITE } else { 0 };
        self.permit(pid, &node, want)?;
        let object = self.object(pid, &at, &node, flags)?;
        if let Object::PipeRead(_) | Object::PipeWrite(_) = object {
            // A named pipe: one description a side.
            return Ok(self.add_file(object, path, flags));
        }
        Ok(self.add_file(object, &at.path, flags))
    }

    fn object(
        &mut self,
        pid: Pid,
        at: &super::files::Resolved,
        node: &Node,
        flags: OpenFlags,
    ) -> Result<Object, Errno> {
        if let Node::Proc(path) = node {
            if self.proc_is_dir(path) {
                return if flags.write { Err(Errno::IsDir) } else { Ok(Object::Directory) };
            }
            return if flags.write {
                Err(Errno::Access)
            } else {
                Ok(Object::Text(Rc::new(self.proc_read(pid, path)?)))
            };
        }
        match self.inode(node).ok_or(Errno::NoEnt)?.kind.clone() {
            Kind::Dir(_) if flags.write => Err(Errno::IsDir),
            Kind::Dir(_) => Ok(Object::Directory),
            Kind::File(_) => {
                if let Node::Overlay { lower, above: None, below: Some(ino), .. } = node
                    && !flags.write
                {
                    return Ok(Object::Lower { lower: lower.clone(), ino: *ino });
                }
                let (fs, ino) = match (node, flags.write) {
                    (Node::Fs { fs, ino }, false) => (*fs, *ino),
                    (Node::Overlay { upper, above: Some(ino), .. }, false) => (*upper, *ino),
                    _ => self.writable_inode(pid, at)?,
                };
                if flags.truncate && flags.write {
                    let (mtime, nanos) = self.world.now.epoch();
                    if let Some(inode) = self.world.filesystems.get_mut(&fs).and_then(|fs| fs.get_mut(ino)) {
                        inode.kind = Kind::File(Data::new(Vec::new()));
                        (inode.meta.mtime, inode.meta.nanos) = (mtime, nanos);
                    }
                }
                Ok(Object::File { fs, ino })
            }
            Kind::Device(Device::Tty | Device::Console) => {
                self.world.process(pid).and_then(|p| p.tty).map(Object::Terminal).ok_or(Errno::NoSys)
            }
            Kind::Device(Device::Fd(n)) => {
                let fd = self.world.process(pid).and_then(|p| p.fds.get(&u32::from(n))).ok_or(Errno::NoEnt)?;
                let object = self.world.files.get(&fd.file).ok_or(Errno::BadF)?.object.clone();
                Ok(object)
            }
            Kind::Device(device) => Ok(Object::Device(device)),
            Kind::Fifo(number) => {
                Ok(if flags.write { Object::PipeWrite(PipeId(number)) } else { Object::PipeRead(PipeId(number)) })
            }
            Kind::Socket(_) | Kind::Symlink(_) | Kind::Whiteout => Err(Errno::Inval),
        }
    }

    /// Adds an open file description that nobody holds yet.
    pub fn add_file(&mut self, object: Object, path: &str, flags: OpenFlags) -> OpenId {
        match object {
            Object::PipeRead(id) => {
                let mut pipe = self.world.pipes.get(&id).cloned().unwrap_or_default();
                pipe.readers += 1;
                self.world.pipes.insert(id, pipe);
            }
            Object::PipeWrite(id) => {
                let mut pipe = self.world.pipes.get(&id).cloned().unwrap_or_default();
                pipe.writers += 1;
                self.world.pipes.insert(id, pipe);
            }
            Object::Journal { id, .. } => {
                if let Some(journal) = self.world.journals.get_mut(&id) {
                    journal.writers += 1;
                }
            }
            _ => {}
        }
        let id = OpenId(self.world.number());
        let file = OpenFile {
            object,
            path: path.into(),
            readable: flags.read,
            writable: flags.write,
            append: flags.append,
            offset: 0,
            refs: 0,
        };
        self.world.files.insert(id, file);
        id
    }

    /// Takes hold of a description without a descriptor; [`Kernel::release`] lets it go.
    pub fn hold(&mut self, id: OpenId) {
        if let Some(file) = self.world.files.get_mut(&id) {
            file.refs += 1;
        }
    }

    /// Gives a description the lowest free descriptor from `from` on.
    pub fn install(&mut self, pid: Pid, id: OpenId, from: u32) -> Result<u32, Errno> {
        let process = self.world.process(pid).ok_or(Errno::Srch)?;
        // The system's own services may hold more, as their units' limits allow.
        let service = process.user.uid == 0 && process.cgroup.is_none();
        let limit = if service { limits::PROCESSES } else { process.open_files as usize };
        let fds = &process.fds;
        let mut number = from;
        for (used, _) in fds.range(from..) {
            if *used != number {
                break;
            }
            number += 1;
        }
        if number as usize >= limit {
            self.hold(id);
            self.release(id);
            return Err(Errno::MFile);
        }
        self.hold(id);
        if let Some(process) = self.world.process_mut(pid) {
            process.fds.insert(number, Fd { file: id, cloexec: false });
        }
        Ok(number)
    }

    /// dup2(2).
    pub fn dup2(&mut self, pid: Pid, from: u32, to: u32) -> Result<(), Errno> {
        if self.world.process(pid).is_none_or(|process| to >= process.open_files) {
            return Err(Errno::BadF);
        }
        let id = self.file_of(pid, from)?;
        if from == to {
            return Ok(());
        }
        self.hold(id);
        let _ = self.close(pid, to);
        if let Some(process) = self.world.process_mut(pid) {
            process.fds.insert(to, Fd { file: id, cloexec: false });
        }
        Ok(())
    }

    /// fcntl(F_DUPFD): the lowest descriptor from `least` on.
    pub fn dup_from(&mut self, pid: Pid, from: u32, least: u32) -> Result<u32, Errno> {
        let id = self.file_of(pid, from)?;
        self.install(pid, id, least)
    }

    pub fn set_cloexec(&mut self, pid: Pid, fd: u32, cloexec: bool) {
        if let Some(fd) = self.world.process_mut(pid).and_then(|p| p.fds.get_mut(&fd)) {
            fd.cloexec = cloexec;
        }
    }

    pub fn file_of(&self, pid: Pid, fd: u32) -> Result<OpenId, Errno> {
        self.world.process(pid).and_then(|p| p.fds.get(&fd)).map(|fd| fd.file).ok_or(Errno::BadF)
    }

    pub fn close(&mut self, pid: Pid, fd: u32) -> Result<(), Errno> {
        let process = self.world.process_mut(pid).ok_or(Errno::Srch)?;
        let id = process.fds.remove(&fd).ok_or(Errno::BadF)?.file;
        self.release(id);
        Ok(())
    }

    /// One holder fewer; the last one closes the description.
    pub fn release(&mut self, id: OpenId) {
        let Some(file) = self.world.files.get_mut(&id) else { return };
        file.refs = file.refs.saturating_sub(1);
        if file.refs > 0 {
            return;
        }
        let Some(file) = self.world.files.remove(&id) else { return };
        match file.object {
            Object::PipeRead(id) => self.leave_pipe(id, |pipe| pipe.readers = pipe.readers.saturating_sub(1)),
            Object::PipeWrite(id) => self.leave_pipe(id, |pipe| pipe.writers = pipe.writers.saturating_sub(1)),
            Object::Journal { id, .. } => {
                if let Some(journal) = self.world.journals.get_mut(&id) {
                    journal.writers = journal.writers.saturating_sub(1);
                }
                self.wake(Key::Journal(id));
            }
            Object::Socket(id) | Object::Listener(id) => self.close_socket(id),
            Object::File { fs, ino } => {
                let orphan = self.world.filesystems.get(&fs).and_then(|fs| fs.get(ino)).is_some_and(|i| i.links == 0);
                if orphan {
                    self.forget_unless_open(fs, ino);
                }
            }
            _ => {}
        }
    }

    fn leave_pipe(&mut self, id: PipeId, leave: impl FnOnce(&mut Pipe)) {
        if let Some(pipe) = self.world.pipes.get_mut(&id) {
            leave(pipe);
            if pipe.readers == 0 && pipe.writers == 0 {
                self.world.pipes.remove(&id);
            }
        }
        self.wake(Key::Pipe(id));
    }

    /// pipe(2): the reading and the writing descriptor.
    pub fn pipe(&mut self, pid: Pid) -> Result<(u32, u32), Errno> {
        let (read, write) = self.pipe_files();
        let reader = self.install(pid, read, 0)?;
        match self.install(pid, write, 0) {
            Ok(writer) => Ok((reader, writer)),
            Err(errno) => {
                let _ = self.close(pid, reader);
                Err(errno)
            }
        }
    }

    /// A pipe's two descriptions, held by nobody yet.
    pub fn pipe_files(&mut self) -> (OpenId, OpenId) {
        let id = PipeId(self.world.number());
        let read = self.add_file(Object::PipeRead(id), "pipe", OpenFlags::READ);
        let write = OpenFlags { read: false, write: true, ..OpenFlags::READ };
        (read, self.add_file(Object::PipeWrite(id), "pipe", write))
    }

    /// read(2): some bytes, none at the end of the file, `None` when it must wait.
    pub fn read(&mut self, pid: Pid, fd: u32, max: usize) -> Result<Option<Vec<u8>>, Errno> {
        let id = self.file_of(pid, fd)?;
        let file = self.world.files.get(&id).ok_or(Errno::BadF)?;
        if !file.readable {
            return Err(Errno::BadF);
        }
        let offset = file.offset as usize;
        let bytes = match &file.object {
            Object::File { fs, ino } => {
                let inode = self.world.filesystems.get(fs).and_then(|fs| fs.get(*ino)).ok_or(Errno::Io)?;
                read_data(&inode.kind, offset, max)
            }
            Object::Lower { lower, ino } => read_data(&lower.get(*ino).ok_or(Errno::Io)?.kind, offset, max),
            Object::Text(text) => text.iter().skip(offset).take(max).copied().collect(),
            Object::Directory => return Err(Errno::IsDir),
            Object::PipeRead(pipe) => return Ok(self.read_pipe(*pipe, max)),
            Object::Terminal(tty) => return self.read_terminal(pid, *tty, max),
            Object::Socket(socket) => return self.read_socket(*socket, max),
            Object::Device(Device::Null) => Vec::new(),
            Object::Device(Device::Zero | Device::Full) => vec![0; max.min(CHUNK)],
            Object::Device(Device::Random) => self.random_bytes(max.min(CHUNK)),
            Object::Device(_) | Object::PipeWrite(_) | Object::Journal { .. } | Object::Listener(_) => {
                return Err(Errno::BadF);
            }
        };
        if let Some(file) = self.world.files.get_mut(&id) {
            file.offset += bytes.len() as u64;
        }
        Ok(Some(bytes))
    }

    fn random_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend(self.world.random.next_u64().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    fn read_pipe(&mut self, id: PipeId, max: usize) -> Option<Vec<u8>> {
        let pipe = self.world.pipes.get_mut(&id)?;
        if pipe.buffer.is_empty() {
            if pipe.writers == 0 {
                return Some(Vec::new());
            }
            self.wait_on(Key::Pipe(id));
            return None;
        }
        let buffer = Rc::make_mut(&mut pipe.buffer);
        let bytes = if buffer.len() <= max { std::mem::take(buffer) } else { buffer.drain(..max).collect() };
        self.wake(Key::Pipe(id));
        Some(bytes)
    }

    /// write(2): how many bytes were taken, `None` when it must wait.
    pub fn write(&mut self, pid: Pid, fd: u32, bytes: &[u8]) -> Result<Option<usize>, Errno> {
        let id = self.file_of(pid, fd)?;
        match self.write_file(id, bytes) {
            Err(Errno::Pipe) => {
                let _ = self.send_signal(pid, Signal::PIPE, Some(pid));
                Err(Errno::Pipe)
            }
            Ok(Some(count)) => {
                self.account(pid, id, count);
                Ok(Some(count))
            }
            other => other,
        }
    }

    /// What was written to a file counts for the writer's group: as memory or as what went to a disk.
    fn account(&mut self, pid: Pid, id: OpenId, count: usize) {
        let Some(Object::File { fs, .. }) = self.world.files.get(&id).map(|file| &file.object) else { return };
        let fs = *fs;
        let Some(group) = self.world.process(pid).and_then(|process| process.cgroup.clone()) else { return };
        if self.world.filesystems.get(&fs).is_some_and(|fs| fs.tmpfs.is_some()) {
            self.charge_files(pid);
        } else if let Some(cgroup) = self.world.cgroups.get_mut(&group) {
            cgroup.written += count as u64;
        }
    }

    /// Writes through a description, on behalf of nobody in particular.
    pub fn write_file(&mut self, id: OpenId, bytes: &[u8]) -> Result<Option<usize>, Errno> {
        let file = self.world.files.get(&id).ok_or(Errno::BadF)?;
        if !file.writable {
            return Err(Errno::BadF);
        }
        match file.object {
            Object::File { fs, ino } => {
                let offset = if file.append { None } else { Some(file.offset as usize) };
                let end = self.write_inode(fs, ino, offset, bytes)?;
                if let Some(file) = self.world.files.get_mut(&id) {
                    file.offset = end as u64;
                }
                Ok(Some(bytes.len()))
            }
            Object::PipeWrite(pipe) => self.write_pipe(pipe, bytes),
            Object::Terminal(tty) => {
                self.write_terminal(tty, bytes);
                Ok(Some(bytes.len()))
            }
            Object::Journal { id, stream } => {
                self.append_journal(id, stream, bytes);
                Ok(Some(bytes.len()))
            }
            Object::Socket(socket) => self.write_socket(socket, bytes),
            Object::Device(Device::Full) => Err(Errno::NoSpc),
            Object::Device(_) => Ok(Some(bytes.len())),
            _ => Err(Errno::BadF),
        }
    }

    fn write_inode(
        &mut self,
        fs: crate::model::file::FsId,
        ino: u64,
        offset: Option<usize>,
        bytes: &[u8],
    ) -> Result<usize, Errno> {
        let (mtime, nanos) = self.world.now.epoch();
        let full = self.world.disk_full;
        let table = self.world.filesystems.get_mut(&fs).ok_or(Errno::Io)?;
        if full && table.tmpfs.is_none() && !bytes.is_empty() {
            return Err(Errno::NoSpc);
        }
        // Overwriting counts as if it added: what is refused is a little more than on a real tmpfs.
        if let Some(room) = table.tmpfs.filter(|room| *room > 0)
            && crate::oci::layer::size(table) + bytes.len() as u64 > room
        {
            return Err(Errno::NoSpc);
        }
        let inode = table.get_mut(ino).ok_or(Errno::Io)?;
        (inode.meta.mtime, inode.meta.nanos) = (mtime, nanos);
        let Kind::File(data) = &mut inode.kind else { return Err(Errno::Inval) };
        let length = data.len();
        // Zeros at the end of zeros are only counted.
        let hollow = match data {
            Data::Fill(_) => true,
            Data::Bytes(bytes) => bytes.is_empty(),
            Data::Program { .. } => false,
        };
        let at_end = offset.is_none_or(|offset| offset as u64 == length);
        if hollow && at_end && !bytes.is_empty() && all_zero(bytes) {
            let end = length + bytes.len() as u64;
            *data = Data::Fill(end);
            return Ok(end as usize);
        }
        if length > limits::FILE_BYTES as u64 {
            return Err(Errno::FBig);
        }
        if !matches!(data, Data::Bytes(_)) {
            *data = Data::new(vec![0; length as usize]);
        }
        let Data::Bytes(content) = data else { return Err(Errno::Inval) };
        let start = offset.unwrap_or(content.len());
        let end = start + bytes.len();
        if end > limits::FILE_BYTES {
            return Err(Errno::FBig);
        }
        let content = Rc::make_mut(content);
        if content.len() < end {
            content.resize(end, 0);
        }
        content[start..end].copy_from_slice(bytes);
        Ok(end)
    }

    fn write_pipe(&mut self, id: PipeId, bytes: &[u8]) -> Result<Option<usize>, Errno> {
        let pipe = self.world.pipes.get_mut(&id).ok_or(Errno::Pipe)?;
        if pipe.readers == 0 {
            return Err(Errno::Pipe);
        }
        let room = limits::PIPE_BYTES.saturating_sub(pipe.buffer.len());
        if room == 0 && !bytes.is_empty() {
            self.wait_on(Key::Pipe(id));
            return Ok(None);
        }
        let count = bytes.len().min(room);
        Rc::make_mut(&mut pipe.buffer).extend_from_slice(&bytes[..count]);
        self.wake(Key::Pipe(id));
        Ok(Some(count))
    }

    /// lseek(2), from the start of the file.
    pub fn seek(&mut self, pid: Pid, fd: u32, offset: u64) -> Result<(), Errno> {
        let id = self.file_of(pid, fd)?;
        let file = self.world.files.get_mut(&id).ok_or(Errno::BadF)?;
        match file.object {
            Object::File { .. } | Object::Lower { .. } | Object::Text(_) => {
                file.offset = offset;
                Ok(())
            }
            _ => Err(Errno::SPipe),
        }
    }

    /// isatty(3).
    pub fn is_terminal(&self, pid: Pid, fd: u32) -> Option<crate::model::terminal::TtyId> {
        let id = self.file_of(pid, fd).ok()?;
        match self.world.files.get(&id)?.object {
            Object::Terminal(tty) => Some(tty),
            _ => None,
        }
    }
}

fn read_data(kind: &Kind, offset: usize, max: usize) -> Vec<u8> {
    match kind {
        Kind::File(Data::Bytes(bytes)) => bytes.get(offset..).map_or(Vec::new(), |b| b[..b.len().min(max)].to_vec()),
        Kind::File(data) => {
            let left = (data.len() as usize).saturating_sub(offset);
            vec![0; left.min(max).min(CHUNK)]
        }
        _ => Vec::new(),
    }
}

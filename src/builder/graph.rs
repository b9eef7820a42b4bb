//! What a build is made of: operations on trees of files, each on the results of others.

use std::rc::Rc;

use super::instruction::MountKind;
use super::parser::Lines;
use crate::oci::digest::Digest;

/// One thing to do, or to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// The layers of an image.
    Image { reference: String, id: String },
    /// The build context, or another one of that name.
    Context(String),
    /// A file from a here-document.
    Inline { name: String, content: Rc<str>, mode: u16 },
    /// Something from the web.
    Http { url: String },
    /// RUN; the first input is the root, others are mounted.
    Exec(Box<Exec>),
    /// COPY, ADD and WORKDIR; the first input is changed, others are copied from.
    Files(Vec<Action>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exec {
    pub argv: Vec<String>,
    /// `KEY=value`.
    pub env: Vec<String>,
    pub cwd: String,
    pub user: String,
    pub network: String,
    pub hosts: Vec<(String, String)>,
    pub mounts: Vec<ExecMount>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExecMount {
    pub kind: MountKind,
    /// Which input it shows, if it shows one.
    pub input: Option<usize>,
    pub source: String,
    pub target: String,
    pub read_only: bool,
    pub size: u64,
    /// Of a cache or a secret.
    pub id: String,
    pub required: bool,
    /// The variable that a secret is put into, if any.
    pub env: Option<String>,
    pub mode: u16,
    pub uid: u32,
    pub gid: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    MakeDir { path: String, user: String },
    Copy(Box<CopyFiles>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyFiles {
    /// Which input it copies from.
    pub input: usize,
    /// Absolute in that input.
    pub source: String,
    /// Absolute; a slash at the end says that it is a directory.
    pub target: String,
    pub chown: String,
    pub mode: Option<u16>,
    /// A tar is unpacked.
    pub unpack: bool,
    /// The source may hold wildcards.
    pub wildcard: bool,
    /// Only what matches is copied, with its parents below the source.
    pub include: Option<String>,
    pub excludes: Vec<String>,
}

/// An operation in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vertex {
    pub op: Op,
    /// The first is absent where something is made from nothing.
    pub inputs: Vec<Option<usize>>,
    /// `[2/4] WORKDIR /app`.
    pub name: String,
    pub lines: Option<Lines>,
    /// Its result is not looked for in the cache.
    pub ignore_cache: bool,
    /// COPY --link: what is below does not matter.
    pub link: bool,
    /// What it is: equal ones are one.
    pub digest: String,
}

/// The operations of a build; an input stands before what takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    pub vertices: Vec<Vertex>,
}

impl Graph {
    /// Adds an operation, or finds it if it is there: then its later name counts.
    pub fn add(&mut self, mut vertex: Vertex) -> usize {
        let inputs: Vec<&str> =
            vertex.inputs.iter().map(|input| input.map_or("", |at| self.vertices[at].digest.as_str())).collect();
        let text = format!("{:?} {} {}", vertex.op, vertex.link, inputs.join(" "));
        vertex.digest = Digest::of(text.as_bytes()).to_string();
        match self.vertices.iter_mut().position(|known| known.digest == vertex.digest) {
            Some(at) => {
                self.vertices[at].name = vertex.name;
                self.vertices[at].ignore_cache |= vertex.ignore_cache;
                at
            }
            None => {
                self.vertices.push(vertex);
                self.vertices.len() - 1
            }
        }
    }

    /// What a result needs, itself included, inputs first.
    pub fn needed(&self, target: Option<usize>) -> Vec<usize> {
        let mut needed = vec![false; self.vertices.len()];
        if let Some(target) = target {
            needed[target] = true;
        }
        for at in (0..self.vertices.len()).rev().filter(|at| Some(*at) <= target) {
            if needed[at] {
                for input in self.vertices[at].inputs.iter().flatten() {
                    needed[*input] = true;
                }
            }
        }
        (0..needed.len()).filter(|at| needed[*at]).collect()
    }
}

//! apk, apt-get and dpkg: packages as data, installed as files, known to the database of the image.

mod alpine;
mod apk;
mod apt;
mod debian;
mod dpkg;

use crate::kernel::{Program, Sys, split_last};
use crate::model::file::Data;

/// The programs of this family.
pub fn table() -> Vec<Program> {
    vec![
        Program { name: "apk", main: |sys| Box::pin(apk::apk(sys)) },
        Program { name: "apt", main: |sys| Box::pin(apt::apt(sys)) },
        Program { name: "apt-get", main: |sys| Box::pin(apt::apt(sys)) },
        Program { name: "dpkg", main: |sys| Box::pin(dpkg::dpkg(sys)) },
    ]
}

/// The commands that packages bring: where they are put, and the program behind each. What no program is
/// here for is `?`, which says so.
const COMMANDS: &[(&str, &str)] = &[
    ("apache2-utils", "usr/bin/ab=? usr/bin/htpasswd=?"),
    ("bash", "bin/bash=bash"),
    ("bind-tools", "usr/bin/dig=? usr/bin/nslookup=nslookup usr/bin/host=?"),
    ("bind9-dnsutils", "usr/bin/dig=? usr/bin/nslookup=nslookup"),
    ("bind9-host", "usr/bin/host=?"),
    ("binutils", "usr/bin/ld=? usr/bin/as=? usr/bin/strip=?"),
    ("curl", "usr/bin/curl=curl"),
    ("file", "usr/bin/file=?"),
    ("g++", "usr/bin/g++=?"),
    ("gcc", "usr/bin/gcc=? usr/bin/cc=?"),
    ("git", "usr/bin/git=?"),
    ("gnupg", "usr/bin/gpg=?"),
    ("htop", "usr/bin/htop=?"),
    ("inetutils-telnet", "usr/bin/telnet=?"),
    ("iproute2", "sbin/ip=ip usr/bin/ss=?"),
    ("iproute2-minimal", "sbin/ip=ip"),
    ("iputils-ping", "usr/bin/ping=ping"),
    ("jq", "usr/bin/jq=?"),
    ("less", "usr/bin/less=less"),
    ("lsof", "usr/bin/lsof=?"),
    ("make", "usr/bin/make=?"),
    ("nano", "usr/bin/nano=nano"),
    ("net-tools", "usr/bin/netstat=? sbin/ifconfig=?"),
    ("netcat-openbsd", "usr/bin/nc=nc"),
    ("netcat-traditional", "usr/bin/nc=nc"),
    ("nginx", "usr/sbin/nginx=nginx"),
    ("nodejs", "usr/bin/node=node"),
    ("npm", "usr/bin/npm=npm usr/bin/npx=npx"),
    ("openssl", "usr/bin/openssl=?"),
    ("postgresql16-client", "usr/bin/psql=psql usr/bin/pg_dump=?"),
    ("postgresql17-client", "usr/bin/psql=psql usr/bin/pg_dump=?"),
    ("postgresql-client-15", "usr/bin/psql=psql usr/bin/pg_dump=?"),
    (
        "procps",
        "usr/bin/ps=ps usr/bin/top=top usr/bin/free=free usr/bin/pgrep=pgrep usr/bin/pkill=pkill usr/bin/uptime=uptime",
    ),
    ("procps-ng", "usr/bin/ps=ps usr/bin/top=top usr/bin/free=free usr/bin/pgrep=pgrep usr/bin/pkill=pkill"),
    ("py3-pip", "usr/bin/pip=pip usr/bin/pip3=pip"),
    ("python3", "usr/bin/python3=python3"),
    ("python3-pip", "usr/bin/pip=pip usr/bin/pip3=pip"),
    ("redis", "usr/bin/redis-server=redis-server usr/bin/redis-cli=redis-cli"),
    ("redis-server", "usr/bin/redis-server=redis-server"),
    ("redis-tools", "usr/bin/redis-cli=redis-cli"),
    ("rsync", "usr/bin/rsync=?"),
    ("strace", "usr/bin/strace=?"),
    ("sudo", "usr/bin/sudo=sudo"),
    ("tree", "usr/bin/tree=?"),
    ("unzip", "usr/bin/unzip=?"),
    ("vim", "usr/bin/vim=vi"),
    ("vim-tiny", "usr/bin/vi=vi"),
    ("wget", "usr/bin/wget=wget"),
    ("zip", "usr/bin/zip=?"),
];

/// A package's files below the root: path, and the program where it is a command.
fn files(name: &str) -> Vec<(&'static str, Option<&'static str>)> {
    let own = COMMANDS.iter().find(|(known, _)| *known == name).map_or("", |(_, files)| *files);
    own.split_ascii_whitespace()
        .filter_map(|file| file.split_once('='))
        .map(|(path, program)| (path, Some(program)))
        .collect()
}

/// Puts a package's files in their places: its commands, and the room that the rest takes. The paths.
fn put_files(sys: &Sys, name: &str, bytes: u64) -> Result<Vec<String>, crate::kernel::Errno> {
    let mut paths = Vec::new();
    let commands = files(name);
    let share = if commands.is_empty() { 0 } else { bytes / 2 / commands.len() as u64 };
    for (path, program) in &commands {
        let path = format!("/{path}");
        // A name that the base has as a link to busybox is the package's from now on.
        let _ = sys.unlink(&path);
        make_dirs(sys, split_last(&path).0);
        let data = Data::Program { name: program.unwrap_or("?").into(), len: share.max(1) };
        sys.put(&path, data, 0o755)?;
        paths.push(path);
    }
    let rest = bytes.saturating_sub(share * commands.len() as u64);
    if rest > 0 {
        let path = format!("/usr/share/{name}/data");
        make_dirs(sys, split_last(&path).0);
        sys.put(&path, Data::Fill(rest), 0o644)?;
        paths.push(path);
    }
    Ok(paths)
}

fn make_dirs(sys: &Sys, path: &str) {
    if !sys.is_dir(path) {
        let (above, name) = split_last(path);
        if !name.is_empty() {
            make_dirs(sys, above);
        }
        let _ = sys.mkdir(path, 0o755);
    }
}

/// Removes a package's files and the folder that it had alone.
fn remove_files(sys: &Sys, paths: &[String]) {
    for path in paths {
        let _ = sys.unlink(path);
        let folder = split_last(path).0;
        if folder.starts_with("/usr/share/") {
            let _ = sys.rmdir(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_packages() {
        for (name, files) in COMMANDS {
            let known = alpine::package(name, 22).is_some() || debian::package(name).is_some();
            assert!(known && !files.is_empty(), "{name}");
        }
    }

    #[test]
    fn what_packages_need_is_there() {
        for name in alpine::names() {
            let package = alpine::package(name, 22).expect("a package");
            for need in package.needs {
                assert!(alpine::package(need, 22).is_some(), "{name} needs {need}");
            }
        }
        for name in debian::names() {
            let package = debian::package(name).expect("a package");
            for need in package.needs.iter().chain(&package.wants) {
                assert!(debian::package(need).is_some() || debian::is_base(need), "{name} needs {need}");
            }
        }
    }
}

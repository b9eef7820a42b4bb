//! Files and directories.

use super::Machine;

fn machine() -> Machine {
    Machine::new(&[("f", "hi\n"), ("d/", ""), ("x.sh", "#!/bin/cat\nhello\n")])
}

#[test]
fn ls_lists() {
    let m = machine();
    m.prints("ls", "", "d\nf\nx.sh\n");
    m.prints("ls -a d", "", ".\n..\n");
    m.prints("ls -F", "", "d/\nf\nx.sh\n");
    m.prints("ls -l f", "", "-rw-r--r-- 1 root root 3 Jan 25 08:00 f\n");
    m.prints("bb ls -l f", "", "-rw-r--r--    1 root     root             3 Jan 25 08:00 f\n");
    m.prints("ls -C", "", "d  f  x.sh\n");
    m.prints("ls -d d f", "", "d\nf\n");
    m.prints("ls f d", "", "f\n\nd:\n");
    m.prints("ls -R", "", ".:\nd\nf\nx.sh\n\n./d:\n");
    m.complains("ls nox", "ls: cannot access 'nox': No such file or directory\n", 2);
    m.complains("bb ls nox", "ls: nox: No such file or directory\n", 1);
    m.complains("ls -z", "ls: invalid option -- 'z'\nTry 'ls --help' for more information.\n", 2);
    m.complains("ls --sort=size", "layerlab: ls --sort is not simulated\n", 126);
    let usage = m.busybox(&["ls", "-z"], "");
    assert!(usage.status == 1 && usage.err.starts_with("ls: invalid option -- 'z'\nBusyBox v"), "{usage:?}");
}

#[test]
fn directories_are_made_and_removed() {
    let m = machine();
    m.prints("mkdir -p a/b/c", "", "");
    m.prints("find a -type d", "", "a\na/b\na/b/c\n");
    m.complains("mkdir a", "mkdir: cannot create directory ‘a’: File exists\n", 1);
    m.complains("bb mkdir a", "mkdir: can't create directory 'a': File exists\n", 1);
    m.complains("mkdir no/x", "mkdir: cannot create directory ‘no/x’: No such file or directory\n", 1);
    m.complains("mkdir -p f/x", "mkdir: cannot create directory ‘f’: Not a directory\n", 1);
    m.complains("rmdir a", "rmdir: failed to remove 'a': Directory not empty\n", 1);
    m.complains("bb rmdir a", "rmdir: 'a': Directory not empty\n", 1);
    m.complains("rm a", "rm: cannot remove 'a': Is a directory\n", 1);
    m.complains("bb rm a", "rm: 'a' is a directory\n", 1);
    m.complains("rm nox", "rm: cannot remove 'nox': No such file or directory\n", 1);
    m.complains("bb rm nox", "rm: can't remove 'nox': No such file or directory\n", 1);
    m.prints("rm -f nox", "", "");
    m.complains("rm -rf ..", "rm: refusing to remove '.' or '..' directory: skipping '..'\n", 1);
    let root = m.gnu(&["rm", "-rf", "/"], "");
    assert_eq!(root.status, 1);
    m.prints("rm -r a", "", "");
    m.complains("ls a", "ls: cannot access 'a': No such file or directory\n", 2);
    m.complains("rm", "rm: missing operand\nTry 'rm --help' for more information.\n", 1);
    m.says("rm -i f", "n\n", "", "rm: remove regular file 'f'? ", 0);
}

#[test]
fn files_are_copied_and_moved() {
    let m = machine();
    m.prints("cp f d/", "", "");
    m.prints("cat d/f", "", "hi\n");
    m.prints("cp -r d e", "", "");
    m.prints("mv e/f e/g", "", "");
    m.prints("find e", "", "e\ne/g\n");
    m.prints("cp -v f h", "", "'f' -> 'h'\n");
    m.complains("cp nox y", "cp: cannot stat 'nox': No such file or directory\n", 1);
    m.complains("bb cp nox y", "cp: can't stat 'nox': No such file or directory\n", 1);
    m.complains("cp d q", "cp: -r not specified; omitting directory 'd'\n", 1);
    m.complains("cp f f", "cp: 'f' and 'f' are the same file\n", 1);
    m.complains("cp -r d d/x", "cp: cannot copy a directory, 'd', into itself, 'd/x'\n", 1);
    m.complains("mv nox y", "mv: cannot stat 'nox': No such file or directory\n", 1);
    m.complains("bb mv nox y", "mv: can't rename 'nox': No such file or directory\n", 1);
    m.complains("cp f", "cp: missing destination file operand after 'f'\nTry 'cp --help' for more information.\n", 1);
    m.complains("cp f h nodir", "cp: target 'nodir': No such file or directory\n", 1);
    m.prints("ln -s f link", "", "");
    m.prints("readlink link", "", "f\n");
    m.prints("cat link", "", "hi\n");
    m.complains("ln -s f link", "ln: failed to create symbolic link 'link': File exists\n", 1);
    m.prints("realpath link", "", "/work/f\n");
}

#[test]
fn attributes() {
    let m = machine();
    m.prints("chmod 755 x.sh", "", "");
    m.prints("stat -c \"%A %a\" x.sh", "", "-rwxr-xr-x 755\n");
    m.prints("env ./x.sh", "", "#!/bin/cat\nhello\n");
    m.prints("chmod u-x,go=w x.sh", "", "");
    m.prints("stat -c \"%a %s %n %U\" x.sh", "", "622 17 x.sh root\n");
    m.complains("chmod zz f", "chmod: invalid mode: ‘zz’\nTry 'chmod --help' for more information.\n", 1);
    m.complains("chown nobody f", "chown: invalid user: ‘nobody’\n", 1);
    m.prints("chown ann:wheel f", "", "");
    m.prints("ls -l f", "", "-rw-r--r-- 1 ann wheel 3 Jan 25 08:00 f\n");
    let denied = m.run_as(1000, "/bb", &["chown", "ann", "x.sh"], "");
    assert_eq!(denied.err, "chown: x.sh: Operation not permitted\n");
    m.prints("touch -d 2020-01-02 new", "", "");
    m.prints("ls -l new", "", "-rw-r--r-- 1 root root 0 Jan  2  2020 new\n");
    m.complains("touch no/x", "touch: cannot touch 'no/x': No such file or directory\n", 1);
    m.complains("bb touch no/x", "touch: no/x: No such file or directory\n", 1);
}

#[test]
fn find_tests_and_acts() {
    let m = machine();
    m.prints("mkdir -p d/e", "", "");
    m.prints("touch d/e/one.txt d/two.txt", "", "");
    m.prints("find . -name *.txt", "", "./d/e/one.txt\n./d/two.txt\n");
    m.prints("find . -maxdepth 1 -type f -o -name e", "", "./f\n./x.sh\n");
    m.prints("find . ( -name f -o -name d ) ! -type d", "", "./f\n");
    m.prints("find . -name f -exec cat {} ;", "", "hi\n");
    m.prints("find d -type f -exec wc -c {} +", "", "0 d/e/one.txt\n0 d/two.txt\n0 total\n");
    m.prints("find d -empty -delete", "", "");
    m.prints("find .", "", ".\n./d\n./d/e\n./f\n./x.sh\n".replace("./d\n./d/e\n", "").as_str());
    m.complains("find nox", "find: ‘nox’: No such file or directory\n", 1);
    m.complains("find -foo", "find: unknown predicate `-foo'\n", 1);
    m.complains("find . -printf %p", "layerlab: find -printf is not simulated\n", 126);
}

#[test]
fn names() {
    let m = machine();
    m.prints("basename /a/b/c.txt .txt", "", "c\n");
    m.prints("dirname /a/b/c.txt", "", "/a/b\n");
    m.prints("which ls", "", "/bin/ls\n");
    m.prints("pwd", "", "/work\n");
    m.prints("du -b f", "", "3\tf\n");
    let name = m.gnu(&["mktemp", "-u"], "").out;
    assert!(name.starts_with("/tmp/tmp.") && name.len() == 20, "{name}");
}

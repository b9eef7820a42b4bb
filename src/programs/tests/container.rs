//! Commands about commands, processes and the machine.

use super::Machine;

fn machine() -> Machine {
    Machine::new(&[("f", "hi\n"), ("words", "a b\nc 'd e'\n")])
}

#[test]
fn xargs_runs_commands() {
    let m = machine();
    m.prints("xargs -n 2 basename -a", "a/b c/d e\n", "b\nd\ne\n");
    m.prints("xargs -I{} basename -a x/{} {}", "p q\nr\n", "p q\np q\nr\nr\n");
    m.says("xargs nosuch", "a\n", "", "xargs: nosuch: No such file or directory\n", 127);
    m.says("xargs cat", "nox\n", "", "cat: nox: No such file or directory\n", 123);
    m.prints("xargs -r nosuch", "", "");
}

#[test]
fn commands_run_commands() {
    let m = machine();
    m.prints("env -i B=2 env", "", "B=2\n");
    m.prints("printenv A", "", "1\n");
    m.complains("env nosuch", "env: ‘nosuch’: No such file or directory\n", 127);
    m.complains("bb env nosuch", "env: can't execute 'nosuch': No such file or directory\n", 127);
    m.says("timeout 1 sleep 5", "", "", "", 124);
    m.says("bb timeout 1 sleep 5", "", "", "", 143);
    m.prints("timeout 5 cat f", "", "hi\n");
    let mine = m.run_as(1000, "/bin", &["sudo", "whoami"], "");
    assert_eq!((mine.out.as_str(), mine.status), ("root\n", 0));
    m.prints("su ann -s /bin/id", "", "uid=1000(ann) gid=1000(ann) groups=1000(ann)\n");
}

#[test]
fn numbers() {
    let m = machine();
    m.prints("seq 3", "", "1\n2\n3\n");
    m.prints("seq -w 8 10", "", "08\n09\n10\n");
    m.prints("seq -s, 1 0.5 2", "", "1.0,1.5,2.0\n");
    m.prints("seq 3 -1 1", "", "3\n2\n1\n");
    m.prints("printf %s=%d\\n a 1 b 2", "", "a=1\nb=2\n");
    m.prints("bb echo -e a\\tb", "", "a\tb\n");
    m.says("[ 1 -gt 2 ]", "", "", "", 1);
    m.prints("test -f f", "", "");
    m.prints("expr 2 + 3 * 4", "", "14\n");
    m.prints("expr abc : a\\(.*\\)", "", "bc\n");
    m.complains("expr 1 / 0", "expr: division by zero\n", 2);
    m.says("expr 1 = 2", "", "0\n", "", 1);
    m.complains("seq x", "seq: invalid floating point argument: ‘x’\nTry 'seq --help' for more information.\n", 1);
    m.complains("sleep x", "sleep: invalid time interval ‘x’\nTry 'sleep --help' for more information.\n", 1);
    m.complains("bb sleep x", "sleep: invalid number 'x'\n", 1);
}

#[test]
fn processes_are_shown() {
    let m = machine();
    m.prints("bb ps -o pid,args", "", "PID   COMMAND\n    1 /bin/sleep infinity\n    2 ps -o pid,args\n");
    m.prints(
        "bb ps",
        "",
        "PID   USER     TIME  COMMAND\n    1 root      0:00 /bin/sleep infinity\n    3 root      0:00 ps\n",
    );
    m.prints("ps -ef", "", "UID        PID  PPID  C STIME TTY          TIME CMD\nroot         1     0  0 08:00 ?        00:00:00 /bin/sleep infinity\nroot         4     1  0 08:00 ?        00:00:00 ps -ef\n");
    let aux = m.gnu(&["ps", "aux"], "").out;
    assert!(
        aux.starts_with("USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\nroot         1 "),
        "{aux}"
    );
    m.prints("kill -l 9", "", "KILL\n");
    m.complains("kill x", "kill: failed to parse argument: 'x'\n", 1);
    m.complains("bb kill 999", "kill: can't kill pid 999: No such process\n", 1);
    m.prints("bb pidof sleep", "", "1\n");
}

#[test]
fn the_machine_speaks_of_itself() {
    let m = machine();
    m.prints("date", "", "Sun Jan 25 08:00:00 UTC 2026\n");
    m.prints("date -d @0 +%F_%T", "", "1970-01-01_00:00:00\n");
    m.prints("date -u -d \"2024-02-28 12:00 2 days\" +%d", "", "01\n");
    m.prints("hostname", "", "box\n");
    m.prints("uname -s -m", "", "Linux x86_64\n");
    m.prints("id", "", "uid=0(root) gid=0(root) groups=0(root)\n");
    m.prints("id -un ann", "", "ann\n");
    m.complains("id nox", "id: ‘nox’: no such user\n", 1);
    m.complains("bb id nox", "id: unknown user nox\n", 1);
    m.prints("nproc", "", "2\n");
    assert!(m.gnu(&["df", "-h"], "").out.starts_with("Filesystem      Size  Used Avail Use% Mounted on\n/dev/vda1"));
    assert!(m.gnu(&["free"], "").out.contains("Mem:         8035000"));
    m.complains("vim f", "layerlab: vim opens the page's editor, and needs a terminal (-it) to do so\n", 1);
    m.complains("vim", "layerlab: vim without a file is not simulated\n", 126);
    m.prints("nl -n rz -w 3 f", "", "001\thi\n");
    m.complains("nice -n 5 true", "layerlab: nice -n is not simulated\n", 126);
    m.complains("touch -a f", "layerlab: touch -a is not simulated\n", 126);
}

#[test]
fn busybox_is_one_program() {
    let m = machine();
    m.prints("busybox basename /a/b", "", "b\n");
    m.complains("busybox nosuch", "nosuch: applet not found\n", 127);
    m.complains("busybox telnet", "layerlab: telnet is not simulated\n", 126);
    assert!(m.gnu(&["busybox"], "").out.contains("Currently defined functions:\n\t"));
}

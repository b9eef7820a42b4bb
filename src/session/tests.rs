//! The session over stand-ins of a shell and two programs.

use super::log::Console;
use super::log::Switch;
use super::*;
use crate::kernel::{LocalFuture, Sys};
use crate::model::process::Run;

/// A shell of a few lines: it runs one program a line and waits for it.
async fn shell(sys: Sys) -> i32 {
    let argv = sys.argv();
    if let [_, flag, command] = argv.as_slice()
        && flag == "-c"
    {
        return command_line(&sys, command).await;
    }
    sys.catch_signal(Signal::INT, true);
    loop {
        sys.shell(|state| state.interactive = true);
        let _ = sys.print("$ ").await;
        let line = match sys.read(0, 4096).await {
            Ok(line) if line.is_empty() => return 0,
            Ok(line) => String::from_utf8_lossy(&line).trim().to_string(),
            Err(_) => {
                sys.take_signal();
                let _ = sys.print("\n").await;
                continue;
            }
        };
        if line == "exit" {
            return 4;
        }
        let status = command_line(&sys, &line).await;
        sys.shell(|state| state.status = status);
    }
}

async fn command_line(sys: &Sys, line: &str) -> i32 {
    let words: Vec<String> = line.split_whitespace().map(String::from).collect();
    let Some(name) = words.first() else { return 0 };
    let Ok(path) = sys.which(name) else {
        sys.eprint(&format!("bash: {name}: command not found\n")).await;
        return 127;
    };
    let Ok(child) = sys.spawn(&path, &words, sys.environment()).await else { return 126 };
    if let Some(tty) = sys.is_terminal(0) {
        sys.set_group(child, 0);
        sys.set_foreground(tty, child);
    }
    let status = sys.wait_for(child).await.code();
    if let Some(tty) = sys.is_terminal(0) {
        let own = sys.me(|p| p.pgid).unwrap_or(0);
        sys.set_foreground(tty, own);
    }
    status
}

async fn cat(sys: Sys) -> i32 {
    while let Ok(bytes) = sys.read(0, 4096).await {
        if bytes.is_empty() || sys.write(1, &bytes).await.is_err() {
            return 0;
        }
    }
    1
}

async fn sleep(sys: Sys) -> i32 {
    let seconds = sys.argv().get(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    let _ = sys.sleep(Time::seconds(seconds)).await;
    0
}

async fn spin(sys: Sys) -> i32 {
    loop {
        sys.burn(300).await;
    }
}

async fn say(sys: Sys) -> i32 {
    let _ = sys.print(&format!("{}\n", sys.argv()[1..].join(" "))).await;
    sys.eprint("said\n").await;
    3
}

fn programs() -> Vec<Program> {
    vec![
        init::PROGRAM,
        Program { name: "bash", main: |sys| -> LocalFuture<i32> { Box::pin(shell(sys)) } },
        Program { name: "cat", main: |sys| -> LocalFuture<i32> { Box::pin(cat(sys)) } },
        Program { name: "say", main: |sys| -> LocalFuture<i32> { Box::pin(say(sys)) } },
        Program { name: "sleep", main: |sys| -> LocalFuture<i32> { Box::pin(sleep(sys)) } },
        Program { name: "spin", main: |sys| -> LocalFuture<i32> { Box::pin(spin(sys)) } },
    ]
}

fn session() -> Session {
    Session::with_programs(Boot::default(), programs())
}

fn screen(session: &mut Session) -> String {
    String::from_utf8_lossy(&session.take_output()).replace('\r', "")
}

const LONG: Time = Time::seconds(3600);

#[test]
fn a_line_runs_and_leaves_a_tick() {
    let mut session = session();
    assert_eq!(screen(&mut session), "$ ");
    session.submit("say hello").expect("a line");
    assert!(session.run_to_prompt(LONG));
    assert_eq!(screen(&mut session), "say hello\nhello\nsaid\n$ ");
    let [tick] = session.ticks() else { panic!("one tick") };
    assert_eq!((tick.text.as_str(), tick.kind, tick.status), ("say hello", timeline::Kind::Host, Some(3)));
    assert!(tick.after.as_ref().is_some_and(|after| *after != tick.before));
}

#[test]
fn pasted_lines_wait_for_a_reader_and_keys_end_what_runs() {
    let mut session = session();
    session.submit("sleep 10\ncat\nto cat").expect("lines");
    assert!(session.run_to_reader(LONG));
    assert_eq!(session.machine().now().as_secs(), 11);
    session.key(Key::End).expect("a key");
    assert!(session.run_to_prompt(LONG));
    assert_eq!(screen(&mut session), "$ sleep 10\n$ cat\nto cat\nto cat\n$ ");
    assert_eq!(session.ticks().len(), 2);
    assert!(session.log().contains(&Input::Stdin("to cat".into())));
    session.submit("spin").expect("a line");
    session.advance(Time::seconds(2));
    assert!(session.busy());
    session.key(Key::Interrupt).expect("a key");
    assert!(session.run_to_prompt(LONG));
    assert_eq!(session.ticks()[2].status, Some(130));
}

#[test]
fn a_replay_is_equal_wherever_the_pump_stopped() {
    let mut session = session();
    session.submit("spin").expect("a line");
    session.elapse(Time(12_345_678));
    session.pump(7);
    session.pump(2);
    session.key(Key::Interrupt).expect("a key");
    session.submit("sleep 2\nsay x").expect("lines");
    session.run_to_prompt(LONG);
    session.apply(Input::Switch(Switch::Network(false))).expect("a switch");
    session.apply(Input::Resize { rows: 30, columns: 100 }).expect("a size");
    let saved = session.save();
    let log = log::load(&saved).expect("a log");
    let mut again = Session::replay(&log, programs()).expect("a session");
    assert!(again.world() == session.world());
    assert_eq!(again.save(), saved);
    assert!(again.ticks() == session.ticks());
}

#[test]
fn undo_then_redo_is_the_identity_and_live_on_goes_back() {
    let mut session = session();
    let start = session.world();
    for line in ["say a", "sleep 3", "say b"] {
        session.submit(line).expect("a line");
        assert!(session.run_to_prompt(LONG));
    }
    session.advance(Time::seconds(5));
    let end = session.world();
    session.undo().expect("a step");
    assert_eq!(session.ticks().len(), 2);
    assert!(screen(&mut session).ends_with("$ sleep 3\n$ "));
    session.redo().expect("a step");
    assert!(session.world() == end);
    assert_eq!(session.redo(), Err(Refusal::NoStep));
    session.live_on(0).expect("a step");
    assert!(session.world() == start);
    assert_eq!(session.undo(), Err(Refusal::NoStep));
    session.redo().expect("a step");
    let saved = session.save();
    let again = Session::replay(&log::load(&saved).expect("a log"), programs()).expect("a session");
    assert!(again.world() == session.world() && again.can_redo());
}

#[test]
fn edits_are_operations_and_stay_in_bounds() {
    let mut session = session();
    let edit = |path: &str| Input::Edit { path: path.into(), content: log::Content::new(b"x\n") };
    session.apply(edit("/home/learner/myapp/server.js")).expect("an edit");
    assert_eq!(session.ticks().len(), 1);
    let denied = session.apply(edit("/etc/passwd"));
    assert_eq!(denied, Err(Refusal::Edit("/etc/passwd: Permission denied".into())));
    assert!(matches!(session.apply(edit("/etc/new")), Err(Refusal::Edit(_))));
    assert_eq!(session.ticks().len(), 1);
    let large = log::Content::Text("x".repeat(limits::FILE_BYTES + 1));
    let refused = session.apply(Input::Edit { path: "/tmp/x".into(), content: large });
    assert_eq!(refused, Err(Refusal::FileTooLarge(limits::FILE_BYTES + 1)));
}

#[test]
fn long_lines_and_full_logs_are_refused_by_name() {
    let mut session = session();
    let long = "x".repeat(limits::LINE_BYTES + 1);
    assert_eq!(session.submit(&long), Err(Refusal::LineTooLong(limits::LINE_BYTES + 1)));
    assert_eq!(session.submit(&"\n".repeat(limits::LOG_ENTRIES + 1)), Err(Refusal::LogFull));
    session.submit("say \u{3}\u{4}ok\u{1b}").expect("a line");
    session.run_to_prompt(LONG);
    assert!(screen(&mut session).contains("\nok\n"));
}

#[test]
fn the_shell_comes_back_after_it_ended() {
    let mut session = session();
    session.submit("exit\nsay here").expect("lines");
    assert!(session.run_to_prompt(LONG));
    assert!(screen(&mut session).ends_with("here\nsaid\n$ "));
    assert_eq!(session.ticks()[0].status, Some(4));
    session.key(Key::End).expect("a key");
    assert!(session.run_to_prompt(LONG));
    let zombies = session.machine().world(|w| w.processes.values().filter(|p| matches!(p.run, Run::Zombie(_))).count());
    assert_eq!(zombies, 0);
}

#[test]
fn commands_run_by_themselves_with_their_streams_apart() {
    let boot = Boot { console: Console::None, ..Boot::default() };
    let mut machine = Machine::with_programs(&boot, programs());
    let outcome = machine.command("say a b");
    assert_eq!((outcome.stdout, outcome.stderr, outcome.status), (b"a b\n".to_vec(), b"said\n".to_vec(), 3));
    assert_eq!(machine.command("cat").status, 0);
    assert_eq!(machine.command("nosuch").status, 127);
    let before = machine.now();
    assert_eq!(machine.command("sleep 100").status, 0);
    assert_eq!(machine.now().since(before).as_secs(), 100);
    assert_eq!(machine.command("spin").status, 130);
    assert_eq!(machine.world(World::verify), Ok(()));
}

#[test]
fn the_host_looks_as_it_should() {
    let session = session();
    let world = session.world();
    let kernel = session.machine().kernel.borrow();
    let shell = session.machine().shell().expect("a shell");
    let text = |path: &str| match kernel.contents(shell, path) {
        Ok(Data::Bytes(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        other => panic!("{path}: {other:?}"),
    };
    assert!(text("/etc/os-release").contains("Ubuntu 24.04"));
    assert!(text("/etc/passwd").contains("learner:x:1000:1000:"));
    assert!(text("server.js").contains("createServer"));
    for path in
        ["/bin/sh", "/bin/bash", "/dev/null", "/dev/fd/3", "/proc/1", "/var/run", "/run", "/tmp", "/usr/bin/say"]
    {
        assert!(kernel.stat(shell, path, true).is_ok(), "{path}");
    }
    assert_eq!(world.verify(), Ok(()));
    assert_eq!(world.process(shell).map(|p| (&*p.cwd, p.argv[0].as_str())), Some((host::PROJECT, "bash")));
}

#[test]
fn an_editor_saves_for_the_program_that_waits_for_it() {
    let mut session = Session::new(Boot { images: vec!["alpine:3.19".into()], ..Boot::default() });
    session.submit("docker run -it --name box alpine:3.19 sh\nvi /etc/note").expect("lines");
    assert!(session.run_to_reader(LONG));
    let editing = session.editing().expect("vi waits");
    assert_eq!((&*editing.path, &*editing.program, session.edited()), ("/etc/note", "vi", None));
    // A line waits until the editor is closed.
    session.submit("cat /etc/note").expect("a line");
    session.advance(Time::seconds(5));
    assert!(session.editing().is_some());
    let text = log::Content::new(b"hello\n");
    session.apply(Input::Edit { path: "/etc/note".into(), content: text }).expect("a file");
    assert!(session.run_to_reader(LONG));
    assert!(session.editing().is_none());
    assert!(screen(&mut session).ends_with("cat /etc/note\nhello\n/ # "));
    session.submit("vi /etc/note").expect("a line");
    assert!(session.run_to_reader(LONG));
    assert_eq!(session.edited().as_deref(), Some(&b"hello\n"[..]));
    session.key(Key::Interrupt).expect("a key");
    assert!(session.run_to_reader(LONG));
    assert!(session.editing().is_none());
    let log = log::load(&session.save()).expect("a log");
    let again = Session::replay(&log, assembly::programs()).expect("a session");
    assert!(again.world() == session.world());
}

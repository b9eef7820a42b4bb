//! The address bar of the learner's browser: a process of the learner's machine fetches what it names.

use super::host;
use super::machine::Machine;
use crate::kernel::{NewProcess, Sys};
use crate::model::Map;
use crate::model::process::{Namespaces, Pid, User};
use crate::model::signal::Signal;

/// Where the browser is; nobody has it on the PATH.
const BROWSER: &str = "/opt/browser/browser";
const LEARNER: User = User { uid: 1000, gid: 1000 };

impl Machine {
    /// Asks for a page; what was still on its way is given up.
    #[inline(never)]
    pub fn browse(&mut self, address: &str) {
        let mut kernel = self.kernel.borrow_mut();
        let old = |argv: &[String]| argv.first().is_some_and(|path| path == BROWSER);
        let loading: Vec<Pid> =
            kernel.world.processes.iter().filter(|(_, process)| old(&process.argv)).map(|(pid, _)| *pid).collect();
        loading.into_iter().for_each(|pid| kernel.signal_group(pid, Signal::KILL));
        host::add_browser(&mut kernel.world, BROWSER);
        drop(kernel);
        // Without a process to be had the page stays as it is.
        let _ = Sys::new(self.kernel.clone(), 0).create(NewProcess {
            parent: 1,
            ns: Namespaces::HOST,
            cgroup: None,
            tty: None,
            argv: vec![BROWSER.to_owned(), address.to_owned()],
            env: Map::new(),
            cwd: "/".into(),
            user: LEARNER,
            groups: vec![1000],
            files: Vec::new(),
        });
    }
}

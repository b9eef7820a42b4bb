//! The address bar of the learner's browser: a process of the learner's machine fetches what it names.

use super::host;
use super::machine::Machine;
use crate::model::process::Pid;
use crate::model::signal::Signal;

/// Where the browser is; nobody has it on the PATH.
const BROWSER: &str = "/opt/browser/browser";

impl Machine {
    /// Asks for a page; what was still on its way is given up.
    #[inline(never)]
    pub fn browse(&mut self, address: &str) {
        let mut kernel = self.kernel.borrow_mut();
        let old = |argv: &[String]| argv.first().is_some_and(|path| path == BROWSER);
        let loading: Vec<Pid> =
            kernel.world.processes.iter().filter(|(_, process)| old(&process.argv)).map(|(pid, _)| *pid).collect();
        loading.into_iter().for_each(|pid| kernel.signal_group(pid, Signal::KILL));
        host::install(&mut kernel.world, BROWSER, "browser", &[]);
        drop(kernel);
        self.start(vec![BROWSER.to_owned(), address.to_owned()], host::LEARNER, &host::GROUPS);
    }
}

//! Names of files that match a pattern (POSIX, "Patterns Used for Filename Expansion").

use super::Field;
use crate::model::order::Order;
use crate::shell::interpreter::Shell;
use crate::shell::pattern::Pattern;

/// How many names one pattern may give.
const LIMIT: usize = 65_536;

impl Shell {
    /// The sorted names of files that a field matches; none leaves the field as it is.
    pub(super) async fn glob(&mut self, field: &Field) -> Vec<String> {
        let chars = field.chars();
        let absolute = chars.first().is_some_and(|(c, _)| *c == '/');
        let mut found = vec![String::from(if absolute { "/" } else { "" })];
        let mut components = chars.split(|(c, _)| *c == '/').filter(|c| !c.is_empty()).peekable();
        let directory = chars.last().is_some_and(|(c, _)| *c == '/');
        while let Some(component) = components.next() {
            let last = components.peek().is_none();
            let pattern = Pattern::from_chars(component);
            let mut next = Vec::new();
            for base in &found {
                self.sys.burn(2).await;
                self.match_names(base, component, &pattern, &mut next);
                if next.len() > LIMIT {
                    return Vec::new();
                }
            }
            found = next.into_iter().filter(|path| last && !directory || self.sys.is_dir(path)).collect();
            if !last || directory {
                for path in &mut found {
                    path.push('/');
                }
            }
        }
        found.order();
        found
    }

    /// The paths in one directory that a component of the pattern matches.
    fn match_names(&self, base: &str, component: &[(char, bool)], pattern: &Pattern, out: &mut Vec<String>) {
        if pattern.is_literal() {
            let name: String = component.iter().map(|(c, _)| *c).collect();
            let path = format!("{base}{name}");
            if self.sys.lstat(&path).is_ok() {
                out.push(path);
            }
            return;
        }
        let dir = if base.is_empty() { "." } else { base };
        let Ok(mut names) = self.sys.read_dir(dir) else { return };
        for dot in [".", ".."] {
            if !names.iter().any(|n| &**n == dot) {
                names.push(dot.into());
            }
        }
        for name in names {
            if name.starts_with('.') && !pattern.starts_with_dot() {
                continue;
            }
            if pattern.matches(&name) {
                out.push(format!("{base}{name}"));
            }
        }
    }
}

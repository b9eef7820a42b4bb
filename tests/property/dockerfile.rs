//! Random Dockerfiles, each with what a build of it must do: which steps the target needs, and which of them a
//! change of one file of the context makes run again.

use std::collections::BTreeSet;

use layerlab::model::random::Random;

/// The files of the context.
pub const FILES: [&str; 5] = ["a.txt", "b.txt", "src/c.txt", "src/deep/d.txt", "e f.txt"];

/// A step that is shown.
pub struct Step {
    /// The last word of its name in the display that starts like this is its own.
    pub token: String,
    /// Files of the context whose content it takes, straight or through other stages.
    reads: BTreeSet<usize>,
    /// The step that it stands on.
    below: Option<usize>,
    /// The last step of each stage that it copies from.
    others: Vec<usize>,
    /// What it leaves holds the content of these files.
    holds: BTreeSet<usize>,
}

#[derive(Default)]
struct Stage {
    top: Option<usize>,
    /// It stands on nothing: no RUN.
    empty: bool,
    /// Steps whose products are in it.
    products: Vec<usize>,
}

#[derive(Default)]
pub struct Dockerfile {
    pub text: String,
    pub steps: Vec<Step>,
    stages: Vec<Stage>,
}

impl Dockerfile {
    pub fn new(random: &mut Random) -> Dockerfile {
        let mut file = Dockerfile::default();
        if random.below(2) == 0 {
            file.text += "# syntax=docker/dockerfile:1\n# A comment\n\nARG BASE=alpine:3.19\n";
        }
        let count = 1 + random.below(4);
        for number in 0..count {
            file.stage(random, number as usize, number + 1 == count);
        }
        file
    }

    /// Whether each step is needed for the last stage.
    pub fn needed(&self) -> Vec<bool> {
        let mut needed = vec![false; self.steps.len()];
        let mut next: Vec<usize> = self.stages.last().and_then(|stage| stage.top).into_iter().collect();
        while let Some(at) = next.pop() {
            if !std::mem::replace(&mut needed[at], true) {
                next.extend(self.steps[at].below);
                next.extend(&self.steps[at].others);
            }
        }
        needed
    }

    /// Whether each step runs again when this file has changed.
    pub fn again(&self, changed: usize) -> Vec<bool> {
        let mut again: Vec<bool> = Vec::new();
        for step in &self.steps {
            let below = step.below.is_some_and(|below| again[below]);
            again.push(below || step.reads.contains(&changed));
        }
        again
    }

    /// Whether the last stage's own image has other layers then.
    pub fn changes(&self, again: &[bool]) -> bool {
        self.stages.last().and_then(|stage| stage.top).is_some_and(|top| again[top])
    }

    fn stage(&mut self, random: &mut Random, number: usize, last: bool) {
        let arg = self.newest();
        let (base, stage) = match random.below(6) {
            0 if number > 0 => {
                let from = random.below(number as u64) as usize;
                let known = &self.stages[from];
                let stage = Stage { top: known.top, empty: known.empty, products: known.products.clone() };
                (format!("s{from}"), stage)
            }
            1 => ("scratch".to_string(), Stage { empty: true, ..Stage::default() }),
            2 => ("busybox".to_string(), Stage::default()),
            3 if arg => ("${BASE:-busybox}".to_string(), Stage::default()),
            _ => ("alpine:3.19".to_string(), Stage::default()),
        };
        let name = if last { String::new() } else { format!(" AS s{number}") };
        self.text += &format!("FROM {base}{name}\n");
        self.stages.push(stage);
        // A step of its own: without one, two stages on one base are the same.
        self.copy(random, number);
        for _ in 0..random.below(6) {
            match random.below(3) {
                0 => self.copy(random, number),
                1 if !self.stages[number].empty => self.run(random, number),
                _ => self.plain(random, number),
            }
        }
    }

    /// Whether the newest language is meant, and a base named by an argument.
    fn newest(&self) -> bool {
        self.text.starts_with('#')
    }

    fn token(&self, number: usize) -> String {
        format!("/t_{number}_{}", self.steps.len())
    }

    /// Adds a step on top of a stage.
    fn step(&mut self, number: usize, token: String, reads: &[usize], from: Option<usize>) {
        let at = self.steps.len();
        let mut reads: BTreeSet<usize> = reads.iter().copied().collect();
        let mut others = Vec::new();
        if let Some(from) = from {
            reads.extend(&self.steps[from].holds);
            others.extend(self.stages.iter().find(|stage| stage.products.contains(&from)).and_then(|stage| stage.top));
        }
        let stage = &mut self.stages[number];
        self.steps.push(Step { token, holds: reads.clone(), reads, below: stage.top, others });
        stage.top = Some(at);
        stage.products.push(at);
    }

    fn copy(&mut self, random: &mut Random, number: usize) {
        let token = self.token(number);
        let flags = ["", "", " --chmod=640", " --chown=1:2", " --link=false"][random.below(5) as usize];
        if number > 0 && random.below(3) == 0 {
            // The first stage that has the product is the one it comes from: others inherit it.
            let from = random.below(number as u64) as usize;
            let Some(product) = pick(random, &self.stages[from].products) else { return };
            let owner = self.stages.iter().position(|stage| stage.products.contains(&product)).unwrap_or(from);
            let name = if random.below(2) == 0 { format!("s{owner}") } else { owner.to_string() };
            let source = self.steps[product].token.clone();
            self.text += &format!("COPY{flags} --from={name} {source} {token}\n");
            self.step(number, token, &[], Some(product));
            return;
        }
        let all = [0, 1, 2, 3, 4];
        let (line, reads): (String, &[usize]) = match random.below(10) {
            0 => (format!("COPY{flags} . {token}"), &all),
            1 => (format!("COPY{flags} src {token}"), &[2, 3]),
            2 => (format!("COPY{flags} [\"e f.txt\", \"{token}\"]"), &[4]),
            3 => (format!("COPY{flags} [ab].txt {token}/"), &[0, 1]),
            4 => (format!("COPY{flags} \\\n  # between\n  a.txt \\\n  src/deep \\\n  {token}/"), &[0, 3]),
            5 if self.newest() => (format!("COPY{flags} --exclude=*.txt --exclude=deep src {token}/"), &[]),
            5 => (format!("COPY{flags} src/deep {token}/"), &[3]),
            6 if self.newest() => (format!("COPY --parents src/./deep/*.txt {token}/"), &[3]),
            6 => (format!("COPY{flags} *.txt {token}/"), &[0, 1, 4]),
            7 => (format!("ADD{flags} src/c.txt {token}"), &[2]),
            8 => (format!("COPY{flags} <<E {token}\nsome ${{X:-text}}\nE"), &[]),
            _ => (format!("COPY{flags} b.txt {token}"), &[1]),
        };
        self.text += &format!("{line}\n");
        self.step(number, token, reads, None);
    }

    fn run(&mut self, random: &mut Random, number: usize) {
        let token = self.token(number);
        let known = pick(random, &self.stages[number].products);
        let source = known.map_or("/etc/hostname", |at| &self.steps[at].token).to_string();
        let (line, reads): (String, &[usize]) = match random.below(8) {
            0 => (format!("RUN [\"/bin/mkdir\", \"-p\", \"{token}\"]"), &[]),
            1 => (format!("RUN <<E\nmkdir {token}\nset -e\necho one > {token}/one\nE"), &[]),
            2 => (format!("RUN --mount=target=/m,source=src cp -r /m/deep {token}"), &[2, 3]),
            3 => (format!("RUN --mount=type=cache,target=/c --mount=type=tmpfs,target=/m touch {token}"), &[]),
            4 => (format!("RUN {{ echo \"$HOME\" && \\\n\n  cat /etc/passwd; }} > {token}"), &[]),
            5 | 6 => (format!("RUN cp -r {source} {token}"), &[]),
            _ => (format!("RUN echo {} > {token}", random.below(10)), &[]),
        };
        self.text += &format!("{line}\n");
        let copies = line.starts_with("RUN cp");
        let held = known.filter(|_| copies).map(|at| self.steps[at].holds.clone());
        self.step(number, token, reads, None);
        // It stands on what it copies: that is why it runs again, and what it holds.
        if let (Some(held), Some(step)) = (held, self.steps.last_mut()) {
            step.holds.extend(held);
        }
    }

    /// What makes no layer, but a directory.
    fn plain(&mut self, random: &mut Random, number: usize) {
        let at = self.steps.len();
        let word = random.below(10);
        let line = match random.below(12) {
            0 => {
                let token = self.token(number);
                self.text += &format!("WORKDIR {token}\n");
                return self.step(number, token, &[], None);
            }
            1 => format!("ENV V{at}=\"$PATH {word}\" X={word}"),
            2 => format!("LABEL l{at}={word} m=\"a b\""),
            3 => format!("ARG A{at}={word}"),
            4 => "USER 0:0".into(),
            5 => format!("EXPOSE 80{word}/tcp 53/udp"),
            6 => "STOPSIGNAL SIGTERM".into(),
            7 => format!("HEALTHCHECK --interval={}s CMD true", word + 1),
            8 => "SHELL [\"/bin/sh\", \"-ec\"]".into(),
            9 => format!("CMD [\"echo\", \"{word}\"]"),
            10 => "ENTRYPOINT [\"cat\"]".into(),
            _ => "VOLUME /data".into(),
        };
        self.text += &format!("{line}\n");
    }
}

fn pick(random: &mut Random, all: &[usize]) -> Option<usize> {
    all.get(random.below(all.len() as u64) as usize).copied()
}

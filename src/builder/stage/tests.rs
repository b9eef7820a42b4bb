use super::*;
use crate::builder::instruction::understand;
use crate::builder::parser::parse;

/// Lays a file out on images that have one layer and a PATH.
pub fn laid_out(source: &str, options: Options) -> Result<Stages, String> {
    let tree = parse(source);
    let file = understand(&tree).map_err(|refusal| refusal.message)?;
    let lint = Lint::new(tree.directive("check").unwrap_or_default())?;
    let mut stages = Stages::new(file, tree.escape, options, lint).map_err(|refused| refused.0.message)?;
    loop {
        for base in stages.wanted(false).map_err(|refusal| refusal.message)? {
            let mut document = config::Image::default();
            document.rootfs.diff_ids.push(crate::oci::digest::Digest::of(base.name.as_bytes()));
            document.config.env.push("PATH=/bin".into());
            let found = Resolved { id: base.name.clone(), document, digest: None };
            stages.resolved(base.draft, &base.reference, found);
        }
        if !stages.triggers().map_err(|refusal| refusal.message)? {
            break;
        }
    }
    stages.lay_out(false, None).map_err(|refusal| refusal.message)?;
    Ok(stages)
}

fn names(stages: &Stages) -> Vec<&str> {
    let needed = stages.graph.needed(stages.drafts[stages.target].top);
    needed.into_iter().map(|at| stages.graph.vertices[at].name.as_str()).collect()
}

const STAGES: &str = "FROM alpine:3.19 AS compile\nRUN make\nFROM alpine:3.19 AS check\nCOPY --from=compile /app /app\n\
                      RUN /app\nFROM busybox\nCOPY --from=compile /app /bin/app\nWORKDIR /x\nCMD [\"app\"]\n";

#[test]
fn only_what_the_target_needs_is_there() {
    let stages = laid_out(STAGES, Options::default()).expect("a layout");
    assert_eq!(
        names(&stages),
        [
            "[compile 1/2] FROM docker.io/library/alpine:3.19",
            "[stage-2 1/3] FROM docker.io/library/busybox:latest",
            "[compile 2/2] RUN make",
            "[stage-2 2/3] COPY --from=compile /app /bin/app",
            "[stage-2 3/3] WORKDIR /x",
        ]
    );
    let target = Options { target: "Compile".into(), ..Options::default() };
    assert_eq!(names(&laid_out(STAGES, target).expect("a layout")).len(), 2);
    let missing = Options { target: "compil".into(), ..Options::default() };
    let why = laid_out(STAGES, missing).err();
    assert_eq!(why.as_deref(), Some("target stage \"compil\" could not be found (did you mean compile?)"));
}

#[test]
fn arguments_have_their_scopes() {
    let source = "ARG V=3.19\nFROM alpine:$V\nARG V\nARG C=green\nARG E\nRUN echo $V $C\nENV G=$C\nLABEL l=${G:-no}\n";
    let stages = laid_out(source, Options { build_args: vec![("C".into(), "red".into())], ..Options::default() });
    let stages = stages.expect("a layout");
    let image = &stages.drafts[0].image;
    let history: Vec<&str> = image.history.iter().map(|entry| entry.created_by.as_str()).collect();
    assert_eq!(
        history,
        [
            "ARG V=3.19",
            "ARG C=red",
            "ARG E",
            "RUN |3 V=3.19 C=red E= /bin/sh -c echo $V $C # buildkit",
            "ENV G=red",
            "LABEL l=red",
        ]
    );
    assert_eq!(names(&stages)[1], "[2/2] RUN echo 3.19 red");
    assert_eq!(image.config.env, ["PATH=/bin", "G=red"]);
}

#[test]
fn configuration_follows_the_instructions() {
    let source = "FROM a\nENTRYPOINT [\"e\"]\nCMD [\"c\"]\nEXPOSE 53/udp 80-81\nVOLUME /v\nUSER u\nSTOPSIGNAL SIGINT\n\
                  HEALTHCHECK --interval=90s CMD x\nSHELL [\"/bin/ash\",\"-c\"]\nONBUILD RUN y\nMAINTAINER m\n";
    let stages =
        laid_out(source, Options { labels: vec![("k".into(), "v".into())], ..Options::default() }).expect("a layout");
    let image = &stages.drafts[0].image;
    let ports: Vec<&str> = image.config.exposed_ports.keys().map(String::as_str).collect();
    assert_eq!(ports, ["53/udp", "80/tcp", "81/tcp"]);
    assert_eq!((image.author.as_str(), image.config.user.as_str()), ("m", "u"));
    assert_eq!(image.config.on_build, ["RUN y"]);
    assert_eq!(image.config.labels.get("k").map(String::as_str), Some("v"));
    let history: Vec<&str> = image.history.iter().map(|entry| entry.created_by.as_str()).collect();
    assert!(history.contains(&"EXPOSE map[53/udp:{} 80/tcp:{} 81/tcp:{}]"), "{history:?}");
    assert!(history.contains(
        &"HEALTHCHECK {Test:[CMD-SHELL x] Interval:1m30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:0}"
    ));
}

#[test]
fn what_cannot_be_laid_out_is_refused() {
    for (source, words) in [
        (
            "FROM a AS x\nCOPY --from=y /a /b\nFROM a AS y\nCOPY --from=x /a /b\n",
            "circular dependency detected on stage: x",
        ),
        ("FROM a\nEXPOSE http\n", "invalid containerPort: http"),
        (
            "FROM a\nCOPY --chmod=9 a b\n",
            "invalid chmod parameter: '9'. it should be octal string and between 0 and 07777",
        ),
        ("ARG T\nFROM a:$T\n", "failed to parse stage name \"a:\": invalid reference format"),
        ("FROM $T\n", "base name ($T) should not be blank"),
        (
            "FROM a\nCOPY --from=$X a b\n",
            "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
        ),
        ("FROM a\nRUN --mount=type=cache x\n", "mount target is required"),
        ("FROM a\nSTOPSIGNAL NOPE\n", "invalid signal: NOPE"),
    ] {
        assert_eq!(laid_out(source, Options::default()).err().as_deref(), Some(words), "{source}");
    }
}

#[test]
fn checks_warn_by_name() {
    let warned = |source: &str| -> Vec<String> {
        let stages = laid_out(source, Options::default()).expect("a layout");
        stages.lint.warnings.iter().map(lint::Warning::short).collect()
    };
    assert_eq!(
        warned("FROM a\nCMD [\"a\"]\nCMD b\nARG PASSWORD=x\nENV old style\nWORKDIR rel\nRUN $NOPE\nCOPY $PTH /x\n"),
        [
            "MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the same stage because only the last one will be used (line 2)",
            "JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 3)",
            "SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG \"PASSWORD\") (line 4)",
            "LegacyKeyValueFormat: \"ENV key=value\" should be used instead of legacy \"ENV key value\" format (line 5)",
            "WorkdirRelativePath: Relative workdir \"rel\" can have unexpected results if the base image changes (line 6)",
            "UndefinedVar: Usage of undefined variable '$PTH' (did you mean $PATH?) (line 8)",
        ]
    );
    assert!(warned("# check=skip=all\nFROM a\nCMD b\n").is_empty());
}

#[test]
fn equal_operations_are_one() {
    let stages = laid_out("FROM a AS x\nRUN y\nFROM a AS z\nRUN y\nCOPY --from=x /a /b\n", Options::default());
    let stages = stages.expect("a layout");
    assert_eq!(stages.graph.vertices.len(), 3);
}

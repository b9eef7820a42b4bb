use super::*;
use crate::builder::parser::parse;

fn understood(source: &str) -> Result<File, Refusal> {
    understand(&parse(source))
}

fn refused(line: &str) -> String {
    match understood(&format!("FROM a\n{line}\n")) {
        Ok(_) => String::new(),
        Err(refusal) => refusal
            .message
            .strip_prefix("dockerfile parse error on line 2: ")
            .map_or_else(|| refusal.message.clone(), String::from),
    }
}

#[test]
fn instructions_are_refused_in_buildkits_words() {
    for (line, words) in [
        ("RUM x", "unknown instruction: RUM (did you mean RUN?)"),
        ("ENV", "ENV requires at least one argument"),
        ("ENV =x", "ENV names can not be blank"),
        (
            "COPY one.txt",
            "COPY requires at least two arguments, but only one was provided. Destination could not be determined",
        ),
        ("COPY --form=x a b", "unknown flag: --form (did you mean from?)"),
        ("COPY --from a b", "missing a value on flag: --from"),
        ("COPY --exclude=x a b", "unknown flag: --exclude"),
        ("COPY --link=maybe a b", "expecting boolean value for flag --link, not: maybe"),
        ("SHELL /bin/sh", "SHELL requires the arguments to be in JSON form"),
        ("ONBUILD FROM alpine", "FROM isn't allowed as an ONBUILD trigger"),
        ("HEALTHCHECK --interval=fast CMD true", "time: invalid duration \"fast\""),
        ("HEALTHCHECK --interval=1us CMD true", "Interval \"interval\" cannot be less than 1ms"),
        ("HEALTHCHECK --retries=-1 CMD true", "--retries cannot be negative (-1)"),
        ("HEALTHCHECK PING x", "Unknown type \"PING\" in HEALTHCHECK (try CMD)"),
        ("USER", "USER requires exactly one argument"),
        ("VOLUME [\"\"]", "VOLUME specified can not be an empty string"),
        ("FROM a AS 1b", "invalid name for build stage: \"1b\", name can't start with a number or contain symbols"),
        ("FROM a b", "FROM requires either one or three arguments"),
        ("RUN --network=x y", "invalid network mode \"x\""),
    ] {
        assert_eq!(refused(line), words, "{line}");
    }
    assert_eq!(understood("RUN x\n").err(), Some(Refusal::at("no build stage in current context", (1, 1))));
    assert_eq!(understood("ARG x\n").err(), Some(Refusal::new("dockerfile contains no stages to build")));
    let newest = understood("# syntax=docker/dockerfile:1\nFROM a\nCOPY --exclude=x --parents a b\n");
    assert!(newest.is_ok());
}

#[test]
fn mounts_are_read() {
    let read = |text: &str| parse_mount(text, &mut |value| Ok(value.to_string()));
    let cache = read("type=cache,target=/root/.npm,sharing=locked,mode=0755").unwrap_or_default();
    assert_eq!((cache.kind, cache.read_only, cache.mode), (MountKind::Cache, false, Some(0o755)));
    assert!(read("target=/x,from=build").unwrap_or_default().read_only);
    for (text, words) in [
        ("type=cash", "unsupported mount type \"cash\" (did you mean cache?)"),
        ("type=secret", "invalid secret mount. one of source, target required"),
        ("type=bind,uid=1", "uid not allowed for \"bind\" type mounts"),
        ("tagret=/x", "unexpected key 'tagret' in 'tagret=/x' (did you mean target?)"),
        ("type=bind,required", "unexpected key 'required' for mount type 'bind'"),
        ("type=tmpfs,size=x", "invalid value for size: x"),
    ] {
        assert_eq!(read(text).err().as_deref(), Some(words), "{text}");
    }
}

#[test]
fn stages_hold_their_instructions() {
    let file = understood("ARG V=1\nFROM a AS Build\nRUN x\nFROM build\nCOPY --from=build <<X /a /b/\nhi\nX\n")
        .unwrap_or_default();
    assert_eq!((file.arguments.len(), file.stages.len()), (1, 2));
    assert_eq!(file.stages[0].name, "build");
    let Some(Kind::Copy(copy)) = file.stages[1].commands.first().map(|c| c.kind.clone()) else { panic!("no copy") };
    assert_eq!(
        (copy.sources, copy.documents[0].content.as_str(), copy.target.as_str()),
        (vec!["/a".into()], "hi\n", "/b/")
    );
}

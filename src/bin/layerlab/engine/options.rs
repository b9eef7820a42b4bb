//! What a command line of `layerlab engine` asks for.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use crate::args::Args;

pub const HELP: &str = "\
Usage: layerlab engine --listen ADDRESS [OPTIONS]

Answers the Docker Engine API for a fresh machine, so that a docker client can
drive it: docker -H ADDRESS ...

      --listen ADDRESS   tcp://127.0.0.1:PORT or unix:PATH (may be repeated);
                         port 0 takes a free one, which is printed
      --allow-remote     let others than this computer connect: whoever can
                         reach the address may do anything with the machine
      --speed N          let the machine's time go N times as fast (default 1)
      --time virtual     let it go on only while somebody waits, as fast as it can
";

/// Where to listen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    Tcp(SocketAddr),
    Unix(String),
}

/// How the machine's time goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pace {
    /// So many seconds in one of the wall's.
    Real(f64),
    Virtual,
}

#[derive(Debug)]
pub struct Options {
    pub listen: Vec<Address>,
    pub pace: Pace,
    /// What the machine starts with.
    pub machine: Args,
}

impl Options {
    pub fn parse(words: Vec<String>) -> Result<Options, String> {
        let (mut listen, mut remote, mut speed, mut clock, mut rest) = (Vec::new(), false, None, None, Vec::new());
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let (name, given) = match word.split_once('=') {
                Some((name, value)) => (name.to_string(), Some(value.to_string())),
                None => (word.clone(), None),
            };
            let is_alone = given.is_none();
            let mut value = || given.clone().or_else(|| words.next()).ok_or(format!("{name} needs a value"));
            match name.as_str() {
                "--listen" => listen.push(value()?),
                "--allow-remote" if is_alone => remote = true,
                "--speed" => speed = Some(self::speed(&value()?)?),
                "--time" => clock = Some(value()?),
                _ => rest.push(word),
            }
        }
        let machine = Args::parse(rest)?;
        if let Some(word) = machine.operands.first() {
            return Err(format!("'{word}' is too much: what to listen on stands behind --listen"));
        }
        if machine.records {
            return Err("--records is for 'layerlab exec'".to_string());
        }
        let pace = match (clock.as_deref(), speed) {
            (None | Some("real"), speed) => Pace::Real(speed.unwrap_or(1.0)),
            (Some("virtual"), None) => Pace::Virtual,
            (Some("virtual"), Some(_)) => return Err("virtual time has no --speed".to_string()),
            (Some(other), _) => return Err(format!("'{other}' is no time: 'real' and 'virtual' are")),
        };
        if listen.is_empty() && !machine.help {
            return Err("where to listen? --listen tcp://127.0.0.1:2375, say".to_string());
        }
        let listen = listen.iter().map(|text| address(text, remote)).collect::<Result<Vec<Address>, String>>()?;
        Ok(Options { listen, pace, machine })
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|speed| *speed > 0.0 && *speed <= 10_000.0);
    number.ok_or(format!("'{text}' is no speed: a number above 0, at most 10000, is"))
}

fn address(text: &str, remote: bool) -> Result<Address, String> {
    if let Some(path) = text.strip_prefix("unix:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return if path.is_empty() { Err("unix: needs a path".into()) } else { Ok(Address::Unix(path.to_string())) };
    }
    let Some(place) = text.strip_prefix("tcp://") else {
        return Err(format!("'{text}' is no address: tcp://127.0.0.1:PORT and unix:PATH are"));
    };
    let place = place.trim_end_matches('/');
    let found = place.to_socket_addrs().map_err(|error| format!("{text}: {error}"))?;
    // A name may lead to several addresses; this computer's own come first.
    let all: Vec<SocketAddr> = found.collect();
    let own = all.iter().find(|address| is_own(address.ip()));
    match (own, all.first(), remote) {
        (Some(address), _, _) | (None, Some(address), true) => Ok(Address::Tcp(*address)),
        (None, Some(address), false) => Err(format!(
            "{}: others could reach this address, and do anything with the machine; --allow-remote allows it",
            address.ip()
        )),
        (None, None, _) => Err(format!("{text}: leads nowhere")),
    }
}

fn is_own(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(String::from).collect())
    }

    #[test]
    fn addresses_are_this_computers_own() {
        let listen = |line: &str| parse(line).map(|options| options.listen);
        let tcp = |text: &str| Address::Tcp(text.parse().expect("an address"));
        assert_eq!(listen("--listen tcp://127.0.0.1:2375"), Ok(vec![tcp("127.0.0.1:2375")]));
        assert_eq!(
            listen("--listen=tcp://[::1]:0 --listen unix:/tmp/x"),
            Ok(vec![tcp("[::1]:0"), Address::Unix("/tmp/x".into())])
        );
        for line in ["--listen tcp://0.0.0.0:2375", "--listen tcp://[::]:1", "--listen tcp://192.0.2.1:1"] {
            assert!(listen(line).is_err_and(|why| why.contains("--allow-remote")), "{line}");
            assert!(listen(&format!("{line} --allow-remote")).is_ok(), "{line}");
        }
        assert!(listen("--listen tcp://[::ffff:127.0.0.1]:1").is_ok());
        assert!(listen("--listen http://127.0.0.1:1").is_err_and(|why| why.contains("is no address")));
        assert!(listen("").is_err_and(|why| why.contains("where to listen")));
    }

    #[test]
    fn time_goes_as_it_is_told() {
        let pace = |line: &str| parse(&format!("--listen tcp://127.0.0.1:0 {line}")).map(|options| options.pace);
        assert_eq!(pace(""), Ok(Pace::Real(1.0)));
        assert_eq!(pace("--speed 4"), Ok(Pace::Real(4.0)));
        assert_eq!(pace("--time virtual"), Ok(Pace::Virtual));
        assert!(pace("--speed 0").is_err() && pace("--speed=x").is_err() && pace("--time tea").is_err());
        assert!(pace("--time virtual --speed 2").is_err());
        assert!(pace("here").is_err_and(|why| why.contains("'here' is too much")));
    }
}

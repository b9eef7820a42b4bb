//! Names that the engine makes up: an adjective and the surname of somebody whom computing owes.

use crate::model::World;

const ADJECTIVES: &str = "able agile amber ample awake balanced bold brave breezy bright brisk bubbly calm candid \
careful cheerful clear clever cool cosy crisp curious daring dapper deft eager earnest easy elated fair fancy fearless \
fine fond frank fresh friendly gentle glad golden graceful grand happy hardy honest hopeful humble jolly jovial keen \
kind lively loyal lucid lucky mellow merry mild modest neat nifty nimble noble patient peaceful placid plucky polite \
proud quick quiet ready relaxed rosy serene sharp shiny silent simple sincere sleek smart snug sober spry steady \
stoic sunny swift tender tidy tranquil trusting upbeat vivid warm wise witty zesty";

const SURNAMES: &str = "adleman agnesi allen babbage backus bartik bell berners boole borg brooks cerf church codd \
conway cray curie dahl davies diffie dijkstra einstein engelbart erdos euler fermi feynman floyd franklin galois gauss \
godel goldberg goldwasser gosling hamilton hamming hellman hoare hopper huffman hypatia iverson jennings kahn karp kay \
kepler kernighan keller kilby kleene knuth kolmogorov lamarr lamport leibniz liskov lovelace mccarthy mccluskey meitner \
merkle milner minsky moore napier nash neumann newell newton noether nygaard pascal perlman postel rabin ramanujan rivest \
ritchie sammet shamir shannon sinoussi sutherland tarjan thompson torvalds tukey turing ulam wiener wilkes wilson wing wirth yao zuse";

/// A name that no container has.
pub fn generate(world: &mut World) -> String {
    let adjectives: Vec<&str> = ADJECTIVES.split(' ').collect();
    let surnames: Vec<&str> = SURNAMES.split(' ').collect();
    for retry in 0..u32::MAX {
        let adjective = adjectives[world.random.below(adjectives.len() as u64) as usize];
        let surname = surnames[world.random.below(surnames.len() as u64) as usize];
        let mut name = format!("{adjective}_{surname}");
        if retry > 0 {
            name.push_str(&world.random.below(10).to_string());
        }
        if retry > 20 {
            name.push_str(&retry.to_string());
        }
        if !world.engine.names.contains_key(name.as_str()) {
            return name;
        }
    }
    world.random.hex(12)
}

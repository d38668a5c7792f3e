//! What came of it, as a drawing.

use super::measure::NetworkResults;
use super::script::Kind;
use crate::simulation::benchmark::{TimeLine, search_time};

/// The time after a closure on the route by the size of the network, for every engine: the median and the 99th percentile, and the
/// time of a first plan. `None` if there is nothing to draw.
pub fn plot(networks: &[NetworkResults]) -> Option<String> {
    let mut by_size: Vec<&NetworkResults> = networks.iter().collect();
    by_size.sort_by_key(|network| network.segments);
    let mut names: Vec<String> = Vec::new();
    for engine in by_size.iter().flat_map(|network| &network.engines) {
        if !names.contains(&engine.name) {
            names.push(engine.name.clone());
        }
    }
    let line = |name: &String, kind: Kind, q: f64| -> TimeLine {
        let of = |network: &&NetworkResults| {
            let engine = network.engines.iter().find(|engine| engine.name == *name)?;
            let us = engine.quantile_us(kind, q).filter(|us| *us > 0.0)?;
            Some((network.segments as f64, us / 1e3))
        };
        by_size.iter().filter_map(of).collect()
    };
    let lines = |kind: Kind, q: f64| names.iter().map(|name| line(name, kind, q)).collect::<Vec<_>>();
    search_time(
        &names,
        &[
            ("After a closure, median", lines(Kind::Closure, 0.5)),
            ("After a closure, 99 % take no longer", lines(Kind::Closure, 0.99)),
            ("A new goal, median", lines(Kind::NewGoal, 0.5)),
        ],
    )
}

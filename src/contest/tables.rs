//! What came of it, as Markdown and as CSV.

use std::fmt::Write;

use super::measure::{EngineResults, NetworkResults};
use super::script::{KINDS, Kind};

const MISSING: &str = "–";

/// The tables: one for each network with the median of every kind, then the distributions, then what getting ready took.
pub fn markdown(networks: &[NetworkResults]) -> String {
    let mut text = String::new();
    for network in networks {
        let NetworkResults { name, junctions, segments, directed_edges, .. } = network;
        let _ = writeln!(
            text,
            "**{name}** ({} junctions, {} segments, {} directed edges), medians in µs; in brackets how many times the first line's:\n",
            grouped(*junctions),
            grouped(*segments),
            grouped(*directed_edges)
        );
        let names: Vec<&str> = network.engines.iter().map(|engine| engine.name.as_str()).collect();
        let _ = writeln!(text, "| after | {} |", names.join(" | "));
        let _ = writeln!(text, "|---|{}", "--:|".repeat(names.len()));
        for kind in KINDS {
            let first = network.engines.first().and_then(|engine| engine.quantile_us(kind, 0.5));
            let Some(first_us) = first else { continue };
            let _ = write!(text, "| {} |", kind.words());
            for (i, engine) in network.engines.iter().enumerate() {
                let _ = match engine.quantile_us(kind, 0.5) {
                    None => write!(text, " {MISSING} |"),
                    Some(us) if i == 0 => write!(text, " {} |", figure(us)),
                    Some(us) => write!(text, " {} ({}) |", figure(us), figure(us / first_us)),
                };
            }
            text.push('\n');
        }
        let _ = write!(text, "| getting ready, once (ms) |");
        for engine in &network.engines {
            let _ = write!(text, " {} |", figure(engine.preparation.as_secs_f64() * 1e3));
        }
        text.push_str("\n\n");
        push_distributions(&mut text, network);
    }
    text
}

/// The whole distribution of the first engine, and that of the others after a closure.
fn push_distributions(text: &mut String, network: &NetworkResults) {
    let _ = writeln!(text, "| {} | engine | queries | p50 (µs) | p90 | p99 | most |", network.name.replace('|', "\\|"));
    let _ = writeln!(text, "|---|---|--:|--:|--:|--:|--:|");
    for kind in KINDS {
        for (i, engine) in network.engines.iter().enumerate() {
            if engine.count(kind) == 0 || (i > 0 && kind != Kind::Closure) {
                continue;
            }
            let _ = write!(text, "| {} | {} | {} |", kind.words(), engine.name, engine.count(kind));
            for us in quantiles(engine, kind) {
                let _ = write!(text, " {} |", us.map_or(MISSING.to_owned(), figure));
            }
            text.push('\n');
        }
    }
    text.push('\n');
}

fn quantiles(engine: &EngineResults, kind: Kind) -> [Option<f64>; 4] {
    [0.5, 0.9, 0.99, 1.0].map(|q| engine.quantile_us(kind, q))
}

/// All figures as comma-separated values (RFC 4180), in full.
pub fn csv(networks: &[NetworkResults]) -> String {
    let mut text = String::from(
        "network,junctions,segments,directed_edges,engine,preparation_ms,after,queries,p50_us,p90_us,p99_us,most_us\n",
    );
    for network in networks {
        for engine in &network.engines {
            for kind in KINDS {
                let number = |us: Option<f64>| us.map_or(String::new(), |us| us.to_string());
                let [p50, p90, p99, most] = quantiles(engine, kind).map(number);
                let fields = [
                    field(&network.name),
                    network.junctions.to_string(),
                    network.segments.to_string(),
                    network.directed_edges.to_string(),
                    field(&engine.name),
                    (engine.preparation.as_secs_f64() * 1e3).to_string(),
                    field(kind.words()),
                    engine.count(kind).to_string(),
                    p50,
                    p90,
                    p99,
                    most,
                ];
                text.push_str(&fields.join(","));
                text.push('\n');
            }
        }
    }
    text
}

fn field(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// Three digits that count, at least all before the point.
fn figure(value: f64) -> String {
    match value {
        value if value < 0.995 => format!("{value:.2}"),
        value if value < 9.95 => format!("{value:.1}"),
        value => grouped(value.round() as usize),
    }
}

/// A whole number with commas between thousands.
fn grouped(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

//! The plots of a benchmark: arrivals by strategy, gains by what the scenarios differ in, planning time by size.

use std::collections::BTreeMap;

use super::axes::{AXIS, Panel, Scale, end_labels, headline, mark, series, ticks};
use super::palette::{Look, Mark, looks};
use super::results::{Results, Sample, Scope};
use super::statistics::{BoxOf, Estimate, quantile};
use super::summary::share_won;
use super::svg::{Svg, width_of};
use super::times::{TimesBySize, draw_times};

/// The arrival divided by the clairvoyant's, as a box for each strategy, with a panel for each group of networks.
pub fn arrival_ratio(results: &Results) -> String {
    const ROW: f64 = 34.0;
    const PANEL: f64 = 400.0;
    const TOP: f64 = 116.0;
    let looks = looks(&results.strategies);
    let panels: Vec<(String, usize, Vec<Option<BoxOf>>)> = group_scopes(results)
        .into_iter()
        .map(|(name, scope)| {
            let samples: Vec<&Sample> = results.samples_of(&scope).collect();
            let boxes = (0..results.strategies.len())
                .map(|strategy| BoxOf::of(samples.iter().filter_map(|s| s.arrival_ratio(strategy)).collect()))
                .collect();
            (name, samples.len(), boxes)
        })
        .collect();
    let names_px = results.strategies.iter().map(|name| width_of(name, 12.0)).fold(80.0, f64::max) + 34.0;
    let height = TOP + ROW * results.strategies.len() as f64 + 60.0;
    let width = names_px + panels.len() as f64 * (PANEL + 60.0);
    let title = "How much later than the clairvoyant the UGV arrives";
    let mut svg =
        Svg::new(width, height, title, "A box plot of arrival divided by clairvoyant arrival for each strategy.");
    let how = "Box: the middle half; line: median; diamond: mean; whiskers: 5 % to 95 % of the scenarios; dots: those above, \
               at the right end how many lie beyond it.";
    headline(&mut svg, width, title, how);
    let most = panels.iter().flat_map(|panel| &panel.2).flatten().map(|of| of.p95.max(of.mean)).fold(1.2, f64::max);
    let range = (1.0, most + 0.2 * (most - 1.0));
    for (i, (name, scenarios, boxes)) in panels.iter().enumerate() {
        let left = names_px + i as f64 * (PANEL + 60.0);
        let panel = Panel { left, right: left + PANEL, top: TOP, bottom: height - 60.0 };
        let scale = Scale::linear(range, (panel.left, panel.right));
        let ticks: Vec<(f64, String)> =
            ticks(range.0, range.1, 6.0).into_iter().map(|tick| (tick, short(tick))).collect();
        panel.grid_x(&mut svg, &scale, &ticks);
        panel.title_x(&mut svg, "arrival ÷ clairvoyant arrival");
        svg.text(panel.left, panel.top - 12.0, "panel", &format!("{name}, {scenarios} scenarios"));
        for (row, of) in boxes.iter().enumerate() {
            let y = panel.top + ROW * (row as f64 + 0.5);
            if i == 0 {
                let class = if looks[row].is_strong { "label end strong" } else { "label end" };
                svg.text(panel.left - 14.0, y + 4.0, class, &results.strategies[row]);
            }
            if let Some(of) = of {
                draw_box(&mut svg, of, &scale, range.1, y, looks[row]);
            }
        }
        svg.line((panel.left, panel.top), (panel.left, panel.bottom), AXIS, 1.0);
    }
    svg.finish()
}

fn draw_box(svg: &mut Svg, of: &BoxOf, scale: &Scale, most: f64, y: f64, look: Look) {
    let at = |value: f64| scale.at(value);
    svg.line((at(of.p5), y), (at(of.p95), y), look.colour, 1.4);
    for end in [of.p5, of.p95] {
        svg.line((at(end), y - 5.0), (at(end), y + 5.0), look.colour, 1.4);
    }
    svg.element("rect")
        .number("x", at(of.p25))
        .number("y", y - 9.0)
        .number("width", (at(of.p75) - at(of.p25)).max(0.5))
        .number("height", 18.0)
        .number("rx", 2.0)
        .word("fill", look.colour)
        .number("fill-opacity", 0.35)
        .word("stroke", look.colour)
        .number("stroke-width", 1.4)
        .done();
    svg.line((at(of.median), y - 9.0), (at(of.median), y + 9.0), look.colour, 3.0);
    let (drawn, beyond): (Vec<f64>, Vec<f64>) = of.above.iter().partition(|value| **value <= most);
    for value in drawn {
        svg.element("circle")
            .number("cx", at(value))
            .number("cy", y)
            .number("r", 1.8)
            .word("fill", look.colour)
            .number("fill-opacity", 0.35)
            .done();
    }
    if !beyond.is_empty() {
        svg.text(at(most) + 6.0, y + 4.0, "tick", &format!("+{}", beyond.len()));
    }
    let mean = Look { mark: Mark::Diamond, is_strong: false, colour: "#111827" };
    mark(svg, (at(of.mean), y), mean);
}

/// What scenarios may differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// The number of UAVs.
    Uavs,
    /// The UAVs' speed divided by the UGV's.
    SpeedRatio,
    /// The probability with which a segment is blocked.
    BlockageRate,
}

impl Factor {
    fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Uavs => sample.uav_count as f64,
            Self::SpeedRatio => sample.speed_ratio,
            Self::BlockageRate => sample.block_probability,
        }
    }

    fn label(self, value: f64) -> String {
        match self {
            Self::Uavs | Self::SpeedRatio => short(value),
            Self::BlockageRate => format!("{} %", short(100.0 * value)),
        }
    }

    fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Uavs => ("What more UAVs gain", "number of UAVs"),
            Self::SpeedRatio => ("What faster UAVs gain", "speed of the UAVs ÷ speed of the UGV"),
            Self::BlockageRate => ("What UAVs gain where more roads are blocked", "share of blocked segments"),
        }
    }
}

/// The share won for each value of a factor, in the order of the values.
pub type Gains = Vec<(f64, Estimate)>;

/// A strategy's gains by a factor, over the scenarios of a scope that have UAVs.
pub fn gains(results: &Results, scope: &Scope, factor: Factor, strategy: usize) -> Gains {
    let mut by_value: BTreeMap<u64, Vec<&Sample>> = BTreeMap::new();
    for sample in results.samples_of(scope).filter(|sample| sample.uav_count > 0) {
        // Numbers that are not negative order like their bits.
        by_value.entry(factor.of(sample).to_bits()).or_default().push(sample);
    }
    let share = |samples: &[&Sample]| share_won(samples, strategy, results.reference);
    by_value.iter().filter_map(|(bits, samples)| Some((f64::from_bits(*bits), share(samples)?))).collect()
}

/// The share won by strategy, by a factor, with a panel for each group of networks.
pub fn gain(results: &Results, factor: Factor) -> String {
    const HEIGHT: f64 = 450.0;
    let looks = looks(&results.strategies);
    let names_px = results.strategies.iter().map(|name| width_of(name, 12.0)).fold(80.0, f64::max) + 40.0;
    let strategies: Vec<usize> = (0..results.strategies.len()).filter(|i| *i != results.reference).collect();
    let panels: Vec<(String, Vec<Gains>)> = group_scopes(results)
        .into_iter()
        .map(|(name, scope)| (name, strategies.iter().map(|i| gains(results, &scope, factor, *i)).collect()))
        .collect();
    let panel_px = 320.0;
    let width = panels.len() as f64 * (panel_px + names_px + 70.0) + 10.0;
    let (title, axis) = factor.titles();
    let mut svg = Svg::new(width, HEIGHT, title, "The share won against ugv_only for each strategy.");
    let how = "100 %: as good as the clairvoyant; 0 %: as good as ugv_only. Bars: one standard error, networks being what is sampled.";
    headline(&mut svg, width, title, how);
    let all = || panels.iter().flat_map(|panel| &panel.1).flatten();
    let reach = |sign: f64| {
        move |(_, share): &(f64, Estimate)| 100.0 * (share.value + sign * share.standard_error.unwrap_or_default())
    };
    let range = (all().map(reach(-1.0)).fold(0.0, f64::min), all().map(reach(1.0)).fold(5.0, f64::max));
    let mut values: Vec<f64> = all().map(|(value, _)| *value).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    for (i, (name, lines)) in panels.iter().enumerate() {
        let left = 70.0 + i as f64 * (panel_px + names_px + 70.0);
        let panel = Panel { left, right: left + panel_px, top: 116.0, bottom: HEIGHT - 60.0 };
        let y = Scale::linear(range, (panel.bottom, panel.top));
        let y_ticks: Vec<(f64, String)> =
            ticks(range.0, range.1, 6.0).into_iter().map(|tick| (tick, format!("{} %", short(tick)))).collect();
        panel.grid_y(&mut svg, &y, &y_ticks);
        svg.text(panel.left, panel.top - 14.0, "panel", name);
        panel.title_x(&mut svg, axis);
        if i == 0 {
            panel.title_y(&mut svg, 52.0, "share won against ugv_only");
        }
        let slot = panel_px / values.len().max(1) as f64;
        let x_of = |value: f64| {
            let position = values.iter().position(|other| *other == value).unwrap_or_default();
            panel.left + slot * (position as f64 + 0.5)
        };
        for value in &values {
            svg.text(x_of(*value), panel.bottom + 17.0, "tick middle", &factor.label(*value));
        }
        let mut labels = Vec::new();
        // Side by side, so that bars do not hide one another.
        let aside = |place: usize| (place as f64 - (strategies.len() as f64 - 1.0) / 2.0) * 5.0;
        for (place, (strategy, line)) in strategies.iter().zip(lines).enumerate() {
            let points: Vec<((f64, f64), f64)> = line
                .iter()
                .map(|(value, share)| {
                    let bar = 100.0 * share.standard_error.unwrap_or_default();
                    let place = (x_of(*value) + aside(place), y.at(100.0 * share.value));
                    (place, y.at(0.0) - y.at(bar))
                })
                .collect();
            series(&mut svg, looks[*strategy], &points);
            if let Some((last, _)) = points.last() {
                labels.push((*last, results.strategies[*strategy].as_str(), looks[*strategy]));
            }
        }
        end_labels(&mut svg, &panel, &labels);
    }
    svg.finish()
}

/// The time of a decision by the network's size: the median, and what 99 % stay below. `None` if no times were kept.
pub fn planning_time(results: &Results) -> Option<String> {
    let bins = size_bins(results);
    let lines = |q: f64| -> Vec<Vec<(f64, f64)>> {
        (0..results.strategies.len()).map(|strategy| times_by_size(results, &bins, strategy, q)).collect()
    };
    draw_times(&TimesBySize {
        title: "How long a decision takes, by the size of the network",
        description: "Planning time per decision by number of segments, for each strategy.",
        how: "Networks in groups of alike size, each drawn at its median size. Both axes grow by factors.",
        what: "time of a decision",
        names: &results.strategies,
        looks: &looks(&results.strategies),
        panels: &[("Median", lines(0.5)), ("99 % of the decisions take no longer", lines(0.99))],
    })
}

/// How many groups of networks of alike size there are at most.
const SIZE_BINS: usize = 6;

/// The networks by size, in groups of as many: each group's median size and its networks.
fn size_bins(results: &Results) -> Vec<(f64, Vec<&str>)> {
    let mut networks: Vec<(usize, &str)> =
        results.samples.iter().map(|sample| (sample.segment_count, sample.network.as_str())).collect();
    networks.sort_unstable();
    networks.dedup();
    let bins = SIZE_BINS.min(networks.len());
    (0..bins)
        .map(|bin| {
            let of = &networks[bin * networks.len() / bins..(bin + 1) * networks.len() / bins];
            let sizes: Vec<f64> = of.iter().map(|(size, _)| *size as f64).collect();
            (quantile(&sizes, 0.5).unwrap_or_default(), of.iter().map(|(_, name)| *name).collect())
        })
        .collect()
}

fn times_by_size(results: &Results, bins: &[(f64, Vec<&str>)], strategy: usize, q: f64) -> Vec<(f64, f64)> {
    let mut of_network: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for sample in &results.samples {
        let times_ms = sample.outcomes.get(strategy).map_or(&[][..], |outcome| &outcome.decisions_ms);
        of_network.entry(&sample.network).or_default().extend(times_ms);
    }
    bins.iter()
        .filter_map(|(size, networks)| {
            let mut times_ms: Vec<f64> =
                networks.iter().filter_map(|network| of_network.get(network)).flatten().copied().collect();
            times_ms.sort_by(f64::total_cmp);
            // A clock that is too coarse says 0; there is no place for that among factors.
            quantile(&times_ms, q).filter(|ms| *ms > 0.0).map(|ms| (*size, ms))
        })
        .collect()
}

/// The scopes of the panels: the groups of networks, or everything if there is only one.
fn group_scopes(results: &Results) -> Vec<(String, Scope)> {
    let groups = results.groups();
    if groups.len() < 2 {
        return vec![(groups.first().map_or(String::new(), |group| panel_name(group)), Scope::Everything)];
    }
    groups.into_iter().map(|group| (panel_name(group), Scope::Group(group.to_owned()))).collect()
}

fn panel_name(group: &str) -> String {
    if group.is_empty() { "networks".to_owned() } else { format!("{group} networks") }
}

/// A number with as few digits as it needs, three after the point at most.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

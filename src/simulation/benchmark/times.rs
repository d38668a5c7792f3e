//! Times by the size of a network, as lines, both axes growing by factors.

use super::axes::{Panel, Scale, decades, end_labels, headline, series};
use super::palette::{Look, ranked};
use super::plots::short;
use super::svg::{Svg, width_of};

/// A line through points of a size (segments) and a time in milliseconds, above 0 both.
pub type TimeLine = Vec<(f64, f64)>;

/// What is drawn: two panels or more, the same lines in each.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimesBySize<'a> {
    pub(super) title: &'a str,
    pub(super) description: &'a str,
    pub(super) how: &'a str,
    /// Whose time it is.
    pub(super) what: &'a str,
    pub(super) names: &'a [String],
    pub(super) looks: &'a [Look],
    pub(super) panels: &'a [(&'a str, Vec<TimeLine>)],
}

/// How long each engine takes by the size of the network, the first engine being the one to look at; `None` if there are no times.
pub fn search_time(names: &[String], panels: &[(&str, Vec<TimeLine>)]) -> Option<String> {
    draw_times(&TimesBySize {
        title: "How long the shortest way takes, by the size of the network",
        description: "Time of a query by number of segments, for each search engine.",
        how: "The same queries on the same networks, in one run. Both axes grow by factors.",
        what: "time of a query",
        names,
        looks: &ranked(names.len()),
        panels,
    })
}

/// The drawing; `None` if there are no times.
pub(super) fn draw_times(of: &TimesBySize<'_>) -> Option<String> {
    const HEIGHT: f64 = 450.0;
    let all = || of.panels.iter().flat_map(|panel| &panel.1).flatten();
    let range = |of: fn(&(f64, f64)) -> f64| {
        let low = all().map(of).fold(f64::INFINITY, f64::min);
        (low, all().map(of).fold(0.0, f64::max))
    };
    let (sizes, times_ms) = (range(|point| point.0), range(|point| point.1));
    if !(sizes.0.is_finite() && times_ms.0 > 0.0 && sizes.0 > 0.0) {
        return None;
    }
    let names_px = of.names.iter().map(|name| width_of(name, 12.0)).fold(80.0, f64::max) + 40.0;
    let panel_px = 320.0;
    let width = of.panels.len() as f64 * (panel_px + names_px + 70.0) + 10.0;
    let mut svg = Svg::new(width, HEIGHT, of.title, of.description);
    headline(&mut svg, width, of.title, of.how);
    let time_ticks = decades(times_ms.0, times_ms.1);
    let time_range = (time_ticks[0], *time_ticks.last().unwrap_or(&1.0));
    let size_range = (sizes.0 * 0.85, sizes.1 * 1.1);
    let size_ticks = size_ticks(size_range);
    let time_ticks: Vec<(f64, String)> = time_ticks.iter().map(|tick| (*tick, duration(*tick))).collect();
    for (i, (name, lines)) in of.panels.iter().enumerate() {
        let left = 70.0 + i as f64 * (panel_px + names_px + 70.0);
        let panel = Panel { left, right: left + panel_px, top: 116.0, bottom: HEIGHT - 60.0 };
        let x = Scale::log(size_range, (panel.left, panel.right));
        let y = Scale::log(time_range, (panel.bottom, panel.top));
        panel.grid_x(&mut svg, &x, &size_ticks);
        panel.grid_y(&mut svg, &y, &time_ticks);
        svg.text(panel.left, panel.top - 14.0, "panel", name);
        panel.title_x(&mut svg, "segments of the network");
        if i == 0 {
            panel.title_y(&mut svg, 52.0, of.what);
        }
        let mut labels = Vec::new();
        for ((line, look), name) in lines.iter().zip(of.looks).zip(of.names) {
            let points: Vec<((f64, f64), f64)> =
                line.iter().map(|(size, ms)| ((x.at(*size), y.at(*ms)), 0.0)).collect();
            series(&mut svg, *look, &points);
            if let Some((last, _)) = points.last() {
                labels.push((*last, name.as_str(), *look));
            }
        }
        end_labels(&mut svg, &panel, &labels);
    }
    Some(svg.finish())
}

/// 1, 2 and 5 times the powers of ten within the range; over more than two decades the powers alone.
fn size_ticks((low, high): (f64, f64)) -> Vec<(f64, String)> {
    let factors: &[f64] = if high / low > 200.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let ticks = decades(low, high).into_iter().flat_map(|decade| factors.iter().map(move |factor| decade * factor));
    ticks.filter(|tick| (low..=high).contains(tick)).map(|tick| (tick, size(tick))).collect()
}

fn size(segments: f64) -> String {
    match segments {
        segments if segments < 1e4 => short(segments),
        segments if segments < 1e6 => format!("{}k", short(segments / 1e3)),
        segments => format!("{}M", short(segments / 1e6)),
    }
}

/// A time given in milliseconds, in the unit that suits it.
fn duration(ms: f64) -> String {
    match ms {
        ms if ms < 0.001 => format!("{} ns", short(ms * 1e6)),
        ms if ms < 1.0 => format!("{} µs", short(ms * 1e3)),
        ms if ms < 1e3 => format!("{} ms", short(ms)),
        ms => format!("{} s", short(ms / 1e3)),
    }
}

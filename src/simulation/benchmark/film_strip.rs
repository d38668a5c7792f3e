//! A run as a strip of maps: the network, what is known of it, the vehicles with their tracks and what they are about to do.

use super::super::run::Run;
use super::super::trial::Trial;
use super::axes::headline;
use super::film::{Flight, Moment, line_of, moments};
use super::svg::{PathData, Svg, width_of};
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::network::{Direction, Place};

/// A run to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Film<'a> {
    /// What was run.
    pub trial: &'a Trial,
    /// The network's name.
    pub network: &'a str,
    /// The strategy as the command line names it.
    pub strategy: &'a str,
    /// What came of it.
    pub run: &'a Run,
    /// The bound that no strategy can beat, in seconds.
    pub clairvoyant_s: Option<f64>,
}

const COLUMNS: usize = 3;
const FRAME: f64 = 340.0;
const GAP: f64 = 22.0;
const TOP: f64 = 78.0;
const CAPTION: f64 = 24.0;
const LEGEND: f64 = 66.0;

const ROAD: &str = "#cbd0d8";
const TRUE_BLOCKAGE: &str = "#f0a9a0";
const CLEAR: &str = "#7fcdbb";
const BLOCKED: &str = "#c0271f";
const UGV: &str = "#111827";
const UAVS: [&str; 6] = ["#0072b2", "#d55e00", "#882255", "#997700", "#117733", "#cc79a7"];

/// Draws a run at so many moments: see there how they are chosen. At least two are shown, the start and the end.
pub fn film_strip(film: &Film<'_>, frames: usize) -> String {
    let moments = moments(film.trial, film.run, frames.max(2));
    let map = Map::around(&points_of(film.trial, &moments));
    let columns = COLUMNS.min(moments.len());
    let rows = moments.len().div_ceil(columns);
    let width = 20.0 * 2.0 + columns as f64 * FRAME + (columns - 1) as f64 * GAP;
    let height = TOP + rows as f64 * (map.height + CAPTION + GAP) + LEGEND;
    let title = format!("{} on {} with {}", film.strategy, film.network, count(film.trial.uav_count));
    let mut svg = Svg::new(width, height, &title, "Maps of one run at chosen moments.");
    headline(&mut svg, width, &title, &subtitle(film));
    define(&mut svg, film.trial, &map);
    for (i, moment) in moments.iter().enumerate() {
        let (column, row) = (i % columns, i / columns);
        let left = 20.0 + column as f64 * (FRAME + GAP);
        let top = TOP + row as f64 * (map.height + CAPTION + GAP);
        svg.text(left, top + 14.0, "panel", &time(moment.at_s));
        let change = if moment.is_rerouted { ": new route" } else { "" };
        let said = format!("{}{change}", moment.caption);
        svg.text(left + 62.0, top + 14.0, "label", &said);
        svg.element("svg")
            .number("x", left)
            .number("y", top + CAPTION)
            .number("width", FRAME)
            .number("height", map.height)
            .open();
        draw(&mut svg, film.trial, &map, moment);
        svg.close();
    }
    legend(&mut svg, 20.0, height - LEGEND + 18.0, film.trial.uav_count);
    svg.finish()
}

fn count(uavs: usize) -> String {
    match uavs {
        0 => "no UAV".to_owned(),
        1 => "1 UAV".to_owned(),
        _ => format!("{uavs} UAVs"),
    }
}

fn subtitle(film: &Film<'_>) -> String {
    let trial = film.trial;
    let arrival = match (film.run.arrival_s, film.clairvoyant_s) {
        (Some(arrival_s), Some(bound_s)) => format!("arrival after {arrival_s:.1} s, clairvoyant {bound_s:.1} s"),
        (Some(arrival_s), None) => format!("arrival after {arrival_s:.1} s"),
        (None, _) => "no way".to_owned(),
    };
    let (ugv, uav) = (trial.ugv_speed_mps, trial.uav_speed_mps);
    format!(
        "Scenario {}: UGV {ugv} m/s, UAVs {uav} m/s, {} blocked segments; {arrival}",
        trial.id,
        trial.blockages.segments().count()
    )
}

fn time(at_s: f64) -> String {
    format!("{at_s:.1} s")
}

/// From the network's plane to a frame's pixels, north up: the part of the network in which something happens.
struct Map {
    low: Point,
    high: Point,
    scale: f64,
    height: f64,
    aside: (f64, f64),
}

impl Map {
    const MARGIN: f64 = 14.0;
    /// How much room there is around what happens, as a share of its width or height.
    const AROUND: f64 = 0.08;

    fn around(points: &[Point]) -> Self {
        let least = |of: fn(&Point) -> f64| points.iter().map(of).fold(f64::INFINITY, f64::min);
        let most = |of: fn(&Point) -> f64| points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = ((least(|p| p.x_m), least(|p| p.y_m)), (most(|p| p.x_m), most(|p| p.y_m)));
        let around_m = Self::AROUND * (high.0 - low.0).max(high.1 - low.1).max(1.0);
        let low = Point { x_m: low.0 - around_m, y_m: low.1 - around_m };
        let high = Point { x_m: high.0 + around_m, y_m: high.1 + around_m };
        let (width_m, height_m) = (high.x_m - low.x_m, high.y_m - low.y_m);
        // No flatter than this and no taller than wide.
        let height = (FRAME * height_m / width_m).clamp(0.6 * FRAME, FRAME);
        let room = (FRAME - 2.0 * Self::MARGIN, height - 2.0 * Self::MARGIN);
        let scale = (room.0 / width_m).min(room.1 / height_m);
        let aside = ((room.0 - width_m * scale) / 2.0, (room.1 - height_m * scale) / 2.0);
        Self { low, high, scale, height, aside }
    }

    fn at(&self, point: Point) -> (f64, f64) {
        let (x, y) = ((point.x_m - self.low.x_m) * self.scale, (point.y_m - self.low.y_m) * self.scale);
        (Self::MARGIN + self.aside.0 + x, self.height - Self::MARGIN - self.aside.1 - y)
    }

    fn line(&self, points: &[Point]) -> Vec<(f64, f64)> {
        points.iter().map(|point| self.at(*point)).collect()
    }

    /// Whether some of a line may be in a frame, which shows a little more than what happens.
    fn may_show(&self, line: &[Point]) -> bool {
        let (wide_m, high_m) = (FRAME / self.scale, self.height / self.scale);
        let is_beyond = |beyond: &dyn Fn(&Point) -> bool| line.iter().all(beyond);
        !(is_beyond(&|p| p.x_m < self.high.x_m - wide_m)
            || is_beyond(&|p| p.x_m > self.low.x_m + wide_m)
            || is_beyond(&|p| p.y_m < self.high.y_m - high_m)
            || is_beyond(&|p| p.y_m > self.low.y_m + high_m))
    }
}

/// Every point where a vehicle is or is about to be at the moments, start and goal included.
fn points_of(trial: &Trial, moments: &[Moment]) -> Vec<Point> {
    let mut points = vec![trial.network.point_at(trial.start), trial.network.point_at(trial.goal)];
    for moment in moments {
        let inspected = moment.flown.iter().flatten().filter_map(|flight| match flight {
            Flight::Inspect(leg) => Some(leg),
            Flight::Deadhead(..) => None,
        });
        for leg in inspected.chain(&moment.driven).chain(&moment.route).chain(moment.tasking.iter().flatten()) {
            points.extend(line_of(&trial.network, *leg));
        }
        points.extend(&moment.uavs);
    }
    points
}

/// What all frames share: the roads and the true blockages.
fn define(svg: &mut Svg, trial: &Trial, map: &Map) {
    let (mut roads, mut crosses) = (PathData::default(), PathData::default());
    for i in 0..trial.network.segments().len() {
        let line = line_of(&trial.network, trial.network.whole_leg(SegmentId(i as u32), Direction::Forward));
        if map.may_show(&line) {
            roads.add(map.line(&line));
        }
    }
    for segment in trial.blockages.segments() {
        for offset_m in trial.blockages.on(segment) {
            let point = trial.network.point_at(Place { segment, offset_m: *offset_m });
            if map.may_show(&[point]) {
                cross(&mut crosses, map.at(point), 2.2);
            }
        }
    }
    svg.element("defs").open();
    stroke(svg.element("path").word("id", "roads"), &roads, ROAD, 1.0).done();
    stroke(svg.element("path").word("id", "crosses"), &crosses, TRUE_BLOCKAGE, 1.0).done();
    svg.close();
}

fn stroke<'a>(element: super::svg::Element<'a>, path: &PathData, colour: &str, width: f64) -> super::svg::Element<'a> {
    element
        .word("d", path.as_str())
        .word("fill", "none")
        .word("stroke", colour)
        .number("stroke-width", width)
        .word("stroke-linejoin", "round")
        .word("stroke-linecap", "round")
}

fn cross(path: &mut PathData, (x, y): (f64, f64), r: f64) {
    path.add([(x - r, y - r), (x + r, y + r)]);
    path.add([(x - r, y + r), (x + r, y - r)]);
}

fn draw(svg: &mut Svg, trial: &Trial, map: &Map, moment: &Moment) {
    let network = &trial.network;
    svg.element("rect")
        .number("width", FRAME)
        .number("height", map.height)
        .word("fill", "#fafafa")
        .number("rx", 4.0)
        .done();
    svg.element("use").word("href", "#roads").done();
    let whole = |segment| map.line(&line_of(network, network.whole_leg(segment, Direction::Forward)));
    let (mut clear, mut blocked, mut crosses) = (PathData::default(), PathData::default(), PathData::default());
    for segment in &moment.clear {
        clear.add(whole(*segment));
    }
    for (segment, offset_m) in &moment.blocked {
        blocked.add(whole(*segment));
        if let Some(offset_m) = offset_m {
            cross(&mut crosses, map.at(network.point_at(Place { segment: *segment, offset_m: *offset_m })), 4.0);
        }
    }
    put(svg, &clear, CLEAR, 3.6, "");
    put(svg, &blocked, "#eba79f", 3.6, "");
    svg.element("use").word("href", "#crosses").done();
    for (i, flights) in moment.flown.iter().enumerate() {
        let (mut inspected, mut deadheads) = (PathData::default(), PathData::default());
        for flight in flights {
            match flight {
                Flight::Inspect(leg) => inspected.add(map.line(&line_of(network, *leg))),
                Flight::Deadhead(from, to) => deadheads.add(map.line(&[*from, *to])),
            }
        }
        put(svg, &inspected, colour(i), 1.1, "");
        put(svg, &deadheads, colour(i), 0.7, "1 3");
    }
    for (i, tasks) in moment.tasking.iter().enumerate() {
        let (mut inspections, mut ways) = (PathData::default(), PathData::default());
        let mut at = moment.uavs[i];
        for leg in tasks {
            let line = line_of(network, *leg);
            if let (Some(first), Some(last)) = (line.first(), line.last()) {
                if first.distance_m(at) > 1.0 {
                    ways.add(map.line(&[at, *first]));
                }
                at = *last;
            }
            inspections.add(map.line(&line));
        }
        if !inspections.is_empty() {
            stroke(svg.element("path"), &inspections, colour(i), 7.0).number("stroke-opacity", 0.22).done();
        }
        put(svg, &ways, colour(i), 0.7, "1 3");
    }
    let (mut route, mut driven) = (PathData::default(), PathData::default());
    for leg in &moment.route {
        route.add(map.line(&line_of(network, *leg)));
    }
    for leg in &moment.driven {
        driven.add(map.line(&line_of(network, *leg)));
    }
    put(svg, &route, UGV, 1.8, "5 4");
    put(svg, &driven, UGV, 3.0, "");
    put(svg, &crosses, BLOCKED, 2.2, "");
    let (start, goal) = (network.point_at(trial.start), network.point_at(trial.goal));
    ring(svg, map.at(start));
    flag(svg, map.at(goal));
    let mut taken: Vec<(f64, f64)> = Vec::new();
    for (i, at) in moment.uavs.iter().enumerate() {
        let (x, y) = map.at(*at);
        // Beside one another where they would hide one another.
        let hidden = taken.iter().filter(|(other_x, other_y)| (other_x - x).abs() < 7.0 && (other_y - y).abs() < 7.0);
        let beside = 11.0 * hidden.count() as f64;
        triangle(svg, (x + beside, y - 7.0), i);
        taken.push((x, y));
    }
    ugv(svg, map.at(moment.ugv));
}

fn colour(uav: usize) -> &'static str {
    UAVS[uav % UAVS.len()]
}

fn put(svg: &mut Svg, path: &PathData, colour: &str, width: f64, dashes: &str) {
    if path.is_empty() {
        return;
    }
    let element = stroke(svg.element("path"), path, colour, width);
    if dashes.is_empty() { element.done() } else { element.word("stroke-dasharray", dashes).done() }
}

fn ring(svg: &mut Svg, (x, y): (f64, f64)) {
    let circle = svg.element("circle").number("cx", x).number("cy", y).number("r", 5.0);
    circle.word("fill", "#fff").word("stroke", UGV).number("stroke-width", 2.0).done();
}

fn flag(svg: &mut Svg, (x, y): (f64, f64)) {
    svg.line((x, y), (x, y - 17.0), UGV, 1.8);
    let corners = format!("{:.1},{:.1} {:.1},{:.1} {:.1},{:.1}", x, y - 17.0, x + 12.0, y - 13.0, x, y - 9.0);
    svg.element("polygon").word("points", &corners).word("fill", UGV).done();
}

fn ugv(svg: &mut Svg, (x, y): (f64, f64)) {
    let square =
        svg.element("rect").number("x", x - 4.5).number("y", y - 4.5).number("width", 9.0).number("height", 9.0);
    square.number("rx", 1.5).word("fill", UGV).word("stroke", "#fff").number("stroke-width", 1.5).done();
}

fn triangle(svg: &mut Svg, (x, y): (f64, f64), uav: usize) {
    let corners = format!("{:.1},{:.1} {:.1},{:.1} {:.1},{:.1}", x, y + 8.0, x - 8.0, y - 6.5, x + 8.0, y - 6.5);
    svg.element("polygon")
        .word("points", &corners)
        .word("fill", colour(uav))
        .word("stroke", "#fff")
        .number("stroke-width", 1.2)
        .done();
    svg.element("text")
        .number("x", x)
        .number("y", y + 1.5)
        .word("class", "middle")
        .word("style", "font-size:8.5px;font-weight:700;fill:#fff")
        .holding(&(uav + 1).to_string());
}

/// Draws a sample of what a legend names, beginning there.
type Sample = fn(&mut Svg, f64, f64);

fn legend(svg: &mut Svg, left: f64, top: f64, uavs: usize) {
    let (mut x, mut y) = (left, top);
    let mut entries: Vec<(&str, Sample)> = vec![
        ("start", |svg, x, y| ring(svg, (x + 12.0, y))),
        ("goal", |svg, x, y| flag(svg, (x + 8.0, y + 8.0))),
        ("UGV and its track", |svg, x, y| {
            svg.line((x, y), (x + 18.0, y), UGV, 3.0);
            ugv(svg, (x + 20.0, y));
        }),
        ("its route", |svg, x, y| dashed(svg, x, y, UGV, 1.8, "5 4")),
        ("known clear", |svg, x, y| svg.line((x, y), (x + 24.0, y), CLEAR, 3.6)),
        ("known blocked", |svg, x, y| {
            svg.line((x, y), (x + 24.0, y), "#eba79f", 3.6);
            let mut path = PathData::default();
            cross(&mut path, (x + 12.0, y), 4.0);
            put(svg, &path, BLOCKED, 2.2, "");
        }),
        ("blockage not yet known", |svg, x, y| {
            let mut path = PathData::default();
            cross(&mut path, (x + 12.0, y), 2.2);
            put(svg, &path, TRUE_BLOCKAGE, 1.0, "");
        }),
    ];
    if uavs > 0 {
        entries.push(("UAV, by number", |svg, x, y| triangle(svg, (x + 12.0, y), 0)));
        entries.push(("inspected by it", |svg, x, y| svg.line((x, y), (x + 24.0, y), colour(0), 1.1)));
        entries.push(("flown straight, or about to", |svg, x, y| dashed(svg, x, y, colour(0), 0.7, "1 3")));
        entries.push(("its tasking", |svg, x, y| {
            let band = svg.element("line").number("x1", x).number("y1", y).number("x2", x + 24.0).number("y2", y);
            band.word("stroke", colour(0)).number("stroke-width", 7.0).number("stroke-opacity", 0.22).done();
        }));
    }
    for (name, sample) in entries {
        let step = 34.0 + width_of(name, 12.0) + 18.0;
        if x + step > left + COLUMNS as f64 * (FRAME + GAP) {
            (x, y) = (left, y + 24.0);
        }
        sample(svg, x, y);
        svg.text(x + 32.0, y + 4.0, "label", name);
        x += step;
    }
}

fn dashed(svg: &mut Svg, x: f64, y: f64, colour: &str, width: f64, dashes: &str) {
    let mut path = PathData::default();
    path.add([(x, y), (x + 24.0, y)]);
    put(svg, &path, colour, width, dashes);
}

//! Where the town's streets go.

use super::sketch::{Dice, River, Road, Sketch};
use crate::domain::geometry::{Point, Polygon};

/// The town reaches this far east and west of its middle, in metres.
const HALF_WIDTH_M: f64 = 1_500.0;
/// And this far north and south.
const HALF_HEIGHT_M: f64 = 1_250.0;
/// The quays run this far north and south of the river's centre line.
const QUAY_M: f64 = 70.0;
/// The ring road's bridges stand this far east and west of the middle.
const RING_X_M: f64 = 1_130.0;
/// The ring road reaches this far north and south of the quays.
const RING_Y_M: f64 = 840.0;
/// Radius of the old centre.
const OLD_CENTRE_M: f64 = 310.0;
/// The bridges from west to east: name, and position about which the seed varies.
const BRIDGES: [(&str, f64); 6] = [
    ("West Ring Bridge", -RING_X_M),
    ("Mill Bridge", -640.0),
    ("Old Bridge", -190.0),
    ("North Bridge", 250.0),
    ("Station Bridge", 690.0),
    ("East Ring Bridge", RING_X_M),
];

const RING_KMH: f64 = 70.0;
const MAIN_KMH: f64 = 50.0;
const QUIET_KMH: f64 = 30.0;
const COUNTRY_KMH: f64 = 80.0;

/// One bank of the river: the nodes that later roads start from.
struct Bank {
    /// 1 north, -1 south.
    side: f64,
    /// The heads of the bridges, as in [`BRIDGES`].
    heads: Vec<usize>,
    /// The ring road from west to east, with the heads of its bridges.
    ring: Vec<usize>,
}

/// Draws the whole town.
pub(super) fn draw(seed: u64) -> Sketch {
    let mut dice = Dice::new(seed);
    let river = River::new(&mut dice);
    let mut sketch = Sketch::new(river);
    let crossings_m = BRIDGES.map(|(_, x_m)| if x_m.abs() < RING_X_M { x_m + dice.between(-50.0, 50.0) } else { x_m });
    let north = draw_bank(&mut sketch, &mut dice, 1.0, &crossings_m);
    let south = draw_bank(&mut sketch, &mut dice, -1.0, &crossings_m);
    for (i, (name, x_m)) in BRIDGES.iter().enumerate() {
        let limit_kmh = if x_m.abs() < RING_X_M { MAIN_KMH } else { RING_KMH };
        sketch.street(north.heads[i], south.heads[i], Road::bridge(name, limit_kmh));
    }
    let town =
        Polygon { rings: vec![north.ring.iter().chain(south.ring.iter().rev()).map(|n| sketch.nodes[*n]).collect()] };
    let market = draw_main_roads(&mut sketch, &mut dice, &north, &south);
    let columns = draw_grid(&mut sketch, &mut dice, &town);
    let zones = Zones { town, market: sketch.nodes[market] };
    scatter_nodes(&mut sketch, &mut dice, &zones);
    let drawn_before = sketch.streets.len();
    connect(&mut sketch, &zones);
    for street in drawn_before..sketch.streets.len() {
        let share = dice.sign() * dice.between(0.03, 0.11);
        if dice.between(0.0, 1.0) < 0.7 {
            sketch.bend(street, share, 18.0);
        }
    }
    make_oneway(&mut sketch, &mut dice, columns, drawn_before, &zones);
    sketch
}

/// The quay and half of the ring road.
fn draw_bank(sketch: &mut Sketch, dice: &mut Dice, side: f64, crossings_m: &[f64]) -> Bank {
    let quay_point = |river: &River, x_m: f64| Point { x_m, y_m: river.y_m(x_m) + side * QUAY_M };
    let mut quay = Vec::new();
    let mut heads = Vec::new();
    for pair in crossings_m.windows(2) {
        heads.push(quay.len());
        let steps = ((pair[1] - pair[0]) / 75.0).round().max(1.0) as usize;
        for k in 0..steps {
            let x_m = pair[0] + (pair[1] - pair[0]) * k as f64 / steps as f64;
            // Every other node is a mere bend, and so are the neighbours of a bridge.
            let open = k == 0 || (k % 2 == 0 && k + 1 < steps);
            quay.push(sketch.node(quay_point(&sketch.river, x_m), open));
        }
    }
    heads.push(quay.len());
    quay.push(sketch.node(quay_point(&sketch.river, crossings_m[crossings_m.len() - 1]), true));
    let heads: Vec<usize> = heads.into_iter().map(|i| quay[i]).collect();
    sketch.streets_along(&quay, &Road::named(if side > 0.0 { "North Quay" } else { "South Quay" }, MAIN_KMH));

    const STEPS: usize = 26;
    let (west, east) = (sketch.nodes[quay[0]], sketch.nodes[quay[quay.len() - 1]]);
    let mut ring = vec![quay[0]];
    let mut swell = 1.0;
    for k in 1..STEPS {
        // Half a circle in rational form.
        let u = 2.0 * k as f64 / STEPS as f64 - 1.0;
        let (across, up) = (2.0 * u / (1.0 + u * u), (1.0 - u * u) / (1.0 + u * u));
        swell = (swell + dice.between(-0.02, 0.02)).clamp(0.95, 1.05);
        let base_m = west.y_m + (east.y_m - west.y_m) * (across + 1.0) / 2.0;
        let point =
            Point { x_m: RING_X_M * across * (1.0 + (swell - 1.0) * up), y_m: base_m + side * RING_Y_M * up * swell };
        ring.push(sketch.node(point, k % 2 == 1));
    }
    ring.push(quay[quay.len() - 1]);
    sketch.streets_along(&ring, &Road::named("Ring Road", RING_KMH));
    Bank { side, heads, ring }
}

/// The streets from the bridges to the ring and beyond, and the two that run along the river; gives the market place.
fn draw_main_roads(sketch: &mut Sketch, dice: &mut Dice, north: &Bank, south: &Bank) -> usize {
    const NORTHWARD: [(usize, &str); 4] =
        [(1, "Mill Street"), (2, "Market Street"), (3, "Cathedral Street"), (4, "College Street")];
    const SOUTHWARD: [(usize, &str); 3] = [(1, "Harbour Street"), (2, "Station Street"), (3, "Park Street")];
    let (mut spines, mut used) = (Vec::new(), Vec::new());
    for (bank, list) in [(north, &NORTHWARD[..]), (south, &SOUTHWARD[..])] {
        let mut spines_here = Vec::new();
        for (bridge, name) in list {
            let head = bank.heads[*bridge];
            let goal_x_m = sketch.nodes[head].x_m * 1.15 + dice.between(-30.0, 30.0);
            let gate = nearest(sketch, &bank.ring, |p| (p.x_m - goal_x_m).abs());
            let bow_m = dice.between(-35.0, 35.0);
            spines_here.push(sketch.bowed(head, gate, 95.0, bow_m, &Road::named(name, MAIN_KMH)));
            used.push(gate);
        }
        spines.push(spines_here);
    }
    let mut market = 0;
    for (bank, spines, name, height_m) in
        [(north, &spines[0], "High Street", 330.0), (south, &spines[1], "Railway Street", 380.0)]
    {
        let goal_y_m = bank.side * height_m;
        let crossings: Vec<usize> =
            spines.iter().map(|spine| nearest(sketch, inner(spine), |p| (p.y_m - goal_y_m).abs())).collect();
        let half = bank.ring.len() / 2;
        let mut stops = vec![nearest(sketch, inner(&bank.ring[..half]), |p| (p.y_m - goal_y_m).abs())];
        stops.extend(&crossings);
        if bank.side > 0.0 {
            stops.push(nearest(sketch, inner(&bank.ring[half..]), |p| (p.y_m - goal_y_m).abs()));
            market = crossings[1];
        }
        used.extend([stops[0], stops[stops.len() - 1]]);
        for pair in stops.windows(2) {
            let bow_m = dice.between(-18.0, 18.0);
            sketch.bowed(pair[0], pair[1], 90.0, bow_m, &Road::named(name, MAIN_KMH));
        }
    }
    // Out of the town, from the ring's gates to the edge of the map.
    const OUTWARD: [(f64, f64, &str); 7] = [
        (-700.0, HALF_HEIGHT_M, "Heath Road"),
        (300.0, HALF_HEIGHT_M, "North Road"),
        (HALF_WIDTH_M, 420.0, "East Road"),
        (HALF_WIDTH_M, -480.0, "Abbey Road"),
        (500.0, -HALF_HEIGHT_M, "South Road"),
        (-600.0, -HALF_HEIGHT_M, "Moor Road"),
        (-HALF_WIDTH_M, 380.0, "West Road"),
    ];
    for (x_m, y_m, name) in OUTWARD {
        let edge = Point { x_m, y_m };
        let ring: Vec<usize> = north.ring.iter().chain(&south.ring).copied().filter(|n| sketch.open[*n]).collect();
        let gate = nearest(sketch, &ring, |p| {
            // A gate that a main street already leads to is worth a detour of 150 m.
            let has_street = used.iter().any(|n| sketch.nodes[*n] == p);
            p.distance_m(edge) - if has_street { 150.0 } else { 0.0 }
        });
        let end = sketch.node(edge, true);
        let bow_m = dice.between(-25.0, 25.0);
        sketch.bowed(gate, end, 150.0, bow_m, &Road::named(name, COUNTRY_KMH));
    }
    market
}

/// The regular quarter in the south-east: its north-south streets, column by column.
fn draw_grid(sketch: &mut Sketch, dice: &mut Dice, town: &Polygon) -> Vec<Vec<usize>> {
    const AVENUES: [&str; 9] = ["Acacia", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Juniper"];
    const ROWS: [&str; 9] = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th"];
    const COLUMN_M: f64 = 100.0;
    const ROW_M: f64 = 84.0;
    let slope = dice.between(-0.1, 0.1);
    let unit = 1.0 / (1.0 + slope * slope).sqrt();
    let corner = Point { x_m: 395.0, y_m: sketch.river.y_m(690.0) - 170.0 };
    let mut at = vec![vec![None; ROWS.len()]; AVENUES.len()];
    for (i, column) in at.iter_mut().enumerate() {
        for (j, place) in column.iter_mut().enumerate() {
            let (east_m, south_m) = (COLUMN_M * i as f64 * unit, ROW_M * j as f64 * unit);
            let point =
                Point { x_m: corner.x_m + east_m + slope * south_m, y_m: corner.y_m + slope * east_m - south_m };
            let is_dry = sketch.river.offset_m(point) < -QUAY_M - 50.0;
            if is_dry && town.contains(point) && sketch.distance_to_anything_m(point) > 55.0 {
                *place = Some(point);
            }
        }
    }
    let at: Vec<Vec<Option<usize>>> =
        at.into_iter().map(|column| column.into_iter().map(|p| p.map(|p| sketch.node(p, true))).collect()).collect();
    let mut columns = Vec::new();
    for (i, column) in at.iter().enumerate() {
        let road = Road::named(&format!("{} Avenue", AVENUES[i]), QUIET_KMH);
        let pairs = column.windows(2).filter_map(|pair| Some((pair[0]?, pair[1]?)));
        columns.push(pairs.collect::<Vec<_>>().into_iter().map(|(a, b)| sketch.street(a, b, road.clone())).collect());
    }
    for j in 0..ROWS.len() {
        let road = Road::named(&format!("{} Street", ROWS[j]), QUIET_KMH);
        for pair in at.windows(2) {
            if let (Some(a), Some(b)) = (pair[0][j], pair[1][j]) {
                sketch.street(a, b, road.clone());
            }
        }
    }
    columns
}

/// What kind of place a point is.
struct Zones {
    town: Polygon,
    market: Point,
}

impl Zones {
    fn is_old_centre(&self, point: Point) -> bool {
        point.distance_m(self.market) < OLD_CENTRE_M
    }

    /// How far apart junctions are, in metres.
    fn spacing_m(&self, point: Point) -> f64 {
        if self.is_old_centre(point) {
            62.0
        } else if self.town.contains(point) {
            116.0
        } else {
            270.0
        }
    }

    fn limit_kmh(&self, point: Point) -> f64 {
        if self.town.contains(point) { QUIET_KMH } else { MAIN_KMH }
    }
}

/// Junctions of the irregular quarters, at random but not too close together.
fn scatter_nodes(sketch: &mut Sketch, dice: &mut Dice, zones: &Zones) {
    for i in 0..6_000 {
        // Every third try goes to the old centre, which would else have more gaps than streets.
        let (middle, width_m, height_m) = if i % 3 == 0 {
            (zones.market, OLD_CENTRE_M, OLD_CENTRE_M)
        } else {
            (Point { x_m: 0.0, y_m: 0.0 }, HALF_WIDTH_M - 30.0, HALF_HEIGHT_M - 30.0)
        };
        let point = Point {
            x_m: middle.x_m + dice.between(-width_m, width_m),
            y_m: middle.y_m + dice.between(-height_m, height_m),
        };
        let spacing_m = zones.spacing_m(point);
        let is_dry = sketch.river.offset_m(point).abs() > QUAY_M + 0.5 * spacing_m.min(116.0);
        let has_room = sketch.nodes.iter().all(|n| n.distance_m(point) >= spacing_m);
        if is_dry && has_room && sketch.distance_to_anything_m(point) >= 0.55 * spacing_m {
            sketch.node(point, true);
        }
    }
}

/// Joins neighbouring junctions, the nearest pairs first, wherever a street fits.
fn connect(sketch: &mut Sketch, zones: &Zones) {
    let mut pairs = Vec::new();
    let open: Vec<usize> = (0..sketch.nodes.len()).filter(|n| sketch.open[*n]).collect();
    for (i, a) in open.iter().enumerate() {
        for b in &open[i + 1..] {
            let (from, to) = (sketch.nodes[*a], sketch.nodes[*b]);
            let distance_m = from.distance_m(to);
            if distance_m <= 0.85 * (zones.spacing_m(from) + zones.spacing_m(to)) {
                pairs.push((distance_m, *a, *b));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    for (_, a, b) in pairs {
        let middle = sketch.nodes[a].towards(sketch.nodes[b], 0.5);
        if sketch.fits(a, b, 0.33 * zones.spacing_m(middle)) {
            sketch.street(a, b, Road::unnamed(zones.limit_kmh(middle)));
        }
    }
}

/// Alternate avenues of the grid and some streets of the old centre, as long as every place can still be driven to.
fn make_oneway(sketch: &mut Sketch, dice: &mut Dice, columns: Vec<Vec<usize>>, from: usize, zones: &Zones) {
    let mut groups: Vec<Vec<usize>> = columns.into_iter().skip(1).take(4).collect();
    for (i, group) in groups.iter().enumerate() {
        if i % 2 == 1 {
            group.iter().for_each(|street| sketch.streets[*street].ends.reverse());
        }
    }
    for street in from..sketch.streets.len() {
        let [a, b] = sketch.streets[street].ends.map(|n| sketch.nodes[n]);
        if zones.is_old_centre(a) && zones.is_old_centre(b) && dice.between(0.0, 1.0) < 0.15 {
            groups.push(vec![street]);
        }
    }
    for group in groups {
        group.iter().for_each(|street| sketch.streets[*street].oneway = true);
        if !sketch.is_strongly_connected() {
            group.iter().for_each(|street| sketch.streets[*street].oneway = false);
        }
    }
}

/// Without the ends, which later roads should leave alone.
fn inner(nodes: &[usize]) -> &[usize] {
    nodes.get(1..nodes.len().saturating_sub(1)).unwrap_or_default()
}

/// The node with the least cost; the first of equals.
fn nearest(sketch: &Sketch, nodes: &[usize], cost: impl Fn(Point) -> f64) -> usize {
    nodes.iter().copied().min_by(|a, b| cost(sketch.nodes[*a]).total_cmp(&cost(sketch.nodes[*b]))).unwrap_or(0)
}

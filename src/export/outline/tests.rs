//! The ground around roads, measured.

use super::{BUFFER_M, CELL_M, Outlines, Polygons, outlines};
use crate::domain::geometry::{LocalPlane, LonLat, Point, Polygon};
use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Network, Node, SegmentPart};
use crate::domain::reach::Band;

const ORIGIN: LonLat = LonLat { lon: 8.0, lat: 50.0 };

/// A network of straight segments, in metres.
fn network(roads: &[[f64; 4]]) -> Network {
    let plane = LocalPlane::new(ORIGIN);
    let (mut nodes, mut parts): (Vec<Node>, Vec<SegmentPart>) = (Vec::new(), Vec::new());
    for [x1, y1, x2, y2] in roads {
        let ends = [(x1, y1), (x2, y2)].map(|(x_m, y_m)| {
            let (id, point) = (format!("{x_m} {y_m}"), Point { x_m: *x_m, y_m: *y_m });
            let known = nodes.iter().position(|node| node.id == id);
            known.unwrap_or_else(|| {
                nodes.push(Node { id: id.into(), lon_lat: plane.unproject(point), point });
                nodes.len() - 1
            }) as u32
        });
        parts.push(SegmentPart {
            nodes: ends.to_vec(),
            oneway: false,
            speed_limit_mps: None,
            name: None,
            source_ids: vec![],
            blockage_probability: 0.1,
            road: Default::default(),
        });
    }
    Network::new(ORIGIN, nodes, parts).unwrap()
}

fn band(network: &Network, segments: &[u32]) -> Band {
    let whole =
        |id: &u32| Leg { segment: SegmentId(*id), from_m: 0.0, to_m: network.segment(SegmentId(*id)).length_m() };
    Band { within_s: 60.0, parts: segments.iter().map(whole).collect(), ..Band::default() }
}

/// In the plane, without the closing points, each as it is to be tested; rings are closed and turn as RFC 7946 says.
fn in_plane(polygons: &Polygons) -> Vec<Polygon> {
    let plane = LocalPlane::new(ORIGIN);
    let polygon = |rings: &Vec<Vec<[f64; 2]>>| {
        let rings = rings.iter().enumerate().map(|(i, ring)| {
            assert!(ring.len() >= 4 && ring.first() == ring.last(), "{ring:?}");
            let points: Vec<Point> =
                ring.iter().map(|[lon, lat]| plane.project(LonLat { lon: *lon, lat: *lat })).collect();
            let twice_area_m2: f64 = points.windows(2).map(|p| p[0].x_m * p[1].y_m - p[1].x_m * p[0].y_m).sum();
            assert_eq!(twice_area_m2 > 0.0, i == 0, "the outer ring runs counterclockwise, the holes clockwise");
            points[..points.len() - 1].to_vec()
        });
        Polygon { rings: rings.collect() }
    };
    polygons.iter().map(polygon).collect()
}

fn has(polygons: &[Polygon], x_m: f64, y_m: f64) -> bool {
    polygons.iter().any(|polygon| polygon.contains(Point { x_m, y_m }))
}

#[test]
fn ground_extends_as_far_from_a_reached_road_as_it_says_and_not_beyond_half_way_to_another() {
    // A road, and one that is not reached, 60 m north of its western half: across the river.
    let network = network(&[[0.0, 0.0, 1000.0, 0.0], [0.0, 60.0, 500.0, 60.0]]);
    let Outlines { buffer_m, cell_m, polygons } = outlines(&network, &[band(&network, &[0])], &|| false).unwrap();
    assert_eq!((buffer_m, cell_m), (BUFFER_M, CELL_M));
    let ground = in_plane(&polygons[0]);
    assert_eq!(ground.len(), 1);
    for step in 0..=100 {
        let x_m = f64::from(step) * 10.0;
        assert!(has(&ground, x_m, 0.0) && has(&ground, x_m, -37.0) && !has(&ground, x_m, -43.0), "{x_m}");
        if x_m < 480.0 {
            assert!(has(&ground, x_m, 27.0) && !has(&ground, x_m, 33.0) && !has(&ground, x_m, 60.0), "{x_m}");
        }
    }
    assert!(has(&ground, 800.0, 37.0) && !has(&ground, 800.0, 43.0));
    assert!(!has(&ground, -50.0, 0.0) && !has(&ground, 1050.0, 0.0));
}

#[test]
fn blocks_are_holes_an_island_in_one_is_ground_and_later_bands_have_more() {
    // A square of 600 m, and a small one of 60 m in its middle.
    let square = |low: f64, high: f64| {
        [[low, low, high, low], [high, low, high, high], [high, high, low, high], [low, high, low, low]]
    };
    let roads: Vec<[f64; 4]> = square(0.0, 600.0).into_iter().chain(square(200.0, 400.0)).collect();
    let network = network(&roads);
    let bands = [band(&network, &[0, 1, 2, 3]), band(&network, &[4, 5, 6, 7])];
    let all = outlines(&network, &bands, &|| false).unwrap().polygons;
    let (first, second) = (in_plane(&all[0]), in_plane(&all[1]));
    assert_eq!(first.iter().map(|polygon| polygon.rings.len()).collect::<Vec<_>>(), [2], "a ring with a hole");
    assert_eq!(second.iter().map(|polygon| polygon.rings.len()).collect::<Vec<_>>(), [2, 2], "each has its own");
    assert!(has(&first, 0.0, 300.0) && !has(&first, 100.0, 300.0) && !has(&first, 200.0, 300.0));
    assert!(has(&second, 0.0, 300.0) && !has(&second, 100.0, 300.0) && has(&second, 200.0, 300.0));
    assert!(!has(&second, 300.0, 300.0));
}

#[test]
fn a_part_of_a_segment_has_ground_and_its_rest_has_none() {
    let network = network(&[[0.0, 0.0, 1000.0, 0.0]]);
    let part = Leg { segment: SegmentId(0), from_m: 700.0, to_m: 300.0 };
    let bands = [Band { within_s: 60.0, parts: vec![part], ..Band::default() }];
    let ground = in_plane(&outlines(&network, &bands, &|| false).unwrap().polygons[0]);
    assert!(has(&ground, 320.0, 0.0) && has(&ground, 680.0, 30.0));
    assert!(!has(&ground, 280.0, 0.0) && !has(&ground, 720.0, 0.0) && !has(&ground, 900.0, 0.0));
    assert_eq!(
        outlines(&network, &[Band::default()], &|| false).unwrap().polygons,
        [Polygons::new()],
        "nothing is reached"
    );
}

#[test]
fn a_large_area_has_a_coarser_grid_and_says_so() {
    let network = network(&[[0.0, 0.0, 60_000.0, 0.0], [60_000.0, 0.0, 60_000.0, 40_000.0]]);
    let Outlines { buffer_m, cell_m, polygons } = outlines(&network, &[band(&network, &[0, 1])], &|| false).unwrap();
    assert!(cell_m > 4.0 * CELL_M && buffer_m == 2.0 * cell_m, "{cell_m} {buffer_m}");
    let ground = in_plane(&polygons[0]);
    assert_eq!(ground.len(), 1);
    assert!(has(&ground, 30_000.0, 0.8 * buffer_m) && !has(&ground, 30_000.0, 1.2 * buffer_m));
}

#[test]
fn holes_belong_to_the_smallest_ring_around_them() {
    // A ring road, and a smaller one within it: the ground of the inner one lies in a hole of the outer one's, and has a hole itself.
    let square = |half_m: f64| {
        let corners = [(-half_m, -half_m), (half_m, -half_m), (half_m, half_m), (-half_m, half_m)];
        (0..4).map(move |i| {
            let ((x1, y1), (x2, y2)) = (corners[i], corners[(i + 1) % 4]);
            [x1, y1, x2, y2]
        })
    };
    let roads: Vec<[f64; 4]> = square(600.0).chain(square(200.0)).collect();
    let network = network(&roads);
    let polygons = &outlines(&network, &[band(&network, &[0, 1, 2, 3, 4, 5, 6, 7])], &|| false).unwrap().polygons[0];
    let mut rings: Vec<usize> = polygons.iter().map(Vec::len).collect();
    rings.sort_unstable();
    assert_eq!(rings, [2, 2]);
    let ground = in_plane(polygons);
    for (at_m, expected) in [(0.0, false), (200.0, true), (400.0, false), (600.0, true), (700.0, false)] {
        assert_eq!(has(&ground, at_m, 7.0), expected, "{at_m}");
        assert_eq!(has(&ground, -7.0, -at_m), expected, "{at_m}");
    }
}

#[test]
fn a_drawing_that_is_called_off_ends_soon() {
    let roads: Vec<[f64; 4]> = (0..3000).map(|i| [f64::from(i) * 5.0, 0.0, f64::from(i + 1) * 5.0, 0.0]).collect();
    let network = network(&roads);
    let all: Vec<u32> = (0..3000).collect();
    let asked = std::cell::Cell::new(0);
    let give_up_at = |look: usize| {
        asked.set(0);
        let drawn = outlines(&network, &[band(&network, &all)], &|| {
            asked.set(asked.get() + 1);
            asked.get() >= look
        });
        (drawn.is_some(), asked.get())
    };
    let (_, looks) = give_up_at(usize::MAX);
    assert!(looks > 3000 / 256, "{looks}");
    for look in 1..=looks {
        assert_eq!(give_up_at(look), (false, look), "nothing is drawn once it is called off");
    }
    assert_eq!(give_up_at(looks + 1), (true, looks));
}

//! Tables, plots and film strips of results small enough to check by hand.

use super::super::{Blockage, Run, Scenario, Trial, run};
use super::svg::tests::well_formed;
use super::*;
use crate::domain::geometry::{LocalPlane, LonLat, Point};
use crate::domain::network::Network;
use crate::import::from_line_coverage;
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::planning::strategy::Strategies;

fn sample(
    file: usize,
    network: &str,
    uav_count: usize,
    clairvoyant_s: Option<f64>,
    arrivals_s: &[Option<f64>],
) -> Sample {
    Sample {
        file,
        network: network.to_owned(),
        segment_count: 10 * (1 + network.len()),
        uav_count,
        speed_ratio: 2.0,
        block_probability: 0.25,
        clairvoyant_s,
        outcomes: arrivals_s
            .iter()
            .enumerate()
            .map(|(i, arrival_s)| SampleOutcome {
                arrival_s: *arrival_s,
                decisions_ms: vec![0.5 * (i + 1) as f64, (i + 1) as f64],
            })
            .collect(),
    }
}

/// Two strategies besides the reference, over two files and two groups; one scenario has no way.
fn results() -> Results {
    let all = |arrivals_s: [f64; 3]| arrivals_s.map(Some);
    Results {
        files: vec!["first".into(), "second|".into()],
        strategies: vec!["ugv_only".into(), "partition".into(), "k_shortest_paths:{\"k\":5,\"x\":1}".into()],
        reference: 0,
        samples: vec![
            sample(0, "large/a", 1, Some(100.0), &all([200.0, 150.0, 120.0])),
            sample(0, "large/b", 1, Some(50.0), &all([50.0, 50.0, 60.0])),
            sample(0, "large/c", 1, None, &[None, None, None]),
            sample(1, "small/a", 3, Some(10.0), &all([20.0, 12.0, 16.0])),
        ],
    }
}

#[test]
fn a_row_holds_what_is_worked_out_by_hand() {
    let results = results();
    let first = rows(&results, &Scope::File(0));
    let [reference, partition, paths] = &first[..] else { panic!("{first:?}") };
    assert_eq!((partition.scenarios, partition.not_arrived), (3, 1));
    assert_eq!((reference.arrival_s, partition.arrival_s, paths.arrival_s), (Some(125.0), Some(100.0), Some(90.0)));
    assert_eq!((reference.ratio, partition.ratio, paths.ratio), (Some(1.5), Some(1.25), Some(1.2)));
    // (125 - 100) / (125 - 75), (125 - 90) / (125 - 75).
    assert_eq!(partition.share_won.unwrap().value, 0.5);
    assert_eq!(paths.share_won.unwrap().value, 0.7);
    assert_eq!(reference.share_won.unwrap().value, 0.0);
    // Residuals of 50/100 and 0/0 about 0.5 are 0 and 0; of 80/100 and -10/0 about 0.7 they are 10 and -10.
    assert_eq!(partition.share_won.unwrap().standard_error, Some(0.0));
    assert!((paths.share_won.unwrap().standard_error.unwrap() - (2.0_f64 * 200.0).sqrt() / 100.0).abs() < 1e-12);
    // Differences of 30 and -10 to the other one, whose mean is 10 and whose standard error is 20.
    let against = partition.against.unwrap();
    assert_eq!((against.other, against.difference_s.value), (2, 10.0));
    assert!((against.difference_s.standard_error.unwrap() - 20.0).abs() < 1e-12);
    assert_eq!(paths.against.unwrap().other, 1);
    assert_eq!(paths.against.unwrap().difference_s.value, -10.0);
    // Of 1, 2, 1, 2, 1, 2 ms.
    assert_eq!((partition.decision_p50_ms, partition.decision_p99_ms), (Some(1.5), Some(2.0)));
}

#[test]
fn rows_of_everything_and_of_groups_come_before_those_of_files() {
    let results = results();
    let names: Vec<String> = results.scopes().iter().map(|scope| results.name(scope)).collect();
    assert_eq!(names, ["everything", "all large", "all small", "first", "second|"]);
    let everything = rows(&results, &Scope::Everything);
    // (270 - 212) / (270 - 160).
    assert!((everything[1].share_won.unwrap().value - 58.0 / 110.0).abs() < 1e-12);
    assert_eq!(everything[1].scenarios, 4);
    let one = Results { files: vec!["only".into()], samples: results.samples[..2].to_vec(), ..results };
    assert_eq!(one.scopes(), [Scope::File(0)]);
}

#[test]
fn a_strategy_alone_has_no_other_and_nothing_lost_is_no_share() {
    let mut results = results();
    results.strategies.truncate(1);
    let samples =
        vec![sample(0, "large/a", 1, Some(70.0), &[Some(70.0)]), sample(0, "large/a", 1, Some(0.0), &[Some(0.0)])];
    results.samples = samples;
    let row = &rows(&results, &Scope::Everything)[0];
    assert_eq!((row.share_won, row.against), (None, None));
    // The goal that is the start has an arrival, and no ratio.
    assert_eq!((row.arrival_s, row.ratio), (Some(35.0), Some(1.0)));
}

#[test]
fn tables_say_the_same_in_markdown_and_csv() {
    let results = results();
    let markdown = format!("{}\n{}", overview_markdown(&results), files_markdown(&results));
    for line in [
        "| everything (4) | `ugv_only` | 90.00 | 1.6667 | 0.0 ± 0.0 | +24.67",
        "| first (3) | `partition` | 100.00 | 1.2500 | 50.0 ± 0.0 | +10.00 ± 20.00 than `k_shortest_paths:{\"k\":5,\"x\":1}` | 1 | 1.500 | 2.000 |",
        "| first | 75.0 | 125.0 | 100.0 | **90.0** |",
        "| second\\| | 10.0 | 20.0 | **12.0** | 16.0 |",
        "| first | 0.0 | 50.0 | **70.0** |",
    ] {
        assert!(markdown.contains(line), "{line}\n{markdown}");
    }
    for table in markdown.split("\n\n").filter(|part| part.starts_with('|')) {
        let columns: Vec<usize> = table.lines().map(|line| line.replace("\\|", "").matches('|').count()).collect();
        assert!(columns.iter().all(|count| *count == columns[0]), "{table}");
    }
    let csv = csv(&results);
    assert_eq!(csv.lines().count(), 1 + 5 * 3);
    assert!(csv.starts_with("scope,strategy,scenarios,not_arrived,mean_arrival_s,"), "{csv}");
    let line = "first,\"k_shortest_paths:{\"\"k\"\":5,\"\"x\"\":1}\",3,1,90,1.2,0.7,0.2,partition,-10,20,2.25,3\n";
    assert!(csv.contains(line), "{csv}");
}

#[test]
fn without_times_tables_have_no_column_for_them_and_there_is_no_plot_of_them() {
    let mut results = results();
    assert!(planning_time(&results).is_some());
    results.samples.iter_mut().flat_map(|sample| &mut sample.outcomes).for_each(|outcome| outcome.decisions_ms.clear());
    assert!(!overview_markdown(&results).contains("decision"));
    assert!(csv(&results).lines().skip(1).all(|line| line.ends_with(",,")), "{}", csv(&results));
    assert_eq!(planning_time(&results), None);
}

#[test]
fn a_documents_tables_are_replaced_and_nothing_else() {
    let document = "# A\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nrest\n";
    let once = insert(document, "new\n").unwrap();
    assert_eq!(once, "# A\n<!-- bench: begin -->\n\nnew\n\n<!-- bench: end -->\nrest\n");
    assert_eq!(insert(&once, "new\n").unwrap(), once);
    assert_eq!(insert("<!-- bench: end --> <!-- bench: begin -->", "new"), Err(NoPlace));
}

#[test]
fn a_gain_is_the_share_won_by_the_scenarios_of_each_value() {
    let results = results();
    let of = gains(&results, &Scope::Everything, Factor::Uavs, 1);
    let values: Vec<(f64, f64)> = of.iter().map(|(value, share)| (*value, share.value)).collect();
    assert_eq!(values, [(1.0, 0.5), (3.0, 0.8)]);
    assert_eq!(gains(&results, &Scope::Everything, Factor::SpeedRatio, 1).len(), 1);
}

#[test]
fn plots_are_well_formed_and_the_same_results_give_the_same_bytes() {
    let results = results();
    let draw = |results: &Results| {
        let gains = [Factor::Uavs, Factor::SpeedRatio, Factor::BlockageRate].map(|factor| gain(results, factor));
        [vec![arrival_ratio(results), planning_time(results).unwrap()], gains.to_vec()].concat()
    };
    let plots = draw(&results);
    assert_eq!(plots, draw(&results.clone()));
    for plot in &plots {
        let elements = well_formed(plot);
        assert!(elements.len() > 30, "{plot}");
        assert!(plot.contains("k_shortest_paths:{&quot;k&quot;:5,&quot;x&quot;:1}"), "{plot}");
        assert!(plot.contains("fill=\"#fff\""), "a dark page shines through");
    }
    // A box for each strategy and group, and its mean.
    let boxes = well_formed(&plots[0]).iter().filter(|name| *name == "rect").count();
    assert_eq!(boxes, 1 + 2 * 3);
}

#[test]
fn plots_of_nothing_much_are_still_drawings() {
    let nothing = Results { files: vec!["none".into()], strategies: vec!["ugv_only".into()], ..Results::default() };
    let no_way = Results { samples: vec![sample(0, "alone", 0, None, &[None])], ..nothing.clone() };
    let there = Results { samples: vec![sample(0, "alone", 0, Some(0.0), &[Some(0.0)])], ..nothing.clone() };
    for results in [nothing, no_way, there] {
        well_formed(&arrival_ratio(&results));
        well_formed(&gain(&results, Factor::Uavs));
        overview_markdown(&results);
        csv(&results);
    }
}

/// A square of 300 m, whose corners a and c a diagonal joins.
fn square() -> Network {
    let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
    let node = |(id, x_m, y_m): (&str, f64, f64)| {
        let LonLat { lon, lat } = plane.unproject(Point { x_m, y_m });
        format!("{id} {x_m} {y_m} {lat} {lon} 0\n")
    };
    let nodes: String = [("a", 0.0, 0.0), ("b", 300.0, 0.0), ("c", 300.0, 300.0), ("d", 0.0, 300.0)].map(node).concat();
    from_line_coverage(nodes.as_bytes(), b"a b\nb c\nc d\nd a\na c\n").unwrap().network
}

fn trial(uav_count: usize, blockages: &[(&str, &str, f64)]) -> Trial {
    let blockage =
        |(a, b, fraction): &(&str, &str, f64)| Blockage { a: (*a).into(), b: (*b).into(), fraction: *fraction };
    let scenario = Scenario {
        id: "square <1>".into(),
        network: "large/square".into(),
        start: "a".into(),
        goal: "c".into(),
        ugv_speed_mps: 10.0,
        uav_speed_mps: 20.0,
        uav_count,
        block_probability: 0.2,
        blockages: blockages.iter().map(blockage).collect(),
        options: None,
    };
    Trial::new(&scenario, &square(), 0).unwrap()
}

fn ran(trial: &Trial, strategy: &str) -> Run {
    let (strategies, mut search) = (Strategies::built_in(), Search::new());
    let strategy = strategies.get(strategy).unwrap();
    run(trial, |situation| {
        strategy.decide(situation, &serde_json::Map::new(), &mut search, &mut Budget::steps(Budget::DEFAULT_STEPS))
    })
    .unwrap()
}

#[test]
fn a_film_shows_the_start_the_changes_of_the_route_and_the_end() {
    let trial = trial(1, &[("a", "c", 0.9), ("b", "c", 0.5)]);
    let run = ran(&trial, "bidirectional");
    let moments = super::film::moments(&trial, &run, 4);
    let captions: Vec<&str> = moments.iter().map(|moment| moment.caption.as_str()).collect();
    assert_eq!(captions.first(), Some(&"all set out"), "{captions:?}");
    assert_eq!(captions.last(), Some(&"the UGV arrives"), "{captions:?}");
    assert_eq!(moments.len(), 4);
    assert!(moments[1].is_rerouted && moments[1].caption == "UAV 1 finds a blockage", "{captions:?}");
    // The diagonal and a tenth of it back at 20 m/s.
    assert!((moments[1].at_s - 1.1 * (2.0_f64 * 300.0 * 300.0).sqrt() / 20.0).abs() < 1e-6);
    assert_eq!(moments[3].at_s, run.arrival_s.unwrap());
    assert!(moments.windows(2).all(|pair| pair[0].at_s <= pair[1].at_s));
    assert!(moments[3].blocked.len() >= moments[1].blocked.len() && moments[1].blocked.len() == 1);
    let goal = trial.network.point_at(trial.goal);
    assert!(moments[3].ugv.distance_m(goal) < 1e-6 && moments[3].route.is_empty());
}

#[test]
fn a_film_strip_is_well_formed_and_the_same_run_gives_the_same_bytes() {
    for (uavs, blockages) in
        [(0, vec![]), (1, vec![("a", "c", 0.9)]), (3, vec![("a", "c", 0.9), ("b", "c", 0.5), ("c", "d", 0.5)])]
    {
        let trial = trial(uavs, &blockages);
        let run = ran(&trial, "bidirectional");
        assert_eq!(run.arrival_s.is_none(), uavs == 3);
        let film =
            Film { trial: &trial, network: "large/square", strategy: "bidirectional", run: &run, clairvoyant_s: None };
        let strip = film_strip(&film, 5);
        assert_eq!(strip, film_strip(&film, 5));
        let elements = well_formed(&strip);
        let frames = elements.iter().filter(|name| *name == "svg").count() - 1;
        assert!((2..=5).contains(&frames), "{frames}");
        assert!(strip.contains("Scenario square &lt;1&gt;:"), "{strip}");
        assert_eq!(strip.contains("every way is blocked"), uavs == 3);
    }
}

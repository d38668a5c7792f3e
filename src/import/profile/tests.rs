//! What profiles make of tags.

use proptest::prelude::*;

use super::*;

fn profile(name: &str) -> Profile {
    Profile::built_in(name).unwrap()
}

/// Tags such as `highway=track&maxspeed=30 mph`.
fn judge(name: &str, tags: &str) -> Result<Drivable, Refusal> {
    let tags: Vec<(&str, &str)> = tags.split('&').map(|tag| tag.split_once('=').unwrap()).collect();
    profile(name).judge(Tags(&tags))
}

#[test]
fn three_profiles_are_built_in() {
    assert_eq!(Profile::built_in_names(), ["car", "truck", "ugv"]);
    assert_eq!(Profile::built_in("submarine"), None);
}

#[test]
fn each_vehicle_has_its_roads() {
    for (tags, car, truck, ugv) in [
        ("highway=residential", Ok(()), Ok(()), Ok(())),
        ("highway=motorway", Ok(()), Ok(()), Err(Refusal::Class)),
        ("highway=track", Ok(()), Err(Refusal::Class), Ok(())),
        ("highway=path", Err(Refusal::Class), Err(Refusal::Class), Ok(())),
        ("highway=steps", Err(Refusal::Class), Err(Refusal::Class), Err(Refusal::Class)),
        ("building=yes", Err(Refusal::Class), Err(Refusal::Class), Err(Refusal::Class)),
        ("highway=service&access=private", Err(Refusal::Closed), Err(Refusal::Closed), Ok(())),
        ("highway=service&access=no", Err(Refusal::Closed), Err(Refusal::Closed), Err(Refusal::Closed)),
        ("highway=service&access=no&motor_vehicle=yes", Ok(()), Ok(()), Err(Refusal::Closed)),
        ("highway=residential&hgv=no", Ok(()), Err(Refusal::Closed), Ok(())),
        ("highway=residential&maxheight=3.2", Ok(()), Err(Refusal::TooSmall), Ok(())),
        ("highway=residential&maxheight=6'6\"", Err(Refusal::TooSmall), Err(Refusal::TooSmall), Ok(())),
        ("highway=residential&maxweight=3500 kg", Ok(()), Err(Refusal::TooSmall), Ok(())),
        ("highway=residential&maxheight=default", Ok(()), Ok(()), Ok(())),
        ("highway=service&area=yes", Err(Refusal::Excluded), Err(Refusal::Excluded), Err(Refusal::Excluded)),
    ] {
        for (name, expected) in [("car", car), ("truck", truck), ("ugv", ugv)] {
            assert_eq!(judge(name, tags).map(drop), expected, "{name}: {tags}");
        }
    }
}

#[test]
fn one_way_streets_roundabouts_and_motorways() {
    for (tags, along) in [
        ("highway=primary", Along::Both),
        ("highway=primary&oneway=yes", Along::Forward),
        ("highway=primary&oneway=-1", Along::Backward),
        ("highway=primary&oneway=reversible", Along::Both),
        ("highway=primary&junction=roundabout", Along::Forward),
        ("highway=primary&junction=circular", Along::Forward),
        ("highway=primary&junction=roundabout&oneway=no", Along::Both),
        ("highway=motorway", Along::Forward),
        ("highway=motorway&oneway=no", Along::Both),
        ("highway=primary&oneway=yes&oneway:motor_vehicle=no", Along::Both),
        ("highway=primary&oneway=sometimes", Along::Both),
    ] {
        assert_eq!(judge("car", tags).unwrap().along, along, "{tags}");
    }
}

#[test]
fn speeds_are_tagged_or_follow_from_the_zone_or_the_class() {
    for (tags, kmh, source) in [
        ("maxspeed=50", 50.0, SpeedSource::Tagged),
        ("maxspeed=50 km/h", 50.0, SpeedSource::Tagged),
        ("maxspeed=30 mph", 48.280_32, SpeedSource::Tagged),
        ("maxspeed=walk", 5.0, SpeedSource::Tagged),
        ("maxspeed=60;40", 40.0, SpeedSource::Tagged),
        ("maxspeed=80|60|60", 60.0, SpeedSource::Tagged),
        ("maxspeed=DE:urban", 50.0, SpeedSource::Zone),
        ("maxspeed=DE:rural", 100.0, SpeedSource::Zone),
        ("maxspeed=XX:rural", 80.0, SpeedSource::Zone),
        ("maxspeed=DE:zone:30", 30.0, SpeedSource::Zone),
        ("maxspeed=GB:nsl_single", 96.560_64, SpeedSource::Zone),
        ("maxspeed:type=RO:urban", 50.0, SpeedSource::Zone),
        ("source:maxspeed=survey", 70.0, SpeedSource::Class),
        ("maxspeed=none", 70.0, SpeedSource::Class),
        ("maxspeed=signals", 70.0, SpeedSource::Class),
        ("maxspeed=fast", 70.0, SpeedSource::Class),
        ("maxspeed=-5", 70.0, SpeedSource::Class),
        ("maxspeed=9999", 70.0, SpeedSource::Class),
        ("maxspeed=0.0000001", 70.0, SpeedSource::Class),
        ("maxspeed:type=DE:inf", 70.0, SpeedSource::Class),
        ("zone:traffic=DE:zone:1e-300", 70.0, SpeedSource::Class),
        ("maxspeed=80&surface=gravel", 30.0, SpeedSource::Tagged),
        ("lanes=2", 70.0, SpeedSource::Class),
    ] {
        let road = judge("car", &format!("highway=primary&{tags}")).unwrap();
        assert!((road.speed_mps * 3.6 - kmh).abs() < 1e-9, "{tags}: {} km/h", road.speed_mps * 3.6);
        assert_eq!(road.speed_source, source, "{tags}");
        let readable = ["maxspeed=none", "source:maxspeed=survey", "lanes=2"];
        let unreadable = source == SpeedSource::Class && !readable.contains(&tags);
        assert_eq!(road.unreadable_limit, unreadable, "{tags}");
    }
    let truck = judge("truck", "highway=motorway&maxspeed=130&maxspeed:hgv=80").unwrap();
    assert!((truck.speed_mps * 3.6 - 80.0).abs() < 1e-9);
    assert!((judge("truck", "highway=motorway&maxspeed=130").unwrap().speed_mps * 3.6 - 90.0).abs() < 1e-9);
}

#[test]
fn fords_and_low_bridges_are_blocked_first() {
    let probability = |tags: &str| {
        let road = judge("car", &format!("highway=track&{tags}")).unwrap();
        (road.blockage_probability, profile("car").rule(usize::from(road.rule)).0.to_owned())
    };
    assert_eq!(probability("lanes=1"), (0.1, "default".to_owned()));
    assert_eq!(probability("ford=yes"), (0.5, "ford".to_owned()));
    assert_eq!(probability("ford=no"), (0.1, "default".to_owned()));
    assert_eq!(probability("bridge=yes"), (0.2, "bridge".to_owned()));
    assert_eq!(probability("bridge=low_water_crossing"), (0.5, "low_bridge".to_owned()));
    assert_eq!(probability("bridge=viaduct&surface=mud"), (0.2, "bridge".to_owned()));
    assert_eq!(probability("surface=mud"), (0.15, "unpaved".to_owned()));
    let car = profile("car");
    assert_eq!(car.judge_node(Tags(&[("highway", "crossing")])), None);
    let (ford, probability, rule) = car.judge_node(Tags(&[("ford", "yes")])).unwrap();
    assert_eq!((ford, probability, car.rule(usize::from(rule)).0), (true, 0.5, "ford_on_the_way"));
    let road = judge("ugv", "highway=track&ford=yes&surface=sand&tunnel=no").unwrap().road;
    assert_eq!((road.class.unwrap().name(), road.surface.unwrap().name()), ("track", "sand"));
    assert_eq!((road.bridge, road.tunnel, road.ford), (false, false, true));
}

#[test]
fn a_faulty_profile_is_named_by_its_member() {
    let fault = |text: &str| Profile::from_toml(text).unwrap_err().to_string();
    assert!(fault("name = ").contains("line 1"), "{}", fault("name = "));
    assert!(fault("name = \"x\"\nspeeds_kmh = {}\nwheels = 4").contains("wheels"));
    assert!(fault("name = \"x\"\nspeeds_kmh = {}").starts_with("speeds_kmh: expected the classes"));
    assert!(fault("name = \"\"\nspeeds_kmh = {}").starts_with("name: "));
    for speed in ["0", "-5", "501", "inf", "nan", "1e-323"] {
        let fault = fault(&format!("name = \"x\"\nspeeds_kmh = {{ track = {speed} }}"));
        assert_eq!(fault, "speeds_kmh.track: expected a speed from 0.1 to 500 km/h");
    }
    assert!(fault("name = \"x\"\nspeeds_kmh = { track = 0 }").starts_with("speeds_kmh.track: "));
    assert!(fault("name = \"x\"\nspeeds_kmh = { track = nan }").starts_with("speeds_kmh.track: "));
    let rest = "name = \"x\"\nspeeds_kmh = { track = 5 }\n";
    assert!(fault(&format!("{rest}blockage = {{ default = 1.5 }}")).starts_with("blockage.default: "));
    assert!(fault(&format!("{rest}vehicle = {{ height_m = -1 }}")).starts_with("vehicle.height_m: "));
    assert_eq!(Profile::from_toml(&" ".repeat(MAX_PROFILE_BYTES + 1)), Err(ProfileFault::TooLong));
    assert_eq!(Profile::from_toml(rest).unwrap().name(), "x");
}

proptest! {
    #[test]
    fn no_tag_upsets_a_profile(values in prop::collection::vec(".{0,12}|[0-9.]{1,9} ?(mph|kg|m|')?|[A-Z]{2}:.{0,8}", 9)) {
        let keys = ["maxspeed", "oneway", "maxheight", "maxweight", "surface", "access", "bridge", "ford", "zone:maxspeed"];
        let mut tags: Vec<(&str, &str)> = keys.into_iter().zip(values.iter().map(String::as_str)).collect();
        tags.push(("highway", "track"));
        for name in ["car", "ugv"] {
            if let Ok(road) = profile(name).judge(Tags(&tags)) {
                prop_assert!(road.speed_mps > 0.0 && road.speed_mps <= SPEEDS_KMH.end() / 3.6);
            }
        }
    }
}

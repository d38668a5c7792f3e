//! Maps in every format, by upload and on the command line.

use std::process::{Command, Output};

use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster;
use crate::service::{Answer, Service, Setup};

fn file(name: &str) -> String {
    format!("{}/tests/osm/{name}", env!("CARGO_MANIFEST_DIR"))
}

async fn upload(service: &Service, query: &str, kind: &str, body: Vec<u8>) -> Answer {
    let request = service.request(Method::POST, &format!("/v1/networks?{query}"));
    Answer::read(request.header("content-type", kind).body(body).send().await.unwrap()).await
}

/// The town as the Overpass API would answer, of the XML's own numbers.
fn answer() -> Value {
    let text = std::fs::read_to_string(file("town.osm")).unwrap();
    let attribute = |element: &str, name: &str| {
        element.split(&format!(" {name}=\"")).nth(1).map(|rest| rest.split('"').next().unwrap().to_owned())
    };
    let number = |text: Option<String>| text.unwrap().parse::<f64>().unwrap();
    let mut elements = Vec::new();
    for line in text.lines() {
        for part in line.split('<').filter(|part| part.starts_with("node ")) {
            let id: i64 = attribute(part, "id").unwrap().parse().unwrap();
            let (lat, lon) = (number(attribute(part, "lat")), number(attribute(part, "lon")));
            elements.push(json!({"type": "node", "id": id, "lat": lat, "lon": lon}));
        }
        if line.contains("<way ") {
            let parts = || line.split('<');
            let nodes: Vec<i64> = parts().filter_map(|p| attribute(p, "ref")).map(|r| r.parse().unwrap()).collect();
            let mut tags = serde_json::Map::new();
            for part in parts().filter(|part| part.starts_with("tag ")) {
                let value = attribute(part, "v").unwrap().replace("&quot;", "\"").replace("&amp;", "&");
                tags.insert(attribute(part, "k").unwrap(), value.into());
            }
            let id: i64 = parts()
                .find_map(|p| p.starts_with("way ").then(|| attribute(p, "id")))
                .unwrap()
                .unwrap()
                .parse()
                .unwrap();
            elements.push(json!({"type": "way", "id": id, "nodes": nodes, "tags": tags}));
        }
    }
    json!({"version": 0.6, "osm3s": {}, "elements": elements})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_is_the_same_network_in_every_format_and_comes_back_from_its_geojson() {
    let service = Service::start().await;
    let read = |name: &str| std::fs::read(file(name)).unwrap();
    let overpass = answer().to_string().into_bytes();
    let mut networks = Vec::new();
    for (name, kind, body) in [
        ("pbf", "application/vnd.openstreetmap.data+pbf", read("town.osm.pbf")),
        ("xml", "application/vnd.openstreetmap.data+xml", read("town.osm")),
        ("overpass", "application/vnd.openstreetmap.data+json", overpass.clone()),
        ("json", "application/json", overpass),
        ("graphml", "application/graphml+xml", read("town.graphml")),
    ] {
        let answer = upload(&service, &format!("name={name}"), kind, body).await;
        let network = answer.expect(201);
        assert_eq!(network["segment_count"], 6, "{name}: {network}");
        let summary = &network["import_summary"];
        assert_eq!(summary["roads"]["profile"], "car", "{summary}");
        let lines = service.get(&format!("/v1/networks/{}/geojson", network["id"].as_str().unwrap())).await.json();
        networks.push((name, lines));
    }
    let first = networks[0].1.clone();
    for (name, lines) in networks.iter().take(4) {
        assert_eq!(lines, &first, "{name}");
    }
    let features = first["features"].as_array().unwrap();
    let bridge = features.iter().find(|f| f["properties"]["name"] == "Bridge Road").unwrap();
    let properties = &bridge["properties"];
    assert_eq!((&properties["highway"], &properties["bridge"]), (&json!("primary"), &json!(true)));
    assert_eq!((&properties["source_ids"], &properties["blockage_probability"]), (&json!(["12"]), &json!(0.2)));
    assert_eq!(properties.get("tunnel"), None);
    let again = upload(&service, "name=again", "application/geo+json", first.to_string().into_bytes()).await;
    let id = again.expect(201)["id"].as_str().unwrap().to_owned();
    let back = service.get(&format!("/v1/networks/{id}/geojson")).await.json();
    let told = |lines: &Value| -> Vec<Value> {
        let mut told: Vec<Value> = lines["features"]
            .as_array()
            .unwrap()
            .iter()
            .map(|feature| {
                let mut properties = feature["properties"].clone();
                // Nodes are numbered anew, and metres measured in another plane.
                for own in ["segment", "first_node", "last_node", "length_m"] {
                    properties.as_object_mut().unwrap().remove(own);
                }
                json!([properties, feature["geometry"]])
            })
            .collect();
        told.sort_by_key(Value::to_string);
        told
    };
    assert_eq!(told(&back), told(&first));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_and_where_segments_end_can_be_chosen() {
    let service = Service::start().await;
    let town = || std::fs::read(file("town.osm.pbf")).unwrap();
    let kind = "application/vnd.openstreetmap.data+pbf";
    for (query, segments) in [
        ("name=car&profile=car", 6),
        ("name=truck&profile=truck", 1),
        ("name=ugv&profile=ugv&components=all", 8),
        ("name=alike&merge=alike", 8),
    ] {
        let network = upload(&service, query, kind, town()).await.expect(201);
        assert_eq!(network["segment_count"], segments, "{query}: {network}");
    }
    let unknown = upload(&service, "name=x&profile=boat", kind, town()).await;
    assert_eq!(unknown.status, 400, "{}", unknown.json());
    let cut = upload(&service, "name=x", kind, town()[..300].to_vec()).await;
    let problem = cut.expect(422);
    assert!(problem["detail"].as_str().unwrap().starts_with("blob 2 at byte "), "{problem}");
    let listed = service.get("/v1/networks").await.expect(200);
    assert_eq!(listed["networks"].as_array().unwrap().len(), 4, "nothing is stored of what is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_is_imported_by_its_file_name_and_reported() {
    let database = cluster::database().await;
    let folder = tempfile::tempdir().unwrap();
    let import = |arguments: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outrider"));
        command.arg("import").args(arguments).env("OUTRIDER_DATABASE_URL", database.url()).output().unwrap()
    };
    let said = |output: &Output| {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let imported = import(&[&file("town.osm.pbf")]);
    let text = said(&imported);
    assert!(imported.status.success(), "{text}");
    for line in [
        "network town (",
        "6 segments",
        "\n  read      7 ways, 7 of them highways\n",
        "\n  kept      6 ways for the profile car, 1 one-way\n",
        "\n  dropped   1 ways of other classes\n",
        "\n  blockage  5 default (0.1), 1 bridge (0.2)\n",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
    let again = import(&[&file("town.graphml")]);
    assert!(said(&again).contains("a network of this name exists already"), "{}", said(&again));
    let profile = folder.path().join("walker.toml");
    std::fs::write(&profile, "name = \"walker\"\nspeeds_kmh = { footway = 4, residential = 4, service = 4 }\n")
        .unwrap();
    let walker = profile.to_str().unwrap();
    let json = import(&[&file("town.osm"), "--name", "walk", "--profile", walker, "--components", "all", "--json"]);
    let summary: Value = serde_json::from_slice(&json.stdout).unwrap_or_else(|e| panic!("{e}: {}", said(&json)));
    assert_eq!((&summary["roads"]["profile"], &summary["roads"]["ways_kept"]), (&json!("walker"), &json!(4)));
    std::fs::write(&profile, "name = \"walker\"\nspeeds_kmh = { footway = -4 }\n").unwrap();
    let faulty = import(&[&file("town.osm"), "--name", "no", "--profile", walker]);
    assert!(said(&faulty).contains("speeds_kmh.footway: expected a speed"), "{}", said(&faulty));
    let unknown = import(&[&file("town.osm"), "--profile", "boat"]);
    assert!(said(&unknown).contains("built in are car, truck, ugv"), "{}", said(&unknown));
    let odd = folder.path().join("roads.txt");
    std::fs::write(&odd, "roads").unwrap();
    assert!(said(&import(&[odd.to_str().unwrap()])).contains("say it with --format"));
    let overpass = folder.path().join("answer.json");
    std::fs::write(&overpass, answer().to_string()).unwrap();
    assert!(import(&[overpass.to_str().unwrap()]).status.success());
    let service = Service::over(database, Setup::default()).await;
    let listed = service.get("/v1/networks").await.expect(200);
    let networks = listed["networks"].as_array().unwrap();
    let names: Vec<(&str, &str)> =
        networks.iter().map(|n| (n["name"].as_str().unwrap(), n["source"].as_str().unwrap())).collect();
    assert_eq!(names, [("answer", "overpass-json"), ("town", "osm-pbf"), ("walk", "osm-xml")]);
}

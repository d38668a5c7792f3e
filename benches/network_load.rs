//! How fast a stored network is loaded, and what it takes in memory then.
//!
//! `cargo bench --bench network_load -- FILE.osm.pbf [COPIES [ROUNDS [FOLDER]]]` imports the file for the `ugv`, puts so many copies of
//! it side by side with ids of their own, stores them in a private Postgres under the folder, and loads them again and again. It
//! prints processor time of this process by step, so that other work on the machine counts little, and a digest of all that was loaded:
//! two builds that print the same one have loaded the same network bit by bit. What the folder has already is loaded as it is, so
//! that a network which another build stored can be measured. Without arguments it loads a small town, to see that it works.

use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::BufReader;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mimalloc::MiMalloc;
use nix::sys::resource::{UsageWho, getrusage};
use outrider::app::clock;
use outrider::domain::access::TenantId;
use outrider::domain::geometry::{LonLat, Point};
use outrider::domain::ids::{NetworkId, NodeIndex, StateIndex};
use outrider::domain::network::{Network, Node, SegmentPart};
use outrider::import::{Components, ImportProgress, MapOptions, Merging, Profile, from_osm_pbf, sample_town};
use outrider::store::local::{LocalOptions, LocalPostgres};
use outrider::store::{NetworkRecord, Store};
use rustc_hash::FxHasher;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    // Cargo says `--bench` itself.
    let said: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let file = said.first().map(PathBuf::from);
    let number = |i: usize, otherwise: u32| said.get(i).map_or(Ok(otherwise), |word| word.parse());
    let (copies, rounds) = (number(1, 1)?, number(2, 3)?);
    let temporary = tempfile::tempdir()?;
    let folder = said.get(3).map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let postgres = LocalPostgres::start(LocalOptions::new(folder)).await?;
        let store = Store::new(postgres.connect_options(), 4);
        store.migrate().await?;
        let name = format!("{} × {copies}", file.as_ref().map_or("town".into(), |path| path.display().to_string()));
        let id = match store.find_network_by_name(&TenantId::default(), &name).await? {
            Some(record) => record.id,
            None => {
                let network = side_by_side(&read(file.as_deref())?, copies)?;
                println!("made: {} bytes", network.heap_bytes());
                let id = NetworkId(clock::new_uuid());
                let record = NetworkRecord::of(&network, id, name, "bench", "{}".to_owned(), clock::now());
                store.insert_network(&record, &network, None).await?;
                id
            }
        };
        for round in 0..rounds {
            let (begun, at_first) = (Instant::now(), processor_time()?);
            let stored = store.read_network(id).await?.ok_or("no such network")?;
            let read = processor_time()?;
            let network = stored.assemble()?;
            let (assembled, took) = (processor_time()?, begun.elapsed());
            let (segments, bytes) = (network.segments().len(), network.heap_bytes());
            // The first question makes the index of positions.
            let found = network.nearest(Point { x_m: 0.0, y_m: 0.0 }, None, f64::INFINITY);
            let indexed = processor_time()?;
            let [user, system] = [0, 1].map(|i| (assembled[i] - at_first[i]).as_secs_f64());
            println!(
                "{segments} segments in {:.3} s: reading {:.3} + {:.3} s of user and system time, making {:.3} + {:.3} s, \
                 the index of positions {:.3} + {:.3} s; \
                 {:.0} segments a second by the clock, {:.0} by user time, {:.0} by user and system time; {bytes} bytes",
                took.as_secs_f64(),
                (read[0] - at_first[0]).as_secs_f64(),
                (read[1] - at_first[1]).as_secs_f64(),
                (assembled[0] - read[0]).as_secs_f64(),
                (assembled[1] - read[1]).as_secs_f64(),
                (indexed[0] - assembled[0]).as_secs_f64(),
                (indexed[1] - assembled[1]).as_secs_f64(),
                segments as f64 / took.as_secs_f64(),
                segments as f64 / user,
                segments as f64 / (user + system),
            );
            if round + 1 == rounds {
                println!("{found:?}\ndigest {:016x}", digest(&network));
            }
        }
        store.close().await;
        postgres.stop().await;
        Ok(())
    })
}

/// User and system time of this process so far.
fn processor_time() -> Result<[Duration; 2], Failure> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let time = |spent: nix::sys::time::TimeVal| Duration::new(spent.tv_sec() as u64, spent.tv_usec() as u32 * 1000);
    Ok([time(usage.user_time()), time(usage.system_time())])
}

fn read(file: Option<&std::path::Path>) -> Result<Network, Failure> {
    let Some(file) = file else { return Ok(sample_town(1)) };
    let profile = Profile::built_in("ugv").ok_or("no such profile")?;
    let options = MapOptions { profile, components: Components::Largest, merging: Merging::Junctions };
    Ok(from_osm_pbf(BufReader::new(File::open(file)?), &options, &ImportProgress::default())?.network)
}

/// So many copies half a degree apart. Ids and positions are as OpenStreetMap's are, as these take little when they are stored.
fn side_by_side(network: &Network, copies: u32) -> Result<Network, Failure> {
    let (mut nodes, mut parts): (Vec<Node>, Vec<SegmentPart>) = (Vec::new(), Vec::new());
    let own = |id: &str, copy: u32| match id.parse::<u64>() {
        Ok(number) => (number + u64::from(copy) * 100_000_000_000).to_string(),
        Err(_) => format!("{copy}/{id}"),
    };
    for copy in 0..copies {
        let begin = nodes.len() as u32;
        nodes.extend(network.nodes().iter().map(|node| Node {
            id: own(&node.id(), copy).into(),
            lon_lat: LonLat {
                lon: ((node.lon_lat().lon * 1e7).round() + f64::from(copy) * 5e6) / 1e7,
                lat: node.lon_lat().lat,
            },
            point: Point { x_m: node.point.x_m + f64::from(copy) * 50_000.0, y_m: node.point.y_m },
        }));
        parts.extend(network.parts().map(|part| SegmentPart {
            nodes: part.nodes.iter().map(|node| node + begin).collect(),
            source_ids: part.source_ids.iter().map(|id| own(id, copy)).collect(),
            ..part
        }));
    }
    Ok(Network::new(network.plane().origin(), nodes, parts)?)
}

/// A number that differs if anything of the networks does: nodes, segments, lengths, and the lists of a search.
fn digest(network: &Network) -> u64 {
    let mut digest = FxHasher::default();
    for node in network.nodes().iter() {
        node.id().as_str().hash(&mut digest);
        [node.lon_lat().lon, node.lon_lat().lat, node.point.x_m, node.point.y_m].map(f64::to_bits).hash(&mut digest);
    }
    for part in network.parts() {
        (part.nodes, part.oneway, part.name, part.source_ids).hash(&mut digest);
        part.speed_limit_mps.map(f64::to_bits).hash(&mut digest);
        part.blockage_probability.to_bits().hash(&mut digest);
        format!("{:?}", part.road).hash(&mut digest);
    }
    for segment in network.segments().iter() {
        segment.offsets_m.iter().for_each(|m| m.to_bits().hash(&mut digest));
    }
    for state in (0..network.state_count()).map(|i| StateIndex(i as u32)) {
        for way in network.departures(state).chain(network.arrivals(state)) {
            (way.segment, way.direction as u8, way.other, way.length_m.to_bits(), way.ticks).hash(&mut digest);
        }
    }
    for junction in (0..network.junction_count()).map(|i| NodeIndex(i as u32)) {
        network.incoming(junction).for_each(|way| (way.segment, way.other).hash(&mut digest));
    }
    digest.finish()
}

//! Road networks: importing, listing, and the ones in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Seek};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::json;

use super::audit::{self, Origin};
use super::{App, AppError, clock, locate};
use crate::domain::access::TenantId;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{ImportId, NetworkId};
use crate::domain::network::{Heading, Network, Snap};
use crate::import::{self, Components, ImportError, ImportProgress, ImportStep, ImportSummary, Imported, MapOptions};
use crate::store::{Claim, IdempotencyKey, NetworkRecord, StoredNetwork};

/// How much of a file is read at a time.
const FILE_BUFFER_BYTES: usize = 256 * 1024;

/// Where a new network comes from.
#[derive(Clone, Debug)]
pub enum NetworkSource {
    /// The LineCoverage pair of files.
    LineCoverage {
        /// A line per node.
        node_data: bytes::Bytes,
        /// A line per street piece.
        req_edge_list: bytes::Bytes,
    },
    /// A GeoJSON feature collection.
    GeoJson {
        /// The document.
        document: bytes::Bytes,
        /// Which connected parts to keep.
        components: Components,
    },
    /// A map, of which a profile says what is a road.
    Map {
        /// Its format.
        format: MapFormat,
        /// The map itself.
        data: MapData,
        /// What to make of it. Large beside the others, so not inside.
        options: Box<MapOptions>,
    },
    /// The sample town.
    SampleTown {
        /// Which town.
        seed: u64,
    },
}

/// The format of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapFormat {
    /// OpenStreetMap's PBF.
    OsmPbf,
    /// OpenStreetMap's XML.
    OsmXml,
    /// The Overpass API's JSON.
    OverpassJson,
    /// GraphML as OSMnx writes it.
    Graphml,
}

/// A map.
#[derive(Clone, Debug)]
pub enum MapData {
    /// In memory.
    Bytes(bytes::Bytes),
    /// In a file, which is read piece by piece.
    File(PathBuf),
}

impl MapFormat {
    fn name(self) -> &'static str {
        match self {
            MapFormat::OsmPbf => "osm-pbf",
            MapFormat::OsmXml => "osm-xml",
            MapFormat::OverpassJson => "overpass-json",
            MapFormat::Graphml => "graphml",
        }
    }

    fn read(
        self,
        input: impl BufRead + Seek,
        options: &MapOptions,
        progress: &ImportProgress,
    ) -> Result<Imported, ImportError> {
        match self {
            MapFormat::OsmPbf => import::from_osm_pbf(input, options, progress),
            MapFormat::OsmXml => import::from_osm_xml(input, options, progress),
            MapFormat::OverpassJson => import::from_overpass_json(input, options, progress),
            MapFormat::Graphml => import::from_graphml(input, options, progress),
        }
    }
}

impl NetworkSource {
    /// The name of the format.
    pub fn name(&self) -> &'static str {
        match self {
            NetworkSource::LineCoverage { .. } => "line-coverage",
            NetworkSource::GeoJson { .. } => "geojson",
            NetworkSource::Map { format, .. } => format.name(),
            NetworkSource::SampleTown { .. } => "sample-town",
        }
    }

    /// The network, and what the import left out; a town that was made up left nothing out.
    fn read(&self, progress: &ImportProgress) -> Result<(Network, Option<ImportSummary>), ImportError> {
        // Whoever waited for it may be gone already.
        progress.check()?;
        progress.begin(ImportStep::Roads, 0);
        let Imported { network, summary } = match self {
            NetworkSource::LineCoverage { node_data, req_edge_list } => {
                import::from_line_coverage(node_data, req_edge_list)?
            }
            NetworkSource::GeoJson { document, components } => {
                import::from_geojson_watched(document, *components, progress)?
            }
            NetworkSource::Map { format, data: MapData::Bytes(bytes), options } => {
                format.read(Cursor::new(bytes), options, progress)?
            }
            NetworkSource::Map { format, data: MapData::File(path), options } => {
                let file = File::open(path).map_err(|e| ImportError::Unreadable { message: e.to_string() })?;
                format.read(BufReader::with_capacity(FILE_BUFFER_BYTES, file), options, progress)?
            }
            NetworkSource::SampleTown { seed } => return Ok((import::sample_town(*seed), None)),
        };
        Ok((network, Some(summary)))
    }
}

/// A network to be imported.
#[derive(Clone, Debug)]
pub struct NewNetwork {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its name, unique within the tenant.
    pub name: String,
    /// Where it comes from.
    pub source: NetworkSource,
}

/// The networks in memory. Immutable, so they are shared; the least recently used go when there is too much of them.
pub(super) struct NetworkCache {
    held: Mutex<Held>,
    capacity_bytes: usize,
}

#[derive(Default)]
struct Held {
    networks: BTreeMap<NetworkId, (Arc<Network>, u64)>,
    uses: u64,
    /// Those that are being loaded.
    loading: BTreeMap<NetworkId, Weak<tokio::sync::Mutex<()>>>,
}

impl NetworkCache {
    pub(super) fn new(capacity_bytes: usize) -> Self {
        Self { held: Mutex::new(Held::default()), capacity_bytes }
    }

    fn find(&self, id: NetworkId) -> Option<Arc<Network>> {
        let mut held = self.lock();
        held.uses += 1;
        let uses = held.uses;
        let (network, used) = held.networks.get_mut(&id)?;
        *used = uses;
        Some(Arc::clone(network))
    }

    fn keep(&self, id: NetworkId, network: Arc<Network>) -> Arc<Network> {
        let mut held = self.lock();
        held.uses += 1;
        let uses = held.uses;
        let kept = Arc::clone(&held.networks.entry(id).or_insert((network, uses)).0);
        while held.networks.values().map(|(n, _)| n.heap_bytes()).sum::<usize>() > self.capacity_bytes {
            // A network that a mission in memory holds would stay in memory anyway.
            let unused = held
                .networks
                .iter()
                .filter(|(other, (network, _))| **other != id && Arc::strong_count(network) == 1)
                .min_by_key(|(_, (_, used))| *used)
                .map(|(id, _)| *id);
            let Some(unused) = unused else { break };
            held.networks.remove(&unused);
        }
        kept
    }

    /// What whoever loads the network holds meanwhile.
    fn loading(&self, id: NetworkId) -> Arc<tokio::sync::Mutex<()>> {
        let mut held = self.lock();
        if let Some(turn) = held.loading.get(&id).and_then(Weak::upgrade) {
            return turn;
        }
        held.loading.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::default();
        held.loading.insert(id, Arc::downgrade(&turn));
        turn
    }

    fn forget(&self, id: NetworkId) {
        self.lock().networks.remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks an import to stop when dropped. One that is over does not hear it.
struct CalledOff(Arc<ImportProgress>);

impl Drop for CalledOff {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl App {
    /// Reads, validates and stores a network. With a key that came before, the first one's network is the answer; the flag
    /// tells whether it was.
    ///
    /// # Errors
    /// When the source is not a network, the name is taken, or the database fails.
    pub async fn import_network(
        self: &Arc<Self>,
        new: NewNetwork,
        key: Option<IdempotencyKey>,
    ) -> Result<(NetworkRecord, bool), AppError> {
        self.import_network_watched(new, key, None, Arc::default()).await
    }

    /// As [`App::import_network`], but given up after this time, and as soon as nobody waits for it any more. It then stores nothing.
    ///
    /// # Errors
    /// As there; also when it took too long.
    pub async fn import_network_within(
        self: &Arc<Self>,
        limit: Duration,
        new: NewNetwork,
        key: Option<IdempotencyKey>,
    ) -> Result<(NetworkRecord, bool), AppError> {
        let progress = Arc::new(ImportProgress::default());
        // A thread cannot be stopped from outside: it is asked to, and frees its place when it has heard.
        let _called_off = CalledOff(Arc::clone(&progress));
        let importing = self.import_network_watched(new, key, None, progress);
        tokio::time::timeout(limit, importing).await.map_err(|_| AppError::ImportTooLong { limit })?
    }

    /// As [`App::import_network`], telling how far it is. An import in the background ends with the network being stored.
    ///
    /// # Errors
    /// As there; also when it was called off.
    pub async fn import_network_watched(
        self: &Arc<Self>,
        new: NewNetwork,
        key: Option<IdempotencyKey>,
        import: Option<ImportId>,
        progress: Arc<ImportProgress>,
    ) -> Result<(NetworkRecord, bool), AppError> {
        if let Some(key) = &key {
            // Asked before the work as well: a repeat of a large upload costs one query.
            if let Some(record) = self.repeated_network(self.store.find_claim(key).await?).await? {
                return Ok((record, true));
            }
        }
        let (format, begun) = (new.source.name(), Instant::now());
        let imported = self.read_and_store_network(new, key, import, progress).await;
        let outcome = match &imported {
            Ok((_, false)) => "stored",
            Ok((_, true)) => "repeated",
            Err(AppError::Import(_) | AppError::NetworkNameTaken | AppError::IdempotencyKeyReused) => "refused",
            Err(_) => "failed",
        };
        metrics::counter!("outrider_imports_total", "format" => format, "outcome" => outcome).increment(1);
        metrics::histogram!("outrider_import_seconds", "format" => format).record(begun.elapsed().as_secs_f64());
        imported
    }

    async fn read_and_store_network(
        self: &Arc<Self>,
        new: NewNetwork,
        key: Option<IdempotencyKey>,
        import: Option<ImportId>,
        progress: Arc<ImportProgress>,
    ) -> Result<(NetworkRecord, bool), AppError> {
        let NewNetwork { tenant, name, source } = new;
        let format = source.name();
        let telling = Arc::clone(&progress);
        let (network, summary) = self.imports.run(move || source.read(&telling)).await??;
        let summary = serde_json::to_string(&summary)
            .map_err(|e| AppError::Panicked(format!("the import's summary cannot be written: {e}")))?;
        let id = NetworkId(clock::new_uuid());
        let record = NetworkRecord::of(&network, id, name, format, summary, clock::now());
        let record = NetworkRecord { tenant, ..record };
        progress.check()?;
        progress.begin(ImportStep::Storing, (network.nodes().len() + network.segments().len()) as u64);
        let detail = json!({ "name": record.name, "format": format, "segments": record.segment_count });
        let entry = audit::entry(Origin::current().as_deref(), "network.created", format!("network/{id}"), detail);
        let (key, rows) = (key.as_ref(), progress.counter());
        let claim = self.store.insert_network_counting(&record, &network, key, import, &[entry], rows).await?;
        if let Some(first) = self.repeated_network(claim).await? {
            return Ok((first, true));
        }
        tracing::info!(network.id = %id, network.name = record.name, segments = record.segment_count, "network imported");
        self.remember_tenant(id.0, &record.tenant);
        self.networks.keep(id, Arc::new(network));
        Ok((record, false))
    }

    async fn repeated_network(&self, claim: Claim) -> Result<Option<NetworkRecord>, AppError> {
        match claim {
            Claim::New => Ok(None),
            Claim::Conflict => Err(AppError::IdempotencyKeyReused),
            Claim::Repeat(id) => self.find_network(NetworkId(id)).await.map(Some),
        }
    }

    /// A tenant's networks, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_networks(&self, tenant: &TenantId) -> Result<Vec<NetworkRecord>, AppError> {
        Ok(self.store.list_networks(tenant).await?)
    }

    /// One network's record.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_network(&self, id: NetworkId) -> Result<NetworkRecord, AppError> {
        self.store.find_network(id).await?.ok_or(AppError::NoSuchNetwork(id))
    }

    /// The tenant's network of that name, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_network_by_name(&self, tenant: &TenantId, name: &str) -> Result<Option<NetworkRecord>, AppError> {
        Ok(self.store.find_network_by_name(tenant, name).await?)
    }

    /// Deletes a network that no mission uses.
    ///
    /// # Errors
    /// When there is none, missions use it, or the database fails.
    pub async fn delete_network(&self, id: NetworkId) -> Result<(), AppError> {
        let entry = audit::entry(Origin::current().as_deref(), "network.deleted", format!("network/{id}"), json!({}));
        if !self.store.delete_network(id, &[entry]).await? {
            return Err(AppError::NoSuchNetwork(id));
        }
        self.networks.forget(id);
        tracing::info!(network.id = %id, "network deleted");
        Ok(())
    }

    /// The roads of a network.
    ///
    /// # Errors
    /// When there is none, or it is not in memory and the database fails.
    pub async fn network(&self, id: NetworkId) -> Result<Arc<Network>, AppError> {
        if let Some(network) = self.networks.find(id) {
            return Ok(network);
        }
        // Whoever else asks for it meanwhile waits: twice the roads would be twice the memory.
        let turn = self.networks.loading(id);
        let _turn = turn.lock().await;
        if let Some(network) = self.networks.find(id) {
            return Ok(network);
        }
        let begun = Instant::now();
        let stored = self.store.read_network(id).await?.ok_or(AppError::NoSuchNetwork(id))?;
        let is_packed = matches!(stored, StoredNetwork::Packed(_));
        let network = self.loading_pool.run(move || stored.assemble()).await??;
        let network = self.networks.keep(id, Arc::new(network));
        let (segments, bytes) = (network.segments().len(), network.heap_bytes());
        tracing::info!(network.id = %id, segments, bytes, seconds = begun.elapsed().as_secs_f64(), "network loaded");
        if !is_packed {
            // An earlier program stored it. From the next time on it is loaded in a tenth of the time.
            let (store, network) = (self.store.clone(), Arc::clone(&network));
            self.tasks.spawn(async move {
                if let Err(error) = store.pack_network(id, &network).await {
                    tracing::warn!(network.id = %id, error = crate::chain::of(&error), "a network could not be packed");
                }
            });
        }
        Ok(network)
    }

    /// The nearest places of a network to a position, one a segment, the best first: at least one.
    ///
    /// # Errors
    /// When there is no such network, nothing lies within the limit, or the database fails.
    pub async fn nearest_segments(
        &self,
        id: NetworkId,
        lon_lat: LonLat,
        heading: Option<Heading>,
        limit_m: Option<f64>,
        count: usize,
    ) -> Result<Vec<(Snap, LonLat)>, AppError> {
        let network = self.network(id).await?;
        let limit_m = limit_m.unwrap_or(locate::DEFAULT_SNAP_LIMIT_M);
        let found = if network.plane().faces(lon_lat) {
            network.nearest_segments(network.plane().project(lon_lat), heading, limit_m, count)
        } else {
            Vec::new()
        };
        if found.is_empty() {
            let which = if heading.is_some() { "segment that runs so" } else { "segment" };
            let message = format!("no {which} lies within {limit_m} m of this position");
            return Err(AppError::invalid("off_network", "lon", message));
        }
        Ok(found.into_iter().map(|snap| (snap, network.lon_lat_at(snap.place))).collect())
    }
}

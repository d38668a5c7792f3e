//! Missions that ended long ago leave the database, each as a file that `outrider replay` reads; old audit entries go too.
//!
//! One replica at a time does it, a little at a time. A mission's log is exported, the file is on the disk and has been read back
//! before anything is deleted; a crash at any point leaves either the mission or its file, or both.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::json;
use tokio::fs;
use tokio::io::AsyncWriteExt;

use super::replay::LogHeader;
use super::{App, AppError, audit, clock};
use crate::domain::ids::{MissionId, ReplicaId};
use crate::domain::mission::MissionStatus;
use crate::store::{EndedMission, StoreError};

/// What becomes of what is old. Nothing, unless told.
#[derive(Clone, Debug)]
pub struct RetentionOptions {
    /// Missions that ended longer ago than this leave the database.
    pub ended_kept: Option<Duration>,
    /// Where their logs go. There must be one if `ended_kept` is given.
    pub folder: Option<PathBuf>,
    /// Audit entries older than this are deleted.
    pub audit_kept: Option<Duration>,
    /// How often what is old is looked for.
    pub every: Duration,
}

impl Default for RetentionOptions {
    fn default() -> Self {
        Self { ended_kept: None, folder: None, audit_kept: None, every: Duration::from_secs(60) }
    }
}

/// For how long a replica has the chore. Longer than a mission takes to be exported; who dies with it keeps others waiting for no
/// longer.
const CHORE_LASTS: Duration = Duration::from_secs(120);
const CHORE: &str = "retention";
/// How many missions one look takes up.
const MISSIONS_AT_A_TIME: u32 = 10;
/// How many rows a statement deletes.
const ROWS_AT_A_TIME: u32 = 1_000;
/// The pause between two statements that delete, so that they take a fraction of the disk's time only.
const PAUSE: Duration = Duration::from_millis(20);

impl App {
    /// Looks for what is old, again and again, and how large the database is, until the service stops.
    pub(super) async fn retain_regularly(self: &Arc<Self>) {
        let mut ticks = tokio::time::interval(self.options.retention.every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.stopping.cancelled() => return,
            }
            if let Ok(bytes) = self.store.size_bytes().await {
                metrics::gauge!("outrider_database_size_bytes").set(bytes as f64);
            }
            tokio::select! {
                retained = self.retain() => match retained {
                    Ok(()) | Err(AppError::ShuttingDown) => {}
                    Err(error) => {
                        metrics::counter!("outrider_retention_failures_total").increment(1);
                        tracing::warn!(error = crate::chain::of(&error), "what is old stays for now");
                    }
                },
                () = self.stopping.cancelled() => return,
            }
        }
    }

    async fn retain(&self) -> Result<(), AppError> {
        let options = &self.options.retention;
        if options.ended_kept.is_none() && options.audit_kept.is_none() {
            return Ok(());
        }
        self.forget_retired().await?;
        if !self.store.take_chore(CHORE, self.replica(), CHORE_LASTS).await? {
            return Ok(());
        }
        // What was left half done comes first.
        self.delete_retired().await?;
        if let (Some(kept), Some(folder)) = (options.ended_kept, &options.folder) {
            self.clear_away(folder).await?;
            let before = clock::now().plus_seconds(-kept.as_secs_f64());
            loop {
                let ended = self.store.missions_ended(before, MISSIONS_AT_A_TIME).await?;
                for mission in &ended {
                    // Whoever took it over meanwhile goes on with it.
                    if !self.store.take_chore(CHORE, self.replica(), CHORE_LASTS).await? {
                        return Ok(());
                    }
                    self.retire(*mission, folder).await?;
                }
                if ended.len() < MISSIONS_AT_A_TIME as usize {
                    break;
                }
            }
        }
        if let Some(kept) = options.audit_kept {
            let before = clock::now().plus_seconds(-kept.as_secs_f64());
            while self.store.forget_audit(before, ROWS_AT_A_TIME).await? == u64::from(ROWS_AT_A_TIME) {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// Exports one mission, takes it out, and deletes its events.
    async fn retire(&self, mission: EndedMission, folder: &Path) -> Result<(), AppError> {
        let EndedMission { id, seq } = mission;
        let (path, bytes) = self.export_to(mission, folder).await?;
        let detail = json!({ "events": seq, "file": path.display().to_string(), "bytes": bytes });
        let entry = audit::entry(None, "mission.retired", format!("mission/{id}"), detail);
        if !self.store.retire_mission(mission, &entry).await? {
            // It is not as it was: the next look sees how it is now, and writes the file anew.
            return Ok(());
        }
        self.cells.forget(id);
        metrics::counter!("outrider_retention_missions_total").increment(1);
        metrics::counter!("outrider_retention_bytes_total").increment(bytes);
        tracing::info!(mission.id = %id, events = seq, file = %path.display(), bytes, "ended mission exported and deleted");
        self.delete_retired().await
    }

    async fn delete_retired(&self) -> Result<(), AppError> {
        while self.store.delete_retired_events(ROWS_AT_A_TIME).await? {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Other replicas retire missions too: what they took out is not answered from this one's memory.
    async fn forget_retired(&self) -> Result<(), AppError> {
        let is_over = |status| matches!(status, MissionStatus::Arrived | MissionStatus::Cancelled);
        let ended: Vec<MissionId> = (self.cells.all().iter())
            .filter(|cell| is_over(cell.lock().copy.mission().status))
            .map(|cell| cell.id)
            .collect();
        if ended.is_empty() {
            return Ok(());
        }
        let there = self.store.missions_there(&ended).await?;
        ended.iter().filter(|id| !there.contains(id)).for_each(|id| self.cells.forget(*id));
        Ok(())
    }

    /// Deletes the files that nobody finishes any more: of replicas that died while they wrote them, and this one's own, which it
    /// begins anew. Who is out of touch but still writes finds its file gone, deletes nothing, and tries again.
    async fn clear_away(&self, folder: &Path) -> Result<(), AppError> {
        let failed = |error: std::io::Error| AppError::Disk { path: folder.to_owned(), source: Arc::new(error) };
        let mut files = match fs::read_dir(folder).await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            files => files.map_err(failed)?,
        };
        let mut unfinished = Vec::new();
        while let Some(file) = files.next_entry().await.map_err(failed)? {
            unfinished.extend(file.file_name().to_str().and_then(writer_of).map(|writer| (writer, file.path())));
        }
        if unfinished.is_empty() {
            return Ok(());
        }
        let alive = self.store.replicas_alive().await?;
        for (writer, path) in unfinished {
            if writer == self.replica() || !alive.contains(&writer) {
                match fs::remove_file(&path).await {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
                    _ => tracing::info!(file = %path.display(), "removed an unfinished export"),
                }
            }
        }
        Ok(())
    }

    /// Writes the mission's log as `GET /v1/missions/ID/log/export` gives it, compressed, and returns the file and its size. When
    /// this returns it is on the disk and has been read back.
    async fn export_to(&self, mission: EndedMission, folder: &Path) -> Result<(PathBuf, u64), AppError> {
        let EndedMission { id, seq } = mission;
        let path = folder.join(format!("mission-{id}.jsonl.gz"));
        // Its own: whoever took the chore over meanwhile may be writing the same mission's.
        let unfinished = folder.join(unfinished_name(id, self.replica()));
        let failed = |error: std::io::Error| AppError::Disk { path: unfinished.clone(), source: Arc::new(error) };
        fs::create_dir_all(folder).await.map_err(failed)?;
        let mut file = fs::File::create(&unfinished).await.map_err(failed)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let network = self.network_of_log(id).await?;
        write_line(&mut encoder, &LogHeader::of(id, &network)).map_err(failed)?;
        drop(network);
        let mut events = std::pin::pin!(self.store.stream_events(id, 0));
        while let Some(event) = events.try_next().await? {
            write_line(&mut encoder, &event).map_err(failed)?;
            file.write_all(&std::mem::take(encoder.get_mut())).await.map_err(failed)?;
            // Compressing takes time that others want too.
            tokio::task::yield_now().await;
        }
        file.write_all(&encoder.finish().map_err(failed)?).await.map_err(failed)?;
        file.flush().await.map_err(failed)?;
        file.sync_all().await.map_err(failed)?;
        drop(file);
        let written = unfinished.clone();
        let lines = self.imports.run(move || count_lines(&written)).await?.map_err(failed)?;
        if lines != seq + 1 {
            let what = format!("{lines} lines were written of a log of {seq} events and a header");
            return Err(AppError::Store(StoreError::Damaged { what }.into()));
        }
        let bytes = fs::metadata(&unfinished).await.map_err(failed)?.len();
        fs::rename(&unfinished, &path).await.map_err(failed)?;
        // The name, too, is to survive a power cut.
        fs::File::open(folder).await.map_err(failed)?.sync_all().await.map_err(failed)?;
        Ok((path, bytes))
    }

    async fn network_of_log(&self, id: MissionId) -> Result<Arc<crate::domain::network::Network>, AppError> {
        let first = self.store.events_after(id, 0, 1).await?;
        let created = first.first().ok_or(AppError::NoSuchMission(id))?.parse()?;
        let mission = crate::domain::mission::Mission::created(id, &created)?;
        self.network(mission.settings.network).await
    }
}

/// What a replica calls a file that it has not finished.
fn unfinished_name(id: MissionId, writer: ReplicaId) -> String {
    format!(".mission-{id}.{writer}.jsonl.gz.part")
}

/// Whose unfinished file has this name, if it is one.
fn writer_of(name: &str) -> Option<ReplicaId> {
    let (mission, writer) = name.strip_prefix(".mission-")?.strip_suffix(".jsonl.gz.part")?.split_once('.')?;
    mission.parse::<MissionId>().ok()?;
    writer.parse().ok()
}

fn write_line(encoder: &mut GzEncoder<Vec<u8>>, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *encoder, value).map_err(std::io::Error::other)?;
    std::io::Write::write_all(encoder, b"\n")
}

/// How many lines the compressed file has. Reading it to its end also checks its checksum.
fn count_lines(path: &Path) -> std::io::Result<u64> {
    let mut text = GzDecoder::new(std::io::BufReader::new(std::fs::File::open(path)?));
    let (mut buffer, mut lines) = (vec![0; 64 << 10], 0);
    loop {
        let read = text.read(&mut buffer)?;
        if read == 0 {
            return Ok(lines);
        }
        lines += buffer.iter().take(read).filter(|byte| **byte == b'\n').count() as u64;
    }
}

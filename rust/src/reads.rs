//! What readers of a table ask for beside its files: other versions, deleted rows.

use std::sync::Arc;

use delta_kernel::actions::deletion_vector::DeletionVectorDescriptor;
use delta_kernel::history_manager::{first_version_after, latest_version_as_of, HistoryCommitType};
use delta_kernel::scan::state::ScanFile;
use delta_kernel::{Engine, Snapshot};

use crate::failure::{guarded, Code, Failure, Outcome};
use crate::ffi::Deletions;
use crate::log_engine::LogEngine;
use crate::table::Table;

/// What a log's listing says of a table without in-commit timestamps.
struct LogFiles {
    /// Versions, ascending, with the time of their entries in milliseconds since 1970, each later
    /// than the one before, as Spark has it.
    written: Vec<(i64, i64)>,
    /// Versions from this one on can be read.
    first_whole: i64,
}

fn out_of_range(timestamp_ms: i64, end: &str, version: Option<&(i64, i64)>) -> Failure {
    let bound = version.map_or(String::new(), |(version, time)| {
        format!(": the {end} version, {version}, is of timestamp_ms={time}")
    });
    Failure::new(Code::NotFound, format!("timestamp_ms={timestamp_ms} is out of range{bound}"))
}

/// Entries say themselves when they were written.
fn has_commit_times(snapshot: &Snapshot) -> bool {
    let name = "delta.enableInCommitTimestamps";
    snapshot.metadata_configuration().get(name).is_some_and(|value| value == "true")
}

impl Table {
    pub fn at_version(&self, version: i64) -> Outcome<Box<Table>> {
        guarded(|| {
            let engine = LogEngine::new(&self.store)?;
            let builder = Snapshot::builder_for(self.url.as_str());
            let snapshot = builder.at_version(version as u64).build(&engine)?;
            Ok(Box::new(Table {
                url: self.url.clone(),
                engine_info: self.engine_info.clone(),
                store: Arc::clone(&self.store),
                engine,
                snapshot: Some(snapshot),
            }))
        })
    }

    pub fn version_as_of(&self, timestamp_ms: i64) -> Outcome<i64> {
        guarded(|| {
            let snapshot = self.snapshot()?;
            if has_commit_times(snapshot) {
                let kind = HistoryCommitType::Recreatable;
                let found = latest_version_as_of(snapshot, &self.engine, timestamp_ms, kind);
                return Ok(
                    found.map_err(|error| Failure::new(Code::NotFound, error))?.version as i64
                );
            }
            let log = self.log_files()?;
            let before = log.written.iter().take_while(|(_, time)| *time <= timestamp_ms);
            let found = before.map(|(version, _)| *version).last();
            found.filter(|version| *version >= log.first_whole).ok_or_else(|| {
                let mut whole =
                    log.written.iter().filter(|(version, _)| *version >= log.first_whole);
                out_of_range(timestamp_ms, "oldest", whole.next())
            })
        })
    }

    pub fn version_from(&self, timestamp_ms: i64) -> Outcome<i64> {
        guarded(|| {
            let snapshot = self.snapshot()?;
            if has_commit_times(snapshot) {
                let kind = HistoryCommitType::Published;
                let found = first_version_after(snapshot, &self.engine, timestamp_ms, kind);
                return Ok(
                    found.map_err(|error| Failure::new(Code::NotFound, error))?.version as i64
                );
            }
            let log = self.log_files()?;
            let found = log.written.iter().find(|(_, time)| *time >= timestamp_ms);
            found
                .map(|(version, _)| *version)
                .ok_or_else(|| out_of_range(timestamp_ms, "newest", log.written.last()))
        })
    }

    /// The entries that lead to the snapshot without a gap. The kernel takes the time of the newest
    /// one as its file has it, also where that is before the others'.
    fn log_files(&self) -> Outcome<LogFiles> {
        let newest = self.snapshot()?.version() as i64;
        let begin = self.url.join("_delta_log/0")?;
        let mut log = LogFiles { written: Vec::new(), first_whole: i64::MAX };
        for file in self.engine.storage_handler().list_from(&begin)? {
            let file = file?;
            let name = file.location.path_segments().and_then(|mut parts| parts.next_back());
            let Some((digits, kind)) = name.and_then(|name| name.split_at_checked(20)) else {
                continue;
            };
            let Ok(version) = digits.parse::<i64>() else { continue };
            if version > newest {
                continue;
            }
            if kind.starts_with(".checkpoint.") {
                log.first_whole = log.first_whole.min(version);
            }
            if kind != ".json" {
                continue;
            }
            let mut time = file.last_modified;
            match log.written.last() {
                Some((before, at)) if before + 1 == version => time = time.max(at + 1),
                _ => log.written.clear(),
            }
            log.written.push((version, time));
        }
        if log.written.first().is_some_and(|(version, _)| *version == 0) {
            log.first_whole = 0;
        }
        Ok(log)
    }

    pub fn deletions(&self) -> Outcome<Vec<Deletions>> {
        guarded(|| {
            let scan = self.snapshot()?.clone().scan_builder().build()?;
            let mut files: Vec<ScanFile> = Vec::new();
            for batch in scan.scan_metadata(&self.engine)? {
                files = batch?.visit_scan_files(files, |all, file| {
                    if file.dv_info.has_vector() {
                        all.push(file);
                    }
                })?;
            }
            let mut found = Vec::new();
            for file in files {
                let rows = file.dv_info.get_row_indexes(&self.engine, &self.url)?;
                found.push(Deletions { path: file.path, rows: rows.unwrap_or_default() });
            }
            Ok(found)
        })
    }

    pub fn deleted_rows(&self, descriptor: &str) -> Outcome<Vec<u64>> {
        guarded(|| {
            let vector: DeletionVectorDescriptor = serde_json::from_str(descriptor)
                .map_err(|error| Failure::new(Code::Corruption, error))?;
            Ok(vector.row_indexes(self.engine.storage_handler(), &self.url)?)
        })
    }

    pub fn reader_features(&self) -> Outcome<Vec<String>> {
        guarded(|| {
            let snapshot = self.snapshot()?;
            let protocol = snapshot.table_configuration().protocol();
            let features = protocol.reader_features().into_iter().flatten();
            Ok(features.map(ToString::to_string).collect())
        })
    }

    pub fn id(&self) -> Outcome<String> {
        guarded(|| {
            let metadata = self.snapshot()?.table_configuration().metadata();
            Ok(metadata.id().to_string())
        })
    }

    /// Milliseconds since 1970; -1: there is no such log entry.
    pub fn log_entry_time(&self, version: i64) -> Outcome<i64> {
        guarded(|| {
            Ok(self.head(version)?.map_or(-1, |entry| entry.last_modified.timestamp_millis()))
        })
    }
}

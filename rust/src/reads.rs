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
            let found = latest_version_as_of(
                self.snapshot()?,
                &self.engine,
                timestamp_ms,
                HistoryCommitType::Recreatable,
            );
            Ok(found.map_err(|error| Failure::new(Code::NotFound, error))?.version as i64)
        })
    }

    pub fn version_from(&self, timestamp_ms: i64) -> Outcome<i64> {
        guarded(|| {
            let found = first_version_after(
                self.snapshot()?,
                &self.engine,
                timestamp_ms,
                HistoryCommitType::Published,
            );
            Ok(found.map_err(|error| Failure::new(Code::NotFound, error))?.version as i64)
        })
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
            Ok(features.map(|feature| feature.as_ref().to_string()).collect())
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
        guarded(|| Ok(self.head(version)?.map_or(-1, |entry| entry.last_modified.timestamp_millis())))
    }
}

//! One table: an engine, its store, and the newest snapshot seen, kept so that a commit reads only
//! what is new in the log.

use std::collections::HashSet;
use std::sync::Arc;

use delta_kernel::arrow::array::RecordBatch;
use delta_kernel::committer::FileSystemCommitter;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::engine_data::FilteredEngineData;
use delta_kernel::expressions::ColumnName;
use delta_kernel::scan::state::ScanFile;
use delta_kernel::scan::ScanMetadata;
use delta_kernel::schema::{DataType as KernelType, StructField, StructType};
use delta_kernel::transaction::{CommitResult, Transaction};
use delta_kernel::{Engine, Snapshot, SnapshotRef};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use url::Url;

use crate::convert::{
    operation, optional_pairs, string_batch, text_at, text_column, to_data_file, Vectors,
};
use crate::failure::{guarded, Code, Failure, Outcome};
use crate::ffi::{
    AppVersion, CommitOutcome, CommitRequest, DataFile, KeyValue, LogEntry, TableState,
};
use crate::log_engine::LogEngine;
use crate::protocols;
use crate::runtime::runtime;
use crate::settings;

pub struct Table {
    pub(crate) url: Url,
    pub(crate) engine_info: String,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) engine: LogEngine,
    pub(crate) snapshot: Option<SnapshotRef>,
}

pub fn open_table(url: &str, options: &[KeyValue], engine_info: &str) -> Outcome<Box<Table>> {
    guarded(|| {
        let url = delta_kernel::try_parse_uri(url)?;
        let store = settings::connect(&url, options)?.store;
        let engine = LogEngine::new(&store)?;
        let engine_info = engine_info.to_string();
        Ok(Box::new(Table { url, engine_info, store, engine, snapshot: None }))
    })
}

/// The rows of scan metadata, and which of them count.
fn scan_rows(batch: ScanMetadata) -> Outcome<(RecordBatch, Vec<bool>)> {
    let (data, mut selected) = batch.scan_files.into_parts();
    let rows: RecordBatch = ArrowEngineData::try_from_engine_data(data)?.into();
    selected.resize(rows.num_rows(), true);
    Ok((rows, selected))
}

impl Table {
    pub(crate) fn snapshot(&self) -> Outcome<&SnapshotRef> {
        self.snapshot.as_ref().ok_or_else(|| Failure::new(Code::NotFound, "no table at this path"))
    }

    fn log_path(&self, version: i64) -> Outcome<Path> {
        let entry = self.url.join(&format!("_delta_log/{version:020}.json"))?;
        Path::from_url_path(entry.path()).map_err(|error| Failure::new(Code::Invalid, error))
    }

    pub fn refresh(&mut self) -> Outcome<bool> {
        guarded(|| {
            if let Some(snapshot) = &self.snapshot {
                let version = snapshot.version() as i64;
                // Versions have no gaps: without a next one nothing is new, and two looks cost less
                // than listing a log of thousands of entries. Without this one the table is gone,
                // which the kernel, given an empty listing, would take for "nothing new".
                if !self.has_log_entry(version + 1)? {
                    let there = self.has_log_entry(version)?;
                    if !there {
                        self.snapshot = None;
                    }
                    return Ok(there);
                }
            }
            let built = match self.snapshot.take() {
                Some(snapshot) => Snapshot::builder_from(snapshot).build(&self.engine),
                None => Snapshot::builder_for(self.url.as_str()).build(&self.engine),
            };
            match built.map_err(Failure::from) {
                Ok(snapshot) => self.snapshot = Some(snapshot),
                Err(failure) if failure.is_not_found() => return Ok(false),
                Err(failure) => return Err(failure),
            }
            Ok(true)
        })
    }

    fn has_log_entry(&self, version: i64) -> Outcome<bool> {
        Ok(self.head(version)?.is_some())
    }

    /// What the store says of a log entry; None: there is none.
    pub(crate) fn head(&self, version: i64) -> Outcome<Option<ObjectMeta>> {
        let path = self.log_path(version)?;
        match runtime()?.block_on(self.store.head(&path)) {
            Ok(entry) => Ok(Some(entry)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub fn state(&self) -> Outcome<TableState> {
        guarded(|| {
            let snapshot = self.snapshot()?;
            let table = snapshot.table_configuration();
            let protocol = table.protocol();
            let mut features: Vec<String> = protocol
                .reader_features()
                .into_iter()
                .chain(protocol.writer_features())
                .flatten()
                .map(ToString::to_string)
                .collect();
            features.sort();
            features.dedup();
            Ok(TableState {
                version: snapshot.version() as i64,
                checkpoint_version: snapshot
                    .log_segment()
                    .checkpoint_version
                    .map_or(-1, |version| version as i64),
                min_reader_version: protocol.min_reader_version(),
                min_writer_version: protocol.min_writer_version(),
                features,
                schema_json: serde_json::to_string(snapshot.schema().as_ref())?,
                partition_columns: table.logical_partition_columns().to_vec(),
                configuration: snapshot
                    .metadata_configuration()
                    .iter()
                    .map(|(key, value)| KeyValue { key: key.clone(), value: value.clone() })
                    .collect(),
                protocol_json: serde_json::to_string(protocol)?,
                metadata_json: serde_json::to_string(table.metadata())?,
                checkpoint_bytes: snapshot
                    .log_segment()
                    .listed
                    .checkpoint_parts
                    .iter()
                    .map(|part| part.location.size as i64)
                    .sum(),
            })
        })
    }

    pub fn put_log_entry(&self, version: i64, actions: &[u8]) -> Outcome<bool> {
        guarded(|| {
            let path = self.log_path(version)?;
            let options = PutOptions::from(PutMode::Create);
            let put = self.store.put_opts(&path, actions.to_vec().into(), options);
            match runtime()?.block_on(put) {
                Ok(_) => Ok(true),
                Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
                Err(error) => Err(Failure::from(error).of_write()),
            }
        })
    }

    pub fn read_log_entry(&self, version: i64) -> Outcome<LogEntry> {
        guarded(|| {
            let path = self.log_path(version)?;
            let read = async { self.store.get(&path).await?.bytes().await };
            match runtime()?.block_on(read) {
                Ok(bytes) => Ok(LogEntry { found: true, actions: bytes.to_vec() }),
                Err(object_store::Error::NotFound { .. }) => {
                    Ok(LogEntry { found: false, actions: Vec::new() })
                }
                Err(error) => Err(error.into()),
            }
        })
    }

    pub fn app_version(&self, app_id: &str) -> Outcome<AppVersion> {
        guarded(|| {
            let found = self.snapshot()?.get_app_id_version(app_id, &self.engine)?;
            Ok(AppVersion { found: found.is_some(), version: found.unwrap_or(-1) })
        })
    }

    pub fn commit(&mut self, request: &CommitRequest) -> Outcome<CommitOutcome> {
        guarded(|| {
            let mut transaction = self.begin(request)?;
            let files_removed = self.stage_removes(&mut transaction, request)?;
            self.stage_adds(&mut transaction, &request.adds)?;
            let result =
                transaction.commit(&self.engine).map_err(|e| Failure::from(e).of_write())?;
            match result {
                CommitResult::Committed(done) => {
                    // Without one the old snapshot stays, and the next refresh reads the commit.
                    if let Some(after) = done.post_commit_snapshot() {
                        self.snapshot = Some(protocols::as_in_log(self.snapshot()?, after)?);
                    }
                    let version = done.commit_version() as i64;
                    Ok(CommitOutcome { committed: true, version, files_removed })
                }
                CommitResult::Conflicted(lost) => {
                    let version = lost.conflict_version() as i64;
                    Ok(CommitOutcome { committed: false, version, files_removed: 0 })
                }
                CommitResult::Retryable(failed) => Err(Failure::from(failed.error).of_write()),
            }
        })
    }

    fn begin(&self, request: &CommitRequest) -> Outcome<Transaction> {
        let info = Arc::new(
            StructType::try_new([StructField::nullable("userMetadata", KernelType::STRING)])
                .map_err(Failure::from)?,
        );
        let row = string_batch("userMetadata", vec![&request.user_metadata])?;
        let operation = operation(&request.operation);
        let mut builder = protocols::writable(self.snapshot()?)?
            .update_table(operation, self.engine_info.clone(), request.data_change)
            .with_operation_parameters(optional_pairs(&request.operation_parameters))
            .with_operation_metrics(optional_pairs(&request.operation_metrics))
            .with_commit_info(row, info);
        if !request.app_id.is_empty() {
            builder = builder.with_transaction_id(request.app_id.clone(), request.app_version);
        }
        for column in &request.new_columns {
            let field: StructField = serde_json::from_str(&column.field)?;
            builder = match column.parent.as_slice() {
                [] => builder.add_column(field),
                parent => builder.add_column_at(ColumnName::new(parent), field),
            };
        }
        // Other writers' transactions may be ordered after a blind append without a conflict.
        let builder = if request.is_blind { builder.with_blind_append() } else { builder };
        Ok(builder.build(&self.engine, Box::new(FileSystemCommitter::new()))?)
    }

    fn stage_removes(
        &self,
        transaction: &mut Transaction,
        request: &CommitRequest,
    ) -> Outcome<i64> {
        let wanted: HashSet<&str> = request.removes.iter().map(String::as_str).collect();
        if !request.remove_all && wanted.is_empty() {
            return Ok(0);
        }
        let scan = self.snapshot()?.clone().scan_builder().build()?;
        let mut removed = 0;
        for batch in scan.scan_metadata(&self.engine)? {
            let (rows, mut selected) = scan_rows(batch?)?;
            if !request.remove_all {
                let paths = text_column(&rows, "path")?;
                for (row, flag) in selected.iter_mut().enumerate() {
                    *flag = *flag && wanted.contains(text_at(&paths, row));
                }
            }
            let count = selected.iter().filter(|flag| **flag).count();
            if count > 0 {
                removed += count as i64;
                let rows = Box::new(ArrowEngineData::new(rows));
                transaction.remove_files(FilteredEngineData::try_new(rows, selected)?);
            }
        }
        if !request.remove_all && removed != wanted.len() as i64 {
            return Err(Failure::new(
                Code::Internal,
                "a file to be removed is not in the snapshot that the commit builds on",
            ));
        }
        Ok(removed)
    }

    fn stage_adds(&self, transaction: &mut Transaction, adds: &str) -> Outcome<()> {
        let lines: Vec<&str> = adds.lines().collect();
        if lines.is_empty() {
            return Ok(());
        }
        // The base schema leaves the statistics open; the table says which columns have them.
        let stats = transaction.stats_schema()?;
        let fields =
            transaction.add_files_schema().fields().map(|field| match field.name.as_str() {
                "stats" => StructField::nullable("stats", stats.as_ref().clone()),
                _ => field.clone(),
            });
        let schema = Arc::new(StructType::try_new(fields)?);
        let parsed = self.engine.json_handler().parse_json(string_batch("add", lines)?, schema)?;
        transaction.add_files(parsed);
        Ok(())
    }

    pub fn checkpoint(&mut self) -> Outcome<bool> {
        use delta_kernel::snapshot::CheckpointWriteResult;
        guarded(|| {
            // What it writes it reads from the log.
            let writable = protocols::writable(self.snapshot()?)?;
            let (result, after) = writable.checkpoint(&self.engine, None)?;
            self.snapshot = Some(protocols::as_in_log(self.snapshot()?, &after)?);
            Ok(matches!(result, CheckpointWriteResult::Written))
        })
    }

    pub fn files(&self, version: i64) -> Outcome<Vec<DataFile>> {
        guarded(|| {
            let snapshot = if version < 0 {
                self.snapshot()?.clone()
            } else {
                let builder = Snapshot::builder_for(self.url.as_str());
                builder.at_version(version as u64).build(&self.engine)?
            };
            let mut files: Vec<DataFile> = Vec::new();
            for batch in snapshot.scan_builder().build()?.scan_metadata(&self.engine)? {
                let batch = batch?;
                let found: Vec<ScanFile> =
                    batch.visit_scan_files(Vec::new(), |all, file| all.push(file))?;
                let (rows, selected) = scan_rows(batch)?;
                let stats = text_column(&rows, "stats")?;
                let vectors = Vectors::of(&rows)?;
                let rows = (0..rows.num_rows()).filter(|row| selected[*row]);
                files.extend(found.into_iter().zip(rows).map(|(file, row)| {
                    let (deletion_vector, deleted_rows) = vectors.at(row);
                    let stats = text_at(&stats, row).to_string();
                    DataFile { deletion_vector, deleted_rows, stats, ..to_data_file(file) }
                }));
            }
            Ok(files)
        })
    }
}

//! The kernel's default engine with a reader of log entries of our own. A log without checkpoints
//! has an entry for each commit, and the default reader's cost for each, however small: a task, a
//! decoder, a batch. It lists and spells paths otherwise, too.

use std::collections::VecDeque;
use std::sync::Arc;

use delta_kernel::arrow::array::RecordBatch;
use delta_kernel::arrow::datatypes::SchemaRef as ArrowSchemaRef;
use delta_kernel::arrow::json::reader::Decoder;
use delta_kernel::arrow::json::ReaderBuilder;
use delta_kernel::engine::arrow_utils::{
    build_json_reorder_indices, fixup_json_read, json_arrow_schema,
};
use delta_kernel::engine_data::FilteredEngineData;
use delta_kernel::schema::SchemaRef;
use delta_kernel::{
    Engine, EngineData, EvaluationHandler, FileDataReadResultIterator, FileMeta, FileSize,
    JsonHandler, KernelError, KernelResult, KernelResultIterator, ParquetHandler, PredicateRef,
    StorageHandler,
};
use delta_kernel_default_engine::executor::tokio::TokioMultiThreadExecutor;
use delta_kernel_default_engine::executor::TaskExecutor;
use delta_kernel_default_engine::{DefaultEngine, DefaultEngineBuilder};
use futures_util::{stream, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use url::Url;

use crate::failure::Outcome;
use crate::faults;
use crate::listed_log::ListedLog;
use crate::runtime::runtime;
use crate::spellings::{SpelledParquet, Spellings};

/// Rows a batch.
const BATCH_ROWS: usize = 1024;
/// Entries that are fetched at once, and held.
const ENTRIES_MAX: usize = 256;
const ENTRY_BYTES_MAX: u64 = 16 << 20;
const PARALLEL_GETS: usize = 32;

pub struct LogEngine {
    inner: DefaultEngine<TokioMultiThreadExecutor>,
    storage: Arc<ListedLog<TokioMultiThreadExecutor>>,
    entries: Arc<LogReader>,
    checkpoints: Arc<SpelledParquet>,
}

impl LogEngine {
    pub fn new(store: &Arc<dyn ObjectStore>) -> Outcome<Self> {
        let executor = Arc::new(TokioMultiThreadExecutor::new(runtime()?.handle().clone()));
        let inner =
            DefaultEngineBuilder::new(store.clone()).with_task_executor(executor.clone()).build();
        let storage = Arc::new(ListedLog {
            inner: inner.storage_handler(),
            store: store.clone(),
            executor: executor.clone(),
        });
        let rest = inner.json_handler();
        let fetcher = Arc::new(Fetcher { store: store.clone(), executor });
        let spellings = Arc::new(Spellings::default());
        let checkpoints =
            SpelledParquet { inner: inner.parquet_handler(), spellings: spellings.clone() };
        let entries = Arc::new(LogReader { fetcher, spellings, rest });
        Ok(Self { inner, storage, entries, checkpoints: Arc::new(checkpoints) })
    }
}

impl Engine for LogEngine {
    fn evaluation_handler(&self) -> Arc<dyn EvaluationHandler> {
        self.inner.evaluation_handler()
    }

    fn storage_handler(&self) -> Arc<dyn StorageHandler> {
        self.storage.clone()
    }

    fn json_handler(&self) -> Arc<dyn JsonHandler> {
        self.entries.clone()
    }

    fn parquet_handler(&self) -> Arc<dyn ParquetHandler> {
        self.checkpoints.clone()
    }
}

/// Reads entries with one decoder for all of them, and of each only the lines with actions that
/// are asked for.
struct LogReader {
    fetcher: Arc<Fetcher>,
    spellings: Arc<Spellings>,
    /// For what is not read.
    rest: Arc<dyn JsonHandler>,
}

impl JsonHandler for LogReader {
    fn parse_json(
        &self,
        json_strings: Box<dyn EngineData>,
        output_schema: SchemaRef,
    ) -> KernelResult<Box<dyn EngineData>> {
        self.rest.parse_json(json_strings, output_schema)
    }

    fn read_json_files(
        &self,
        files: &[FileMeta],
        physical_schema: SchemaRef,
        _predicate: Option<PredicateRef>,
    ) -> KernelResult<FileDataReadResultIterator> {
        let schema: ArrowSchemaRef = Arc::new(json_arrow_schema(&physical_schema)?);
        let actions = schema.fields().iter().map(|field| format!("\"{}\"", field.name())).collect();
        let decoder = ReaderBuilder::new(schema)
            .with_batch_size(BATCH_ROWS)
            .with_coerce_primitive(true)
            .build_decoder()?;
        let order = build_json_reorder_indices(&physical_schema)?;
        let spellings = self.spellings.clone();
        let mut lines = Lines { actions, spellings, decoder, batches: Vec::new() };
        let mut entries = Entries {
            fetcher: self.fetcher.clone(),
            left: files.to_vec().into(),
            held: VecDeque::new(),
        };
        let mut ready = VecDeque::new();
        Ok(Box::new(std::iter::from_fn(move || loop {
            if let Some(batch) = ready.pop_front() {
                return Some(Ok(batch));
            }
            let read = entries.next()?.and_then(|(location, content)| {
                lines.decode(&content).map_err(|error| no_json(&location, &error))?;
                for batch in lines.batches.drain(..) {
                    let batch = fixup_json_read(batch, &order, location.as_str())?;
                    ready.push_back(Box::new(batch) as Box<dyn EngineData>);
                }
                Ok(())
            });
            if let Err(error) = read {
                entries.left.clear();
                entries.held.clear();
                return Some(Err(error));
            }
        })))
    }

    fn write_json_file(
        &self,
        path: &Url,
        data: KernelResultIterator<'_, FilteredEngineData>,
        overwrite: bool,
    ) -> KernelResult<FileSize> {
        self.rest.write_json_file(path, data, overwrite)
    }
}

/// Lines of one entry on their way into batches. A batch never holds two entries' lines.
struct Lines {
    /// Names of actions in quotes, one of which a line must have to be decoded.
    actions: Vec<String>,
    spellings: Arc<Spellings>,
    decoder: Decoder,
    batches: Vec<RecordBatch>,
}

impl Lines {
    fn decode(&mut self, content: &[u8]) -> KernelResult<()> {
        let content = std::str::from_utf8(content).map_err(KernelError::missing_data)?;
        let mut rows = 0;
        for line in content.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if !self.actions.iter().any(|action| line.contains(action.as_str())) {
                // A torn entry is not a log, whichever of its actions are asked for.
                if !(line.starts_with('{') && line.ends_with('}')) {
                    serde_json::from_str::<serde_json::Value>(line)?;
                }
                continue;
            }
            let spelled = self.spellings.in_line(line);
            self.decoder.decode(spelled.as_deref().unwrap_or(line).as_bytes())?;
            self.decoder.decode(b"\n")?;
            rows += 1;
            if rows % BATCH_ROWS == 0 {
                self.flush()?;
            }
        }
        self.flush()
    }

    fn flush(&mut self) -> KernelResult<()> {
        self.batches.extend(self.decoder.flush()?);
        Ok(())
    }
}

fn no_json(location: &Url, error: &KernelError) -> KernelError {
    let reason = error.without_backtrace();
    KernelError::missing_data(format!("valid JSON in the log entry {location}: {reason}"))
}

/// Entries in their order, fetched some at a time.
struct Entries {
    fetcher: Arc<Fetcher>,
    left: VecDeque<FileMeta>,
    held: VecDeque<(Url, Vec<u8>)>,
}

impl Entries {
    fn next(&mut self) -> Option<KernelResult<(Url, Vec<u8>)>> {
        if self.held.is_empty() {
            let mut chunk = Vec::new();
            let mut bytes = 0;
            while chunk.len() < ENTRIES_MAX && bytes < ENTRY_BYTES_MAX {
                let Some(file) = self.left.pop_front() else { break };
                bytes += file.size;
                chunk.push(file.location);
            }
            match self.fetcher.fetch(chunk) {
                Ok(fetched) => self.held = fetched.into(),
                Err(error) => return Some(Err(error)),
            }
        }
        self.held.pop_front().map(Ok)
    }
}

struct Fetcher {
    store: Arc<dyn ObjectStore>,
    executor: Arc<TokioMultiThreadExecutor>,
}

impl Fetcher {
    fn fetch(&self, locations: Vec<Url>) -> KernelResult<Vec<(Url, Vec<u8>)>> {
        // A file of this machine is read before a task for it would have begun.
        let local = locations.iter().all(|location| location.scheme() == "file");
        if local && !faults::are_injected() {
            return locations.into_iter().map(read_local).collect();
        }
        let store = self.store.clone();
        self.executor.block_on(async move {
            stream::iter(locations)
                .map(|location| {
                    let store = store.clone();
                    async move {
                        let path = Path::from_url_path(location.path())?;
                        let content = store.get(&path).await?.bytes().await?;
                        Ok((location, content.to_vec()))
                    }
                })
                .buffered(PARALLEL_GETS)
                .try_collect()
                .await
        })
    }
}

fn read_local(location: Url) -> KernelResult<(Url, Vec<u8>)> {
    let path =
        location.to_file_path().map_err(|()| KernelError::invalid_table_location(&location))?;
    let content = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => KernelError::FileNotFound(location.to_string()),
        _ => KernelError::IOError(error),
    })?;
    Ok((location, content))
}

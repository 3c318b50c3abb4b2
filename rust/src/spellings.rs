//! Paths of this machine in a log may be spelled `/x`, `file:/x` or `file:///x`, and one file is
//! added under one and removed under another. Spark compares them as URIs, the kernel as texts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use delta_kernel::arrow::array::{Array, AsArray, RecordBatch, StringArray, StructArray};
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::schema::SchemaRef;
use delta_kernel::{
    EngineData, FileDataReadResultIterator, FileMeta, FileSize, KernelResult,
    KernelResultIteratorStatic, ParquetFooter, ParquetHandler, PredicateRef,
};
use serde_json::Value;
use url::Url;

/// Actions that name a data file.
const ACTIONS: [&str; 2] = ["add", "remove"];

/// Of each such path, the spelling that was met first. A log is read from its newest entry back, so
/// that of a file that the table has is the one it was added under.
#[derive(Default)]
pub struct Spellings {
    by_path: Mutex<HashMap<Vec<u8>, String>>,
}

/// The bytes of a path of this machine, whichever way it is spelled; None: another kind of path.
fn local_path(text: &str) -> Option<Vec<u8>> {
    let rest = match text.get(..5) {
        Some(scheme) if scheme.eq_ignore_ascii_case("file:") => &text[5..],
        _ => text,
    };
    let rest = match rest.strip_prefix("//") {
        // An authority, which is empty where a path follows it.
        Some(rest) if rest.starts_with('/') => rest,
        Some(_) => return None,
        None => rest,
    };
    rest.starts_with('/').then(|| percent_decoded(rest))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

impl Spellings {
    /// None: `path` is the spelling to use.
    fn other(&self, path: &str) -> Option<String> {
        let key = local_path(path)?;
        let mut by_path = self.by_path.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let first = by_path.entry(key).or_insert_with(|| path.to_string());
        (first.as_str() != path).then(|| first.clone())
    }

    /// A line of a log entry; None: as it is.
    pub fn in_line(&self, line: &str) -> Option<String> {
        // Nearly every path is relative.
        if !["\"/", "\"\\/", "\"file:", "\"FILE:"].iter().any(|begin| line.contains(begin)) {
            return None;
        }
        let mut action: Value = serde_json::from_str(line).ok()?;
        for name in ACTIONS {
            let Some(path) = action.pointer_mut(&format!("/{name}/path")) else { continue };
            if let Some(other) = path.as_str().and_then(|path| self.other(path)) {
                *path = Value::String(other);
                return Some(action.to_string());
            }
        }
        None
    }

    /// Rows of a checkpoint; None: as they are.
    fn in_rows(&self, rows: &RecordBatch) -> Option<RecordBatch> {
        let mut columns = rows.columns().to_vec();
        let schema = rows.schema();
        let mut changed = false;
        for (column, field) in columns.iter_mut().zip(schema.fields()) {
            if !ACTIONS.contains(&field.name().as_str()) {
                continue;
            }
            let Some(action) = column.as_struct_opt() else { continue };
            let Some((index, _)) = action.fields().find("path") else { continue };
            let Some(paths) = action.column(index).as_string_opt::<i32>() else { continue };
            let mut any = false;
            let spelled: StringArray = paths
                .iter()
                .map(|path| {
                    let path = path?;
                    let other = self.other(path);
                    any = any || other.is_some();
                    Some(other.unwrap_or_else(|| path.to_string()))
                })
                .collect();
            if any {
                let mut children = action.columns().to_vec();
                children[index] = Arc::new(spelled);
                let fields = action.fields().clone();
                *column =
                    Arc::new(StructArray::try_new(fields, children, action.nulls().cloned()).ok()?);
                changed = true;
            }
        }
        changed.then(|| RecordBatch::try_new(schema, columns).ok()).flatten()
    }
}

/// Reads checkpoints with one spelling a path.
pub struct SpelledParquet {
    pub inner: Arc<dyn ParquetHandler>,
    pub spellings: Arc<Spellings>,
}

impl ParquetHandler for SpelledParquet {
    fn read_parquet_files(
        &self,
        files: &[FileMeta],
        physical_schema: SchemaRef,
        predicate: Option<PredicateRef>,
    ) -> KernelResult<FileDataReadResultIterator> {
        let has_paths = ACTIONS.iter().any(|name| physical_schema.field(name).is_some());
        let read = self.inner.read_parquet_files(files, physical_schema, predicate)?;
        if !has_paths {
            return Ok(read);
        }
        let spellings = self.spellings.clone();
        Ok(Box::new(read.map(move |batch| {
            let rows: RecordBatch = ArrowEngineData::try_from_engine_data(batch?)?.into();
            let rows = spellings.in_rows(&rows).unwrap_or(rows);
            Ok(Box::new(ArrowEngineData::new(rows)) as Box<dyn EngineData>)
        })))
    }

    fn write_parquet_file(
        &self,
        location: Url,
        data: KernelResultIteratorStatic<Box<dyn EngineData>>,
    ) -> KernelResult<FileSize> {
        self.inner.write_parquet_file(location, data)
    }

    fn read_parquet_footer(&self, file: &FileMeta) -> KernelResult<ParquetFooter> {
        self.inner.read_parquet_footer(file)
    }
}

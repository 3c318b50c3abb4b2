//! Between the bridge's types and the kernel's.

use std::sync::Arc;

use delta_kernel::arrow::array::{
    Array, AsArray, Int32Array, Int64Array, RecordBatch, StringArray, StructArray,
};
use delta_kernel::arrow::datatypes::{DataType, Field, Schema};
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::scan::state::ScanFile;
use delta_kernel::transaction::UpdateTableOperation;
use delta_kernel::EngineData;

use crate::failure::{Code, Failure, Outcome};
use crate::ffi::{DataFile, KeyValue};

pub fn pairs(values: &[KeyValue]) -> Vec<(String, String)> {
    values.iter().map(|pair| (pair.key.clone(), pair.value.clone())).collect()
}

pub fn optional_pairs(values: &[KeyValue]) -> Vec<(String, Option<String>)> {
    values.iter().map(|pair| (pair.key.clone(), Some(pair.value.clone()))).collect()
}

pub fn string_batch(name: &str, values: Vec<&str>) -> Outcome<Box<dyn EngineData>> {
    let schema = Schema::new(vec![Field::new(name, DataType::Utf8, true)]);
    let column = Arc::new(StringArray::from(values));
    let batch = RecordBatch::try_new(Arc::new(schema), vec![column])
        .map_err(|error| Failure::new(Code::Internal, error))?;
    Ok(Box::new(ArrowEngineData::new(batch)))
}

pub fn to_data_file(file: ScanFile) -> DataFile {
    DataFile {
        path: file.path,
        size: file.size,
        rows: file.stats.map_or(-1, |stats| stats.num_records as i64),
        modification_time: file.modification_time,
        partition_values: file
            .partition_values
            .into_iter()
            .map(|(key, value)| KeyValue { key, value })
            .collect(),
        deletion_vector: String::new(),
        deleted_rows: 0,
        stats: String::new(),
    }
}

/// One text column of scan metadata.
pub fn text_column(rows: &RecordBatch, name: &str) -> Outcome<StringArray> {
    rows.column_by_name(name)
        .and_then(|column| column.as_any().downcast_ref::<StringArray>())
        .cloned()
        .ok_or_else(|| Failure::new(Code::Internal, format!("scan metadata has no texts {name}")))
}

/// Deletion vectors in scan metadata.
pub struct Vectors {
    there: StructArray,
    storage: StringArray,
    place: StringArray,
    offset: Int32Array,
    bytes: Int32Array,
    cardinality: Int64Array,
}

impl Vectors {
    pub fn of(rows: &RecordBatch) -> Outcome<Self> {
        let missing = |name| Failure::new(Code::Internal, format!("scan metadata has no {name}"));
        let there = rows
            .column_by_name("deletionVector")
            .and_then(|column| column.as_struct_opt())
            .cloned()
            .ok_or_else(|| missing("deletionVector"))?;
        let column = |name| there.column_by_name(name).ok_or_else(|| missing(name));
        Ok(Self {
            storage: column("storageType")?.as_string().clone(),
            place: column("pathOrInlineDv")?.as_string().clone(),
            offset: column("offset")?.as_primitive().clone(),
            bytes: column("sizeInBytes")?.as_primitive().clone(),
            cardinality: column("cardinality")?.as_primitive().clone(),
            there,
        })
    }

    /// As the log's JSON, and the rows that it takes away; empty: the file has none.
    pub fn at(&self, row: usize) -> (String, i64) {
        if self.there.is_null(row) {
            return (String::new(), 0);
        }
        let cardinality = self.cardinality.value(row);
        let mut json = serde_json::json!({
            "storageType": self.storage.value(row),
            "pathOrInlineDv": self.place.value(row),
            "sizeInBytes": self.bytes.value(row),
            "cardinality": cardinality,
        });
        if self.offset.is_valid(row) {
            json["offset"] = self.offset.value(row).into();
        }
        (json.to_string(), cardinality)
    }
}

/// The text, empty where it is NULL.
pub fn text_at(column: &StringArray, row: usize) -> &str {
    if column.is_null(row) {
        ""
    } else {
        column.value(row)
    }
}

pub fn operation(name: &str) -> UpdateTableOperation {
    use UpdateTableOperation as O;
    let typed =
        [O::Write, O::StreamingUpdate, O::AlterTable, O::Delete, O::Update, O::Merge, O::Optimize];
    typed
        .into_iter()
        .find(|operation| operation.as_str() == name)
        .unwrap_or_else(|| O::Custom(name.to_string()))
}

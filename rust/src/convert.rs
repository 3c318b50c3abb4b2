//! Between the bridge's types and the kernel's.

use std::sync::Arc;

use delta_kernel::arrow::array::{RecordBatch, StringArray};
use delta_kernel::arrow::datatypes::{DataType, Field, Schema};
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::scan::state::ScanFile;
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
        has_deletion_vector: file.dv_info.has_vector(),
    }
}

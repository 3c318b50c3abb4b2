//! Delta Lake for sluice. This crate translates between delta_kernel and C++ and decides nothing:
//! what is written, when, and what a conflict means is decided in src/lake.
//!
//! Every function catches panics and returns errors whose text starts with the name of an
//! [`failure::Code`], because a cxx error carries a text and nothing else.

mod convert;
mod failure;
mod table;

use table::{open_table, Table};

#[cxx::bridge(namespace = "sluice::bridge")]
mod ffi {
    struct KeyValue {
        key: String,
        value: String,
    }

    /// One version of a table, as the log tells it.
    struct TableState {
        version: i64,
        /// Of the newest checkpoint that the handle knows of; -1: none.
        checkpoint_version: i64,
        min_reader_version: i32,
        min_writer_version: i32,
        features: Vec<String>,
        /// The schema as Delta's JSON.
        schema_json: String,
        partition_columns: Vec<String>,
        /// The properties in the table's metadata.
        configuration: Vec<KeyValue>,
    }

    struct LogEntry {
        found: bool,
        /// The actions, one JSON object a line.
        actions: Vec<u8>,
    }

    struct AppVersion {
        found: bool,
        version: i64,
    }

    struct CommitRequest {
        /// Add actions, one JSON object a line: path, partitionValues, size, modificationTime, stats.
        adds: String,
        /// Remove every file of the version that the table handle holds.
        remove_all: bool,
        app_id: String,
        app_version: i64,
        operation_parameters: Vec<KeyValue>,
        operation_metrics: Vec<KeyValue>,
        user_metadata: String,
    }

    struct CommitOutcome {
        /// False: another writer has `version` already; refresh and build the commit anew.
        committed: bool,
        version: i64,
        files_removed: i64,
    }

    struct DataFile {
        path: String,
        size: i64,
        /// -1: the log does not say.
        rows: i64,
        modification_time: i64,
        partition_values: Vec<KeyValue>,
        has_deletion_vector: bool,
    }

    extern "Rust" {
        type Table;

        /// A handle on the table below `url` (file:///... or an object store's URL), whether or
        /// not there is a table yet. Reads nothing.
        fn open_table(url: &str, options: &[KeyValue], engine_info: &str) -> Result<Box<Table>>;

        /// Reads the log's newer entries. False: there is no table.
        fn refresh(self: &mut Table) -> Result<bool>;
        fn state(self: &Table) -> Result<TableState>;
        /// Puts log entry `version` unless one is there. False: one is there.
        fn put_log_entry(self: &Table, version: i64, actions: &[u8]) -> Result<bool>;
        fn read_log_entry(self: &Table, version: i64) -> Result<LogEntry>;
        fn app_version(self: &Table, app_id: &str) -> Result<AppVersion>;
        /// One try at the version after the one the handle holds.
        fn commit(self: &mut Table, request: &CommitRequest) -> Result<CommitOutcome>;
        /// Writes a checkpoint of the version the handle holds. False: it has one.
        fn checkpoint(self: &mut Table) -> Result<bool>;
        /// The files of `version`; -1 is the version the handle holds.
        fn files(self: &Table, version: i64) -> Result<Vec<DataFile>>;
    }
}

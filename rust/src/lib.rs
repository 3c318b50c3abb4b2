//! Delta Lake, object stores and Cassandra for sluice. This crate translates between delta_kernel,
//! object_store, scylla and C++ and decides nothing: what is read and written, when, and what a
//! conflict means is decided in src/lake, src/io and src/connectors/cassandra.
//!
//! Every function catches panics and returns errors whose text starts with the name of an
//! [`failure::Code`], because a cxx error carries a text and nothing else.

mod cassandra;
mod cassandra_failure;
mod cassandra_scan;
mod cassandra_types;
mod cassandra_writer;
mod convert;
mod failure;
mod faults;
mod listed_log;
mod log_engine;
mod own_writes;
mod protocols;
mod reads;
mod runtime;
mod s3;
mod settings;
mod spellings;
mod store;
mod table;

use faults::inject_store_faults;
use store::{open_store, Store};
use table::{open_table, Table};

#[cxx::bridge(namespace = "sluice::bridge")]
mod ffi {
    struct KeyValue {
        key: String,
        value: String,
    }

    /// One version of a table, as the log has it.
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
        /// The protocol and metaData actions, as JSON.
        protocol_json: String,
        metadata_json: String,
        /// Of the files of the newest checkpoint, without its sidecars; 0: none.
        checkpoint_bytes: i64,
    }

    struct LogEntry {
        found: bool,
        /// The actions, one JSON object per line.
        actions: Vec<u8>,
    }

    struct AppVersion {
        found: bool,
        version: i64,
    }

    /// A column, or a field of a struct, that a commit adds to the schema.
    struct NewColumn {
        /// The struct's path; empty: the table itself.
        parent: Vec<String>,
        /// The field as Delta's JSON.
        field: String,
    }

    struct CommitRequest {
        /// commitInfo.operation: WRITE, STREAMING UPDATE, MERGE, OPTIMIZE ...
        operation: String,
        /// False: the same rows lie in other files.
        data_change: bool,
        /// Nothing was read from the table to make this commit.
        is_blind: bool,
        /// Add actions, one JSON object per line: path, partitionValues, size, modificationTime, stats.
        adds: String,
        /// Paths, as in the log, of files to remove.
        removes: Vec<String>,
        /// Remove every file of the version that the table handle holds.
        remove_all: bool,
        new_columns: Vec<NewColumn>,
        /// Of the txn action; empty: none.
        app_id: String,
        app_version: i64,
        operation_parameters: Vec<KeyValue>,
        operation_metrics: Vec<KeyValue>,
        user_metadata: String,
    }

    struct CommitOutcome {
        /// False: another writer has `version` already; refresh and build a new commit.
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
        /// As the log's JSON; empty: none.
        deletion_vector: String,
        /// Rows that it takes away.
        deleted_rows: i64,
        /// The statistics as JSON; empty: none.
        stats: String,
    }

    /// The rows of a file that a deletion vector takes away.
    struct Deletions {
        /// As in the log.
        path: String,
        /// Numbers from 0, ascending.
        rows: Vec<u64>,
    }

    struct ObjectInfo {
        /// From the beginning of the store; as it is, not percent-encoded.
        key: String,
        bytes: u64,
        /// Microseconds since 1970.
        modified: i64,
    }

    struct FoundObject {
        found: bool,
        object: ObjectInfo,
    }

    /// A multipart upload that was begun and neither completed nor aborted.
    struct PendingUpload {
        key: String,
        id: String,
    }

    struct UploadRequest {
        key: String,
        /// A file of this machine.
        local_path: String,
        /// A larger file goes up in parts of this size (more for very large ones).
        part_bytes: u64,
        /// Parts in flight, and in memory, at once.
        parallel_parts: u32,
    }

    extern "Rust" {
        type Store;

        /// A bucket. `options`: those of object_store (aws_access_key_id, aws_endpoint, ...), and
        /// ca_file, copy_limit, retries, retry_time_ms. Connects to nothing. Any thread may call the methods.
        fn open_store(url: &str, options: &[KeyValue]) -> Result<Box<Store>>;

        fn get(self: &Store, key: &str) -> Result<Vec<u8>>;
        /// Fewer bytes only at the object's end.
        fn get_range(self: &Store, key: &str, offset: u64, bytes: u64) -> Result<Vec<u8>>;
        fn head(self: &Store, key: &str) -> Result<FoundObject>;
        /// Objects below the folder `prefix` ("": all), at most `limit` and in no order.
        fn list(
            self: &Store,
            prefix: &str,
            recursive: bool,
            limit: usize,
        ) -> Result<Vec<ObjectInfo>>;
        fn put(self: &Store, key: &str, content: &[u8]) -> Result<()>;
        /// False: another object is there already. One with just this content counts as put by
        /// this call, whose answer may have been lost; so there must be something in it that no
        /// other writer writes.
        fn put_if_absent(self: &Store, key: &str, content: &[u8]) -> Result<bool>;
        /// Within the store; a large object in parts (option copy_limit).
        fn copy(self: &Store, from: &str, to: &str) -> Result<()>;
        /// No error when there is none.
        fn remove(self: &Store, key: &str) -> Result<()>;
        /// Whole or not at all; gives the bytes. After a failure the parts are aborted.
        fn upload(self: &Store, request: &UploadRequest) -> Result<u64>;
        /// Into a file of this machine, which is overwritten; gives the bytes.
        fn download(self: &Store, key: &str, local_path: &str) -> Result<u64>;
        /// Of keys that begin with `prefix`; S3 only, others have none to show.
        fn pending_uploads(self: &Store, prefix: &str) -> Result<Vec<PendingUpload>>;
        fn abort_upload(self: &Store, key: &str, id: &str) -> Result<()>;
        /// Of an object that is never completed; gives its id. S3 only, else "".
        fn begin_upload(self: &Store, key: &str) -> Result<String>;
    }

    extern "Rust" {
        /// For tests: of each 1000 requests of stores and tables that are opened from now on so
        /// many go wrong; 0: none. Gives how many have since the last call.
        fn inject_store_faults(seed: u64, per_mille: u32) -> u64;
    }

    extern "Rust" {
        type Table;

        /// A handle on the table below `url` (file:///... or an object store's URL), whether or
        /// not there is a table yet. Reads nothing.
        fn open_table(url: &str, options: &[KeyValue], engine_info: &str) -> Result<Box<Table>>;

        /// Reads the log's newer entries. False: there is no table.
        fn refresh(self: &mut Table) -> Result<bool>;
        fn state(self: &Table) -> Result<TableState>;
        /// Puts log entry `version` unless one is there. False: another one is there; see
        /// put_if_absent.
        fn put_log_entry(self: &Table, version: i64, actions: &[u8]) -> Result<bool>;
        fn read_log_entry(self: &Table, version: i64) -> Result<LogEntry>;
        fn app_version(self: &Table, app_id: &str) -> Result<AppVersion>;
        /// One try at the version after the one the handle holds.
        fn commit(self: &mut Table, request: &CommitRequest) -> Result<CommitOutcome>;
        /// Writes a checkpoint of the version the handle holds. False: it has one.
        fn checkpoint(self: &mut Table) -> Result<bool>;
        /// The files of `version`; -1 is the version the handle holds.
        fn files(self: &Table, version: i64) -> Result<Vec<DataFile>>;

        /// A handle on an older version, which refresh() would bring forward.
        fn at_version(self: &Table, version: i64) -> Result<Box<Table>>;
        /// The newest version that was there at `timestamp_ms`. Not found: the table is younger.
        fn version_as_of(self: &Table, timestamp_ms: i64) -> Result<i64>;
        /// The first version at or after it. Not found: all are older.
        fn version_from(self: &Table, timestamp_ms: i64) -> Result<i64>;
        /// When a log entry was written, in milliseconds since 1970; -1: it is not there.
        fn log_entry_time(self: &Table, version: i64) -> Result<i64>;
        /// Of the table's metadata.
        fn id(self: &Table) -> Result<String>;
        /// Features that a reader must know.
        fn reader_features(self: &Table) -> Result<Vec<String>>;
        /// Of all files of the version that the handle holds.
        fn deletions(self: &Table) -> Result<Vec<Deletions>>;
        /// The rows of one deletion vector, by its descriptor, the JSON in a log entry's action.
        fn deleted_rows(self: &Table, descriptor: &str) -> Result<Vec<u64>>;
    }
}

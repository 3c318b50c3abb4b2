//! A Cassandra cluster: connecting, asking, and the functions that C++ sees. Values go through as the
//! bytes that the protocol has for them; what they mean is known in src/connectors/cassandra.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{select, Either};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use scylla::client::execution_profile::ExecutionProfile;
use scylla::client::session::Session;
use scylla::client::session_builder::SessionBuilder;
use scylla::deserialize::row::ColumnIterator;
use scylla::policies::load_balancing::DefaultPolicy;
use scylla::response::query_result::QueryResult;
use scylla::statement::{Consistency, Statement};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::cassandra_scan::{scan, Scan};
use crate::cassandra_types::{check_columns, column_of};
use crate::cassandra_writer::{writer, Writer};
use crate::failure::{guarded, Code, Failure, Outcome};
use crate::runtime::runtime;

#[cxx::bridge(namespace = "sluice::bridge::cassandra")]
pub mod ffi {
    struct ClusterOptions {
        /// host:port each.
        contact_points: Vec<String>,
        /// Empty: nobody logs in.
        user: String,
        password: String,
        /// Empty: any node of any data centre.
        datacenter: String,
        /// LOCAL_QUORUM, ONE ...
        consistency: String,
        tls: bool,
        /// PEM; empty: the system's authorities.
        ca_file: String,
        /// Of which the client looks at tables and replicas. Empty: of all.
        keyspace: String,
        connect_timeout_ms: u64,
        request_timeout_ms: u64,
    }

    #[derive(Clone, PartialEq)]
    struct Column {
        name: String,
        /// In the words of CQL without frozen<>; a user's type is udt<"field" type, ...>.
        type_text: String,
    }

    /// Rows, cell by cell: the length as int32 (big-endian; -1: null), then as many bytes.
    struct Rows {
        columns: Vec<Column>,
        cells: Vec<u8>,
        /// Where each row ends in `cells`.
        ends: Vec<u32>,
    }

    struct Described {
        /// Of the result.
        columns: Vec<Column>,
        /// Of the markers `?`.
        markers: Vec<Column>,
        /// The markers that make the partition key, in its order; empty: not all of it is bound.
        key_markers: Vec<u16>,
    }

    #[derive(Clone)]
    /// Part of a scan: the tokens after `begin` up to `end`.
    struct Range {
        index: u32,
        begin: i64,
        end: i64,
        /// Of a page's `position`, from which on it is read; empty: from the start.
        position: Vec<u8>,
    }

    struct ScanRequest {
        cql: String,
        /// The first two markers of `cql` are a range's tokens. False: there is one range.
        by_tokens: bool,
        /// What the rows must have; another column, or one of another type, ends the scan.
        columns: Vec<Column>,
        /// Cells of the other markers.
        cells: Vec<u8>,
        ranges: Vec<Range>,
        page_rows: i32,
        /// Ranges that are read at once, and pages that wait for C++.
        parallel: u32,
    }

    #[derive(Default)]
    struct Page {
        /// False: none came in time, and the other fields mean nothing.
        found: bool,
        /// All ranges are read, and so is this: no page.
        ended: bool,
        range: u32,
        /// The last one of its range.
        is_last: bool,
        cells: Vec<u8>,
        ends: Vec<u32>,
        /// Where the next page begins.
        position: Vec<u8>,
    }

    extern "Rust" {
        /// Ends what waits, from another thread.
        type Stop;

        fn new_stop() -> Box<Stop>;
        fn request(self: &Stop);
    }

    extern "Rust" {
        /// Connections to a cluster. Any thread may call.
        type Cluster;

        fn connect_cluster(options: &ClusterOptions, stop: &Stop) -> Result<Box<Cluster>>;
        /// All rows of a small answer.
        fn query(self: &Cluster, cql: &str, stop: &Stop) -> Result<Rows>;
        /// What the server says of a statement; it is not executed.
        fn describe(self: &Cluster, cql: &str, stop: &Stop) -> Result<Described>;
        fn scan(cluster: &Cluster, request: &ScanRequest, stop: &Stop) -> Result<Box<Scan>>;
        fn writer(
            cluster: &Cluster,
            statements: &[String],
            parallel: u32,
            stop: &Stop,
        ) -> Result<Box<Writer>>;
    }

    extern "Rust" {
        type Scan;

        /// The next page of any range; those of one range come in their order.
        fn next(self: &mut Scan, wait_ms: u64) -> Result<Page>;
    }

    extern "Rust" {
        type Writer;

        /// Executes the batches of `block`, which has for each: the number of its rows, and for each
        /// of these the number of its statement, the number of its cells' bytes (uint32,
        /// little-endian) and the cells. Batches are of one partition each. After an error any of
        /// them may have been executed.
        fn write(self: &Writer, block: &[u8], stop: &Stop) -> Result<()>;
    }
}

use ffi::{ClusterOptions, Column, Described, Rows};

pub struct Stop {
    requested: watch::Sender<bool>,
}

pub fn new_stop() -> Box<Stop> {
    Box::new(Stop { requested: watch::Sender::new(false) })
}

impl Stop {
    pub fn request(&self) {
        self.requested.send_replace(true);
    }

    async fn wait(&self) {
        // The sender lives as long as self: no error.
        let _ = self.requested.subscribe().wait_for(|requested| *requested).await;
    }
}

/// Runs `work` on this thread, until it is done or `stop`.
pub fn run<T>(stop: &Stop, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    guarded(|| {
        runtime()?.block_on(async {
            match select(pin!(work), pin!(stop.wait())).await {
                Either::Left((done, _)) => done,
                Either::Right(_) => Err(Failure::new(Code::Cancelled, "stopped")),
            }
        })
    })
}

pub struct Cluster {
    pub session: Arc<Session>,
}

fn consistency_of(name: &str) -> Outcome<Consistency> {
    Ok(match name.to_ascii_uppercase().as_str() {
        "ONE" => Consistency::One,
        "TWO" => Consistency::Two,
        "THREE" => Consistency::Three,
        "QUORUM" => Consistency::Quorum,
        "ALL" => Consistency::All,
        "LOCAL_QUORUM" => Consistency::LocalQuorum,
        "EACH_QUORUM" => Consistency::EachQuorum,
        "LOCAL_ONE" => Consistency::LocalOne,
        _ => return Err(Failure::new(Code::Invalid, format!("no consistency '{name}'"))),
    })
}

fn tls_of(ca_file: &str) -> Outcome<Arc<ClientConfig>> {
    let invalid = |what: String| Failure::new(Code::Invalid, what);
    let mut roots = RootCertStore::empty();
    if ca_file.is_empty() {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    } else {
        let failed = |error| invalid(format!("ca_file={ca_file}: {error}"));
        for certificate in CertificateDer::pem_file_iter(ca_file).map_err(failed)? {
            let certificate = certificate.map_err(failed)?;
            roots
                .add(certificate)
                .map_err(|error| invalid(format!("ca_file={ca_file}: {error}")))?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

pub fn connect_cluster(options: &ClusterOptions, stop: &Stop) -> Outcome<Box<Cluster>> {
    let mut policy = DefaultPolicy::builder();
    if !options.datacenter.is_empty() {
        policy = policy.prefer_datacenter(options.datacenter.clone());
    }
    let profile = ExecutionProfile::builder()
        .consistency(consistency_of(&options.consistency)?)
        .request_timeout(Some(Duration::from_millis(options.request_timeout_ms)))
        .load_balancing_policy(policy.build())
        .build();
    let mut builder = SessionBuilder::new()
        .known_nodes(&options.contact_points)
        .default_execution_profile_handle(profile.into_handle())
        .connection_timeout(Duration::from_millis(options.connect_timeout_ms))
        .fetch_full_schema_metadata(false);
    if !options.keyspace.is_empty() {
        builder = builder.keyspaces_to_fetch([options.keyspace.as_str()]);
    }
    if !options.user.is_empty() {
        builder = builder.user(&options.user, &options.password);
    }
    if options.tls {
        builder = builder.tls_context(Some(tls_of(&options.ca_file)?));
    }
    // The driver's own limit is of the connection alone, not of a server that then says nothing.
    let each = options.connect_timeout_ms.max(1);
    let limit = Duration::from_millis(each * options.contact_points.len() as u64);
    let session = run(stop, async {
        match timeout(limit, builder.build()).await {
            Ok(session) => Ok(session?),
            Err(_) => {
                let text = format!("no answer within {} ms", limit.as_millis());
                Err(Failure::new(Code::Transient, text))
            }
        }
    })?;
    Ok(Box::new(Cluster { session: Arc::new(session) }))
}

/// Appends the rows of `result` as ffi::Rows has them. `expected`: columns that they must have.
pub fn copy_rows(
    result: QueryResult,
    expected: Option<&[Column]>,
    cells: &mut Vec<u8>,
    ends: &mut Vec<u32>,
) -> Outcome<()> {
    let corrupt = |error: String| Failure::new(Code::Corruption, error);
    let rows = result.into_rows_result().map_err(|error| corrupt(error.to_string()))?;
    if let Some(expected) = expected {
        check_columns(expected, rows.column_specs())?;
    }
    cells.reserve(rows.rows_bytes_size());
    ends.reserve(rows.rows_num());
    let rows = rows.rows::<ColumnIterator>().map_err(|error| corrupt(error.to_string()))?;
    for row in rows {
        for column in row.map_err(|error| corrupt(error.to_string()))? {
            match column.map_err(|error| corrupt(error.to_string()))?.slice {
                Some(bytes) => {
                    let bytes = bytes.as_slice();
                    cells.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
                    cells.extend_from_slice(bytes);
                }
                None => cells.extend_from_slice(&(-1i32).to_be_bytes()),
            }
        }
        let end = u32::try_from(cells.len());
        ends.push(end.map_err(|_| {
            Failure::new(Code::Invalid, "a page has more than 4 GiB; ask for fewer rows a page")
        })?);
    }
    Ok(())
}

impl Cluster {
    pub fn query(&self, cql: &str, stop: &Stop) -> Outcome<Rows> {
        run(stop, async {
            let result = self.session.query_unpaged(Statement::new(cql), ()).await?;
            let mut rows = Rows { columns: Vec::new(), cells: Vec::new(), ends: Vec::new() };
            if result.is_rows() {
                copy_rows(result, None, &mut rows.cells, &mut rows.ends)?;
            }
            Ok(rows)
        })
    }

    pub fn describe(&self, cql: &str, stop: &Stop) -> Outcome<Described> {
        run(stop, async {
            let prepared = self.session.prepare(cql).await?;
            let mut columns = Vec::new();
            for spec in prepared.get_current_result_set_col_specs().get().iter() {
                columns.push(column_of(spec)?);
            }
            let mut markers = Vec::new();
            for spec in prepared.get_variable_col_specs().iter() {
                markers.push(column_of(spec)?);
            }
            let mut key: Vec<_> = prepared.get_variable_pk_indexes().to_vec();
            key.sort_by_key(|part| part.sequence);
            let key_markers = key.iter().map(|part| part.index).collect();
            Ok(Described { columns, markers, key_markers })
        })
    }
}

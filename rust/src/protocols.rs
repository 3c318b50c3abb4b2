//! What the kernel sees of a table's protocol when it writes. It refuses some features of writers
//! whether or not the table uses them, and each of the writer versions 3 to 6 stands for one of them.
//! That a table uses none is for the caller to see (src/lake/write_support.h).

use std::sync::Arc;

use delta_kernel::actions::Protocol;
use delta_kernel::table_configuration::TableConfiguration;
use delta_kernel::table_features::{TableFeature, TABLE_FEATURES_MIN_WRITER_VERSION};
use delta_kernel::{Snapshot, SnapshotRef};

use crate::failure::Outcome;

const REFUSED: [TableFeature; 3] =
    [TableFeature::CheckConstraints, TableFeature::GeneratedColumns, TableFeature::IdentityColumns];

/// Since which version of writers, and of readers, a feature is asked for without being listed.
const IMPLIED: [(i32, i32, TableFeature); 7] = [
    (2, 1, TableFeature::AppendOnly),
    (2, 1, TableFeature::Invariants),
    (3, 1, TableFeature::CheckConstraints),
    (4, 1, TableFeature::ChangeDataFeed),
    (4, 1, TableFeature::GeneratedColumns),
    (5, 2, TableFeature::ColumnMapping),
    (6, 1, TableFeature::IdentityColumns),
];

fn writer_features(protocol: &Protocol) -> Vec<TableFeature> {
    if let Some(listed) = protocol.writer_features() {
        return listed.to_vec();
    }
    let (reader, writer) = (protocol.min_reader_version(), protocol.min_writer_version());
    if writer >= TABLE_FEATURES_MIN_WRITER_VERSION {
        return Vec::new();
    }
    let implied =
        IMPLIED.iter().filter(|(since, readers, _)| *since <= writer && *readers <= reader);
    implied.map(|(_, _, feature)| feature.clone()).collect()
}

fn with_protocol(snapshot: &Snapshot, protocol: Protocol) -> Outcome<SnapshotRef> {
    let table = snapshot.table_configuration();
    let (metadata, root) = (table.metadata().clone(), table.table_root().clone());
    let table = TableConfiguration::try_new(metadata, protocol, root, table.version())?;
    Ok(Arc::new(Snapshot::new(snapshot.log_segment().clone(), table)?))
}

/// The snapshot to build a transaction or a checkpoint on: without the refused features.
pub fn writable(snapshot: &SnapshotRef) -> Outcome<SnapshotRef> {
    let protocol = snapshot.table_configuration().protocol();
    let mut features = writer_features(protocol);
    if !features.iter().any(|feature| REFUSED.contains(feature)) {
        return Ok(snapshot.clone());
    }
    features.retain(|feature| !REFUSED.contains(feature));
    let reader_features = protocol.reader_features().map(<[TableFeature]>::to_vec);
    let shown = Protocol::try_new(
        protocol.min_reader_version(),
        TABLE_FEATURES_MIN_WRITER_VERSION,
        reader_features,
        Some(features),
    )?;
    with_protocol(snapshot, shown)
}

/// `after`, which the kernel has made of writable(`before`), with the protocol that the log has:
/// commits and checkpoints leave it as it is.
pub fn as_in_log(before: &SnapshotRef, after: &SnapshotRef) -> Outcome<SnapshotRef> {
    let protocol = before.table_configuration().protocol();
    match protocol == after.table_configuration().protocol() {
        true => Ok(after.clone()),
        false => with_protocol(after, protocol.clone()),
    }
}

//! The threads of this crate.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

use crate::failure::{Code, Failure, Outcome};

/// The threads that all tables and stores of the process share.
pub fn runtime() -> Outcome<&'static Runtime> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            Builder::new_multi_thread().worker_threads(2).thread_name("bridge").enable_all().build()
        })
        .as_ref()
        .map_err(|error| Failure::new(Code::Transient, format!("start bridge threads: {error}")))
}

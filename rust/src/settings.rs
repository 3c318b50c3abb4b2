//! From a URL and options to an object store: the one place for tables and for plain files.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use delta_kernel_default_engine::storage::store_from_url_opts;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::{Certificate, ClientConfigKey, ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use crate::convert::pairs;
use crate::failure::{Code, Failure, Outcome};
use crate::faults::may_go_wrong;
use crate::ffi::KeyValue;
use crate::own_writes::OwnWrites;

/// A store, and of S3 what is needed to ask what the library does not ask.
pub struct Connection {
    pub store: Arc<dyn ObjectStore>,
    pub s3: Option<S3Parts>,
}

pub struct S3Parts {
    pub store: Arc<AmazonS3>,
    pub client: ClientOptions,
    pub bucket: String,
    /// Larger objects are copied in parts.
    pub copy_limit: u64,
}

/// Of S3, and of most servers that speak its protocol.
const COPY_LIMIT: u64 = 5_000_000_000;

/// Connects to nothing yet.
pub fn connect(url: &Url, options: &[KeyValue]) -> Outcome<Connection> {
    let Connection { store, s3 } = connect_plain(url, options)?;
    Ok(Connection { store: Arc::new(OwnWrites::new(may_go_wrong(store))), s3 })
}

fn connect_plain(url: &Url, options: &[KeyValue]) -> Outcome<Connection> {
    match url.scheme() {
        // A log entry must not be able to come back short after a power cut.
        "file" => {
            Ok(Connection { store: Arc::new(LocalFileSystem::new().with_fsync(true)), s3: None })
        }
        "s3" => connect_s3(url, options),
        _ => Ok(Connection { store: store_from_url_opts(url, pairs(options))?, s3: None }),
    }
}

fn number(option: &KeyValue) -> Outcome<u64> {
    option.value.parse().map_err(|_| invalid(option, "is not a number"))
}

fn invalid(option: &KeyValue, problem: &str) -> Failure {
    // The value is not shown: it may be a secret.
    Failure::new(Code::Invalid, format!("option {} {problem}", option.key))
}

fn connect_s3(url: &Url, options: &[KeyValue]) -> Outcome<Connection> {
    let mut client = ClientOptions::new();
    let mut retry = RetryConfig::default();
    let mut copy_limit = COPY_LIMIT;
    let bucket = url.host_str().unwrap_or_default();
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
    for option in options {
        match option.key.as_str() {
            "ca_file" => client = with_certificates(client, &option.value)?,
            "copy_limit" => copy_limit = number(option)?,
            "retries" => retry.max_retries = number(option)? as usize,
            "retry_time_ms" => retry.retry_timeout = Duration::from_millis(number(option)?),
            key => match AmazonS3ConfigKey::from_str(key) {
                // The builder replaces its own by `client`.
                Ok(AmazonS3ConfigKey::Client(key)) => {
                    client = client.with_config(key, option.value.clone());
                }
                Ok(key) => builder = builder.with_config(key, option.value.clone()),
                Err(_) => return Err(invalid(option, "is not known")),
            },
        }
    }
    let allows_http = client.get_config_value(&ClientConfigKey::AllowHttp);
    let builder = builder
        .with_client_options(client.clone())
        .with_allow_http(allows_http.as_deref() == Some("true"))
        // One by one they are DELETE requests, which are tried again after a time-out.
        .with_disable_bulk_delete(true)
        .with_retry(retry);
    let store = Arc::new(builder.build().map_err(|error| Failure::new(Code::Invalid, error))?);
    Ok(Connection {
        store: store.clone(),
        s3: Some(S3Parts { store, client, bucket: bucket.to_string(), copy_limit }),
    })
}

fn with_certificates(client: ClientOptions, path: &str) -> Outcome<ClientOptions> {
    let unusable = |error: String| Failure::new(Code::Invalid, format!("ca_file={path}: {error}"));
    let text = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let certificates =
        Certificate::from_pem_bundle(&text).map_err(|error| unusable(error.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("holds no certificate".to_string()));
    }
    Ok(certificates.into_iter().fold(client, ClientOptions::with_root_certificate))
}

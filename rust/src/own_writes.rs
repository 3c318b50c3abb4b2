//! A store whose answers to conditional writes are not believed until what is there has been looked
//! at. The answer to a write that was done may be lost, or say that it was not; the library tries
//! again and meets its own object ("taken"). What is written under a condition has a UUID in it, so
//! what is there says whose it is.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::failure::Failure;
use crate::faults;

/// Before each further try, where a failed one has left nothing behind.
const PAUSES_MS: [u64; 2] = [50, 500];

#[derive(Debug)]
pub struct OwnWrites {
    inner: Arc<dyn ObjectStore>,
}

/// What is there where a write failed.
enum There {
    Ours(PutResult),
    Others,
    Nothing,
}

impl OwnWrites {
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner }
    }

    async fn look(&self, location: &Path, ours: &PutPayload) -> Result<There> {
        let found = match self.inner.get_opts(location, GetOptions::default()).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(There::Nothing),
            Err(error) => return Err(error),
        };
        if found.meta.size != ours.content_length() as u64 {
            return Ok(There::Others);
        }
        let (e_tag, version) = (found.meta.e_tag.clone(), found.meta.version.clone());
        let content = found.bytes().await?;
        let mut rest = content.as_ref();
        let is_same = ours.iter().all(|part| match rest.strip_prefix(&part[..]) {
            Some(left) => {
                rest = left;
                true
            }
            None => false,
        });
        Ok(match is_same {
            true => There::Ours(PutResult { e_tag, version, extensions: Default::default() }),
            false => There::Others,
        })
    }

    /// Success: it is there, by this call. AlreadyExists: another's is there. What may pass: it may
    /// be there, or come to be there.
    async fn create(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let mut pauses = PAUSES_MS.into_iter();
        loop {
            let put = self.inner.put_opts(location, payload.clone(), options.clone()).await;
            let error = match put {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let may_pass = Failure::tells_of_passing(&error);
            match self.look(location, &payload).await {
                Ok(There::Ours(done)) => return Ok(done),
                Ok(There::Others) => {
                    let source = "another writer's is there".into();
                    return Err(Error::AlreadyExists { path: location.to_string(), source });
                }
                // No object, and none on its way.
                Ok(There::Nothing) if !may_pass => return Err(error),
                Ok(There::Nothing) => {}
                Err(unseen) if may_pass => return Err(unseen),
                Err(_) => return Err(error),
            }
            match pauses.next() {
                Some(pause) => {
                    tokio::time::sleep(faults::pause(Duration::from_millis(pause))).await
                }
                None => return Err(unknown(error)),
            }
        }
    }
}

/// Nobody may take it for "another writer was faster": nothing is there.
fn unknown(error: Error) -> Error {
    match error {
        Error::AlreadyExists { .. } | Error::Precondition { .. } => Error::Generic {
            store: "conditional write",
            source: "it is refused as taken, and nothing is there".into(),
        },
        error => error,
    }
}

impl fmt::Display for OwnWrites {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(out)
    }
}

#[async_trait]
impl ObjectStore for OwnWrites {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        match options.mode {
            PutMode::Create => self.create(location, payload, options).await,
            _ => self.inner.put_opts(location, payload, options).await,
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

//! Objects of one store: single requests, and whole files up and down.

use std::collections::HashMap;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{StreamExt, TryStreamExt};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStoreExt, PutMode, PutOptions,
};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use crate::failure::{guarded, Code, Failure, Outcome};
use crate::faults::pause;
use crate::ffi::{FoundObject, KeyValue, ObjectInfo, PendingUpload, UploadRequest};
use crate::runtime::runtime;
use crate::s3::{ask, copy_part, element, elements};
use crate::settings::{connect, Connection, S3Parts};

/// Of an object that is copied in parts.
const COPIED_PART_BYTES: u64 = 256 << 20;

/// S3 takes 10,000 parts.
const PARTS_MAX: u64 = 9_000;

/// Uploads whose bytes are remembered.
const UPLOADED_MAX: usize = 10_000;

/// Before each further try of ours.
const PAUSES_MS: [u64; 3] = [100, 300, 900];

pub struct Store {
    connection: Connection,
    /// Bytes of what this has uploaded and not copied or removed since.
    uploaded: Mutex<HashMap<String, u64>>,
}

pub fn open_store(url: &str, options: &[KeyValue]) -> Outcome<Box<Store>> {
    guarded(|| {
        let connection = connect(&Url::parse(url)?, options)?;
        Ok(Box::new(Store { connection, uploaded: Mutex::default() }))
    })
}

fn path_of(key: &str) -> Outcome<Path> {
    Path::parse(key).map_err(|error| Failure::new(Code::Invalid, error))
}

fn info_of(meta: ObjectMeta) -> ObjectInfo {
    ObjectInfo {
        key: meta.location.to_string(),
        bytes: meta.size,
        modified: meta.last_modified.timestamp_micros(),
    }
}

fn local(path: &str, error: std::io::Error) -> Failure {
    Failure::new(Code::Transient, format!("file of this machine path={path}: {error}"))
}

/// What fails for a passing reason and is not tried again by the library: an answer that ends half
/// way, a removal that is not answered in time. For work that may be done twice.
fn repeated<T>(work: impl Fn() -> Outcome<T>) -> Outcome<T> {
    for pause_ms in PAUSES_MS {
        match guarded(&work) {
            Err(failure) if failure.may_pass() => sleep(pause(Duration::from_millis(pause_ms))),
            answer => return answer,
        }
    }
    guarded(work)
}

impl Store {
    fn store(&self) -> &dyn object_store::ObjectStore {
        self.connection.store.as_ref()
    }

    pub fn get(&self, key: &str) -> Outcome<Vec<u8>> {
        repeated(|| {
            let path = path_of(key)?;
            let read = async { self.store().get(&path).await?.bytes().await };
            Ok(runtime()?.block_on(read)?.to_vec())
        })
    }

    pub fn get_range(&self, key: &str, offset: u64, bytes: u64) -> Outcome<Vec<u8>> {
        repeated(|| {
            let path = path_of(key)?;
            let range = GetRange::Bounded(offset..offset + bytes);
            let options = GetOptions { range: Some(range), ..Default::default() };
            let read = async { self.store().get_opts(&path, options).await?.bytes().await };
            Ok(runtime()?.block_on(read)?.to_vec())
        })
    }

    async fn find(&self, path: &Path) -> Outcome<Option<ObjectMeta>> {
        match self.store().head(path).await {
            Ok(meta) => Ok(Some(meta)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Of a name that nobody else writes.
    async fn is_whole(&self, path: &Path, bytes: u64) -> bool {
        matches!(self.find(path).await, Ok(Some(there)) if there.size == bytes)
    }

    pub fn head(&self, key: &str) -> Outcome<FoundObject> {
        repeated(|| {
            let found = runtime()?.block_on(self.find(&path_of(key)?))?;
            let none = ObjectInfo { key: String::new(), bytes: 0, modified: 0 };
            Ok(FoundObject { found: found.is_some(), object: found.map_or(none, info_of) })
        })
    }

    pub fn list(&self, prefix: &str, recursive: bool, limit: usize) -> Outcome<Vec<ObjectInfo>> {
        repeated(|| {
            let path = path_of(prefix)?;
            let objects = if recursive {
                runtime()?.block_on(self.store().list(Some(&path)).take(limit).try_collect())?
            } else {
                runtime()?.block_on(self.store().list_with_delimiter(Some(&path)))?.objects
            };
            let objects: Vec<ObjectMeta> = objects;
            Ok(objects.into_iter().take(limit).map(info_of).collect())
        })
    }

    pub fn put(&self, key: &str, content: &[u8]) -> Outcome<()> {
        repeated(|| {
            let path = path_of(key)?;
            let put = self.store().put(&path, content.to_vec().into());
            // Nothing to look for after a failure: it may be done again.
            runtime()?.block_on(put)?;
            Ok(())
        })
    }

    pub fn put_if_absent(&self, key: &str, content: &[u8]) -> Outcome<bool> {
        guarded(|| {
            let path = path_of(key)?;
            let options = PutOptions::from(PutMode::Create);
            let put = self.store().put_opts(&path, content.to_vec().into(), options);
            match runtime()?.block_on(put) {
                Ok(_) => Ok(true),
                Err(error) => match Failure::from(error) {
                    failure if failure.is_taken() => Ok(false),
                    // A bucket that is not there was not written to.
                    failure if failure.is_not_found() => Err(failure),
                    failure => Err(failure.of_write()),
                },
            }
        })
    }

    pub fn copy(&self, from: &str, to: &str) -> Outcome<()> {
        let known = self.forget_upload(from);
        let (from, to) = (path_of(from)?, path_of(to)?);
        if let Some(s3) = &self.connection.s3 {
            let bytes = match known {
                Some(bytes) => bytes,
                None => repeated(|| runtime()?.block_on(self.find(&from)))?.map_or(0, |it| it.size),
            };
            if bytes > s3.copy_limit {
                return self.copy_in_parts(s3, &from, &to, bytes);
            }
        }
        repeated(|| Ok(runtime()?.block_on(self.store().copy(&from, &to))?))
    }

    /// S3 copies no larger object in one request.
    fn copy_in_parts(&self, s3: &S3Parts, from: &Path, to: &Path, bytes: u64) -> Outcome<()> {
        let id = repeated(|| Ok(runtime()?.block_on(s3.store.create_multipart(to))?))?;
        let step = COPIED_PART_BYTES.min(s3.copy_limit).max(bytes.div_ceil(PARTS_MAX));
        let parts: Outcome<Vec<PartId>> = (0..bytes.div_ceil(step))
            .map(|number| {
                let range = number * step..bytes.min((number + 1) * step);
                repeated(|| {
                    runtime()?.block_on(copy_part(s3, from, to, &id, number + 1, range.clone()))
                })
            })
            .collect();
        let done = parts.and_then(|parts| {
            guarded(|| Ok(runtime()?.block_on(s3.store.complete_multipart(to, &id, parts))?))
        });
        if done.is_err() {
            // As with an upload: the answer may have been lost.
            if runtime()?.block_on(self.is_whole(to, bytes)) {
                return Ok(());
            }
            let _ = runtime()?.block_on(s3.store.abort_multipart(to, &id));
        }
        done.map(|_| ())
    }

    pub fn remove(&self, key: &str) -> Outcome<()> {
        self.forget_upload(key);
        repeated(|| {
            let path = path_of(key)?;
            match runtime()?.block_on(self.store().delete(&path)) {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })
    }

    fn forget_upload(&self, key: &str) -> Option<u64> {
        self.uploaded.lock().ok()?.remove(key)
    }

    pub fn upload(&self, request: &UploadRequest) -> Outcome<u64> {
        let bytes = repeated(|| runtime()?.block_on(self.upload_file(request)))?;
        if let Ok(mut uploaded) = self.uploaded.lock() {
            if uploaded.len() < UPLOADED_MAX {
                uploaded.insert(request.key.clone(), bytes);
            }
        }
        Ok(bytes)
    }

    async fn upload_file(&self, request: &UploadRequest) -> Outcome<u64> {
        let path = path_of(&request.key)?;
        let failed = |error| local(&request.local_path, error);
        let mut file = File::open(&request.local_path).await.map_err(failed)?;
        let bytes = file.metadata().await.map_err(failed)?.len();
        if bytes <= request.part_bytes {
            let mut content = Vec::with_capacity(bytes as usize);
            file.read_to_end(&mut content).await.map_err(failed)?;
            self.store().put(&path, content.into()).await?;
            return Ok(bytes);
        }
        let mut upload = self.store().put_multipart(&path).await?;
        let mut sent = self.send_parts(upload.as_mut(), &mut file, bytes, request).await;
        if sent.is_ok() {
            sent = upload.complete().await.map(|_| ()).map_err(Failure::from);
            // A completion that was answered and whose answer was lost fails when it is repeated.
            if sent.is_err() && self.is_whole(&path, bytes).await {
                sent = Ok(());
            }
        }
        if sent.is_err() {
            // The error says more than one of the clean-up would.
            let _ = upload.abort().await;
        }
        sent.map(|()| bytes)
    }

    async fn send_parts(
        &self,
        upload: &mut dyn MultipartUpload,
        file: &mut File,
        bytes: u64,
        request: &UploadRequest,
    ) -> Outcome<()> {
        let part_bytes = request.part_bytes.max(bytes.div_ceil(PARTS_MAX));
        let mut in_flight = FuturesUnordered::new();
        let mut left = bytes;
        let mut sent = Ok(());
        while left > 0 && sent.is_ok() {
            if in_flight.len() >= request.parallel_parts.max(1) as usize {
                sent = in_flight.next().await.transpose().map(|_| ());
                continue;
            }
            let mut part = vec![0; part_bytes.min(left) as usize];
            file.read_exact(&mut part).await.map_err(|error| local(&request.local_path, error))?;
            left -= part.len() as u64;
            in_flight.push(upload.put_part(part.into()));
        }
        // A part that arrives after the upload is aborted would stay.
        while let Some(done) = in_flight.next().await {
            sent = sent.and(done);
        }
        Ok(sent?)
    }

    pub fn download(&self, key: &str, local_path: &str) -> Outcome<u64> {
        repeated(|| runtime()?.block_on(self.download_file(&path_of(key)?, local_path)))
    }

    async fn download_file(&self, path: &Path, local_path: &str) -> Outcome<u64> {
        let failed = |error| local(local_path, error);
        let found = self.store().get(path).await?;
        let bytes = found.meta.size;
        let mut file = File::create(local_path).await.map_err(failed)?;
        let mut written = 0;
        let mut stream = found.into_stream();
        while let Some(chunk) = stream.try_next().await? {
            file.write_all(&chunk).await.map_err(failed)?;
            written += chunk.len() as u64;
        }
        file.flush().await.map_err(failed)?;
        if written != bytes {
            let text = format!("the answer ended after {written} of {bytes} bytes");
            return Err(Failure::new(Code::Transient, text));
        }
        Ok(written)
    }

    pub fn pending_uploads(&self, prefix: &str) -> Outcome<Vec<PendingUpload>> {
        repeated(|| runtime()?.block_on(self.list_uploads(prefix)))
    }

    /// ListMultipartUploads, which object_store lacks: signed and sent by its own parts.
    async fn list_uploads(&self, prefix: &str) -> Outcome<Vec<PendingUpload>> {
        let Some(s3) = &self.connection.s3 else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut marker: Vec<(String, String)> = Vec::new();
        loop {
            let mut query = vec![
                ("uploads".to_string(), String::new()),
                ("prefix".to_string(), prefix.to_string()),
            ];
            query.append(&mut marker);
            let text = ask(s3, query).await?;
            for upload in elements(&text, "Upload") {
                let text_of = |name| element(upload, name).unwrap_or_default();
                found.push(PendingUpload { key: text_of("Key"), id: text_of("UploadId") });
            }
            if element(&text, "IsTruncated").as_deref() != Some("true") {
                return Ok(found);
            }
            for (name, next) in
                [("key-marker", "NextKeyMarker"), ("upload-id-marker", "NextUploadIdMarker")]
            {
                marker.push((name.to_string(), element(&text, next).unwrap_or_default()));
            }
        }
    }

    pub fn begin_upload(&self, key: &str) -> Outcome<String> {
        repeated(|| {
            let Some(s3) = &self.connection.s3 else { return Ok(String::new()) };
            Ok(runtime()?.block_on(s3.store.create_multipart(&path_of(key)?))?)
        })
    }

    pub fn abort_upload(&self, key: &str, id: &str) -> Outcome<()> {
        repeated(|| {
            let Some(s3) = &self.connection.s3 else { return Ok(()) };
            let path = path_of(key)?;
            match runtime()?.block_on(s3.store.abort_multipart(&path, &id.to_string())) {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })
    }
}

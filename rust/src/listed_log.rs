//! The kernel's storage with a listing of our own. Its own one makes URLs of names without encoding
//! them: `a%20b` must become `a%2520b`, and a backslash `%5C`.

use std::sync::Arc;

use bytes::Bytes;
use delta_kernel::{FileMeta, FileSlice, KernelResult, KernelResultIteratorStatic, StorageHandler};
use delta_kernel_default_engine::executor::TaskExecutor;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use url::Url;

pub struct ListedLog<E: TaskExecutor> {
    pub inner: Arc<dyn StorageHandler>,
    pub store: Arc<dyn ObjectStore>,
    pub executor: Arc<E>,
}

/// `base` with the name of what was listed as its path.
fn file_meta(base: &Url, meta: ObjectMeta) -> FileMeta {
    let mut location = base.clone();
    let name = meta.location.as_ref().replace('%', "%25").replace('\\', "%5C");
    location.set_path(&format!("/{name}"));
    FileMeta { location, last_modified: meta.last_modified.timestamp_millis(), size: meta.size }
}

impl<E: TaskExecutor> StorageHandler for ListedLog<E> {
    /// What the folder has after `path`, in the order of names.
    fn list_from(&self, path: &Url) -> KernelResult<KernelResultIteratorStatic<FileMeta>> {
        let offset = Path::from_url_path(path.path())?;
        let folder = Path::from_url_path(path.join(".")?.path())?;
        let store = self.store.clone();
        let listed: Vec<ObjectMeta> = self.executor.block_on(async move {
            store.list_with_offset(Some(&folder), &offset).try_collect().await
        })?;
        let mut files: Vec<FileMeta> =
            listed.into_iter().map(|meta| file_meta(path, meta)).collect();
        files.sort_unstable();
        Ok(Box::new(files.into_iter().map(Ok)))
    }

    fn read_files(&self, files: Vec<FileSlice>) -> KernelResult<KernelResultIteratorStatic<Bytes>> {
        self.inner.read_files(files)
    }

    fn copy_atomic(&self, from: &Url, to: &Url) -> KernelResult<()> {
        self.inner.copy_atomic(from, to)
    }

    fn put(&self, path: &Url, data: Bytes, overwrite: bool) -> KernelResult<()> {
        self.inner.put(path, data, overwrite)
    }

    fn head(&self, path: &Url) -> KernelResult<FileMeta> {
        self.inner.head(path)
    }

    fn delete(&self, path: &Url) -> KernelResult<()> {
        self.inner.delete(path)
    }
}

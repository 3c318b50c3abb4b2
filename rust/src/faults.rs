//! A store that goes wrong at random, for tests: a request fails and does nothing, fails and has done
//! its work, or fails and does it later, when nobody waits for it any more. A write under a condition
//! may be done and answered by "taken", as by a library that has sent it twice, or be refused as taken
//! where nothing is, as beside another's request that fails in the end.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Requests that may come before one that is done late, at most.
const LATE_MAX: u64 = 12;

/// Conditional writes are few, and all depends on them: so many times as often as others they fail.
const CONDITIONAL_TIMES: u64 = 8;

static INJECTED: AtomicBool = AtomicBool::new(false);
static PLAN: Mutex<Plan> = Mutex::new(Plan { random: 0, per_mille: 0, count: 0, late: Vec::new() });

struct Plan {
    random: u64,
    per_mille: u64,
    count: u64,
    late: Vec<Late>,
}

struct Late {
    requests_left: u64,
    location: Path,
    payload: PutPayload,
    options: PutOptions,
}

#[derive(Clone, Copy, PartialEq)]
enum Fault {
    Before,
    After,
    Taken,
    Refused,
    Late,
}

impl Plan {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn fault(&mut self, kinds: &[Fault]) -> Option<Fault> {
        let per_mille = match kinds.contains(&Fault::Taken) {
            true => (self.per_mille * CONDITIONAL_TIMES).min(500),
            false => self.per_mille,
        };
        if self.next() % 1000 >= per_mille {
            return None;
        }
        self.count += 1;
        Some(kinds[(self.next() % kinds.len() as u64) as usize])
    }

    fn due(&mut self) -> Vec<Late> {
        for late in &mut self.late {
            late.requests_left = late.requests_left.saturating_sub(1);
        }
        let (due, left) =
            std::mem::take(&mut self.late).into_iter().partition(|late| late.requests_left == 0);
        self.late = left;
        due
    }
}

fn plan() -> std::sync::MutexGuard<'static, Plan> {
    PLAN.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Of each 1000 requests of stores that are opened from now on, so many go wrong; 0: none any more.
/// Gives the number of those that have.
pub fn inject_store_faults(seed: u64, per_mille: u32) -> u64 {
    INJECTED.store(true, Ordering::Relaxed);
    let mut plan = plan();
    plan.random = seed;
    plan.per_mille = u64::from(per_mille);
    std::mem::take(&mut plan.count)
}

pub fn are_injected() -> bool {
    INJECTED.load(Ordering::Relaxed)
}

pub fn may_go_wrong(store: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
    match are_injected() {
        true => Arc::new(FaultyStore { inner: store }),
        false => store,
    }
}

/// Who injects faults does not want to wait as long as for a server.
pub fn pause(usual: Duration) -> Duration {
    match are_injected() {
        true => Duration::from_millis(1),
        false => usual,
    }
}

#[derive(Debug)]
struct FaultyStore {
    inner: Arc<dyn ObjectStore>,
}

fn taken(location: &Path, why: &str) -> Error {
    let source = format!("injected: {why}").into();
    Error::AlreadyExists { path: location.to_string(), source }
}

fn broken(when: &str) -> Error {
    let source =
        std::io::Error::new(std::io::ErrorKind::TimedOut, format!("injected fault {when}"));
    Error::Generic { store: "faulty", source: Box::new(source) }
}

impl FaultyStore {
    /// Does what is late, then says what this request meets.
    async fn begin(&self, kinds: &[Fault]) -> Option<Fault> {
        let (due, fault) = {
            let mut plan = plan();
            (plan.due(), plan.fault(kinds))
        };
        for late in due {
            let _ = self.inner.put_opts(&late.location, late.payload, late.options).await;
        }
        fault
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(out)
    }
}

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        location: &Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult> {
        let kinds: &[Fault] = match options.mode {
            PutMode::Create => {
                &[Fault::Before, Fault::After, Fault::Taken, Fault::Refused, Fault::Late]
            }
            _ => &[Fault::Before, Fault::After],
        };
        match self.begin(kinds).await {
            Some(Fault::Before) => Err(broken("before a write")),
            Some(Fault::Refused) => Err(taken(location, "refused")),
            Some(Fault::Late) => {
                let mut plan = plan();
                let requests_left = 1 + plan.next() % LATE_MAX;
                plan.late.push(Late {
                    requests_left,
                    location: location.clone(),
                    payload,
                    options,
                });
                Err(broken("before a late write"))
            }
            fault => {
                let done = self.inner.put_opts(location, payload, options).await?;
                match fault {
                    Some(Fault::After) => Err(broken("after a write")),
                    Some(_) => Err(taken(location, "sent twice")),
                    None => Ok(done),
                }
            }
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        match self.begin(&[Fault::Before]).await {
            Some(_) => Err(broken("before an upload")),
            None => self.inner.put_multipart_opts(location, options).await,
        }
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        match self.begin(&[Fault::Before]).await {
            Some(_) => Err(broken("before a read")),
            None => self.inner.get_opts(location, options).await,
        }
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        match self.begin(&[Fault::Before]).await {
            Some(_) => Err(broken("before a read")),
            None => self.inner.get_ranges(location, ranges).await,
        }
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        let fault = plan().fault(&[Fault::Before, Fault::After]);
        match fault {
            Some(Fault::Before) => locations.map(|_| Err(broken("before a removal"))).boxed(),
            None => self.inner.delete_stream(locations),
            Some(_) => self
                .inner
                .delete_stream(locations)
                .map(|done| done.and(Err(broken("after a removal"))))
                .boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        if plan().fault(&[Fault::Before]).is_some() {
            return futures_util::stream::iter([Err(broken("before a listing"))]).boxed();
        }
        self.inner.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        if plan().fault(&[Fault::Before]).is_some() {
            return futures_util::stream::iter([Err(broken("before a listing"))]).boxed();
        }
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        match self.begin(&[Fault::Before]).await {
            Some(_) => Err(broken("before a listing")),
            None => self.inner.list_with_delimiter(prefix).await,
        }
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        match self.begin(&[Fault::Before, Fault::After]).await {
            Some(Fault::Before) => Err(broken("before a copy")),
            fault => {
                self.inner.copy_opts(from, to, options).await?;
                fault.map_or(Ok(()), |_| Err(broken("after a copy")))
            }
        }
    }
}

//! Many ranges of a table's tokens, read side by side, page by page.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use scylla::client::session::Session;
use scylla::response::PagingState;
use scylla::statement::prepared::PreparedStatement;
use tokio::sync::mpsc::{channel, Receiver, Sender};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::cassandra::ffi::{Column, Page, Range, ScanRequest};
use crate::cassandra::{copy_rows, run, Cluster, Stop};
use crate::cassandra_types::{check_columns, Cells};
use crate::failure::{guarded, Code, Failure, Outcome};
use crate::runtime::runtime;

pub struct Scan {
    pages: Receiver<Outcome<Page>>,
    readers: Vec<JoinHandle<()>>,
    work: Arc<Work>,
}

impl Drop for Scan {
    fn drop(&mut self) {
        for reader in &self.readers {
            reader.abort();
        }
    }
}

/// What the readers of a scan share.
struct Work {
    session: Arc<Session>,
    statement: PreparedStatement,
    by_tokens: bool,
    columns: Vec<Column>,
    cells: Vec<u8>,
    ranges: Mutex<VecDeque<Range>>,
    /// Not read to their ends.
    ranges_left: AtomicUsize,
}

impl Work {
    fn next_range(&self) -> Option<Range> {
        self.ranges.lock().ok()?.pop_front()
    }

    fn cells_of(&self, range: &Range) -> Vec<u8> {
        let mut cells = Vec::with_capacity(24 + self.cells.len());
        if self.by_tokens {
            for token in [range.begin, range.end] {
                cells.extend_from_slice(&8i32.to_be_bytes());
                cells.extend_from_slice(&token.to_be_bytes());
            }
        }
        cells.extend_from_slice(&self.cells);
        cells
    }

    async fn read(&self, range: Range, pages: &Sender<Outcome<Page>>) -> Outcome<()> {
        let values = self.cells_of(&range);
        let mut from = if range.position.is_empty() {
            PagingState::start()
        } else {
            PagingState::new_from_raw_bytes(range.position.clone())
        };
        loop {
            let asked = self.session.execute_single_page(&self.statement, Cells(&values), from);
            let (result, paging) = asked.await?;
            let mut page = Page { found: true, range: range.index, ..Page::default() };
            copy_rows(result, Some(&self.columns), &mut page.cells, &mut page.ends)?;
            let next = paging.into_paging_control_flow();
            page.is_last = next.is_break();
            if let ControlFlow::Continue(state) = &next {
                page.position =
                    state.as_bytes_slice().map(|bytes| bytes.to_vec()).unwrap_or_default();
            }
            if pages.send(Ok(page)).await.is_err() {
                return Ok(()); // the scan was given up
            }
            match next {
                ControlFlow::Continue(state) => from = state,
                ControlFlow::Break(()) => return Ok(()),
            }
        }
    }
}

async fn read_ranges(work: Arc<Work>, pages: Sender<Outcome<Page>>) {
    while let Some(range) = work.next_range() {
        if let Err(failure) = work.read(range, &pages).await {
            // Nobody listens: the scan was given up.
            let _ = pages.send(Err(failure)).await;
            return;
        }
        work.ranges_left.fetch_sub(1, Ordering::AcqRel);
    }
}

pub fn scan(cluster: &Cluster, request: &ScanRequest, stop: &Stop) -> Outcome<Box<Scan>> {
    let mut statement = run(stop, async { Ok(cluster.session.prepare(&*request.cql).await?) })?;
    statement.set_page_size(request.page_rows.max(1));
    statement.set_is_idempotent(true);
    // A server that has prepared it again, after a change of the table, gives the columns of now:
    // each page says which it has, and what was known when the scan began says nothing of it.
    statement.set_use_cached_result_metadata(false);
    check_columns(&request.columns, statement.get_current_result_set_col_specs().get())?;
    let work = Arc::new(Work {
        session: cluster.session.clone(),
        statement,
        by_tokens: request.by_tokens,
        columns: request.columns.clone(),
        cells: request.cells.clone(),
        ranges: Mutex::new(request.ranges.iter().cloned().collect()),
        ranges_left: AtomicUsize::new(request.ranges.len()),
    });
    let parallel = request.parallel.max(1) as usize;
    let (sender, pages) = channel(parallel);
    let runtime = runtime()?;
    let readers = (0..parallel.min(request.ranges.len()))
        .map(|_| runtime.spawn(read_ranges(work.clone(), sender.clone())))
        .collect();
    Ok(Box::new(Scan { pages, readers, work }))
}

impl Scan {
    pub fn next(&mut self, wait_ms: u64) -> Outcome<Page> {
        guarded(|| {
            let wait = Duration::from_millis(wait_ms);
            match runtime()?.block_on(async { timeout(wait, self.pages.recv()).await }) {
                Err(_) => Ok(Page::default()),
                Ok(Some(page)) => page,
                Ok(None) if self.work.ranges_left.load(Ordering::Acquire) == 0 => {
                    Ok(Page { found: true, ended: true, ..Page::default() })
                }
                // A reader that panics ends without a word.
                Ok(None) => Err(Failure::new(Code::Internal, "a range was not read to its end")),
            }
        })
    }
}

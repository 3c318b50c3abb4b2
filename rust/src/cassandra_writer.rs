//! Batches of rows, many at once.

use futures_util::stream::iter;
use futures_util::{StreamExt, TryStreamExt};
use scylla::statement::batch::{Batch, BatchType};
use scylla::statement::prepared::PreparedStatement;

use crate::cassandra::{run, Cluster, Stop};
use crate::cassandra_types::Cells;
use crate::failure::{Code, Failure, Outcome};

use std::sync::Arc;

use scylla::client::session::Session;

pub struct Writer {
    session: Arc<Session>,
    statements: Vec<PreparedStatement>,
    parallel: usize,
}

pub fn writer(
    cluster: &Cluster,
    statements: &[String],
    parallel: u32,
    stop: &Stop,
) -> Outcome<Box<Writer>> {
    let session = cluster.session.clone();
    let statements = run(stop, async {
        let mut prepared = Vec::new();
        for cql in statements {
            let mut statement = session.prepare(cql.as_str()).await?;
            statement.set_is_idempotent(true);
            prepared.push(statement);
        }
        Ok(prepared)
    })?;
    Ok(Box::new(Writer { session, statements, parallel: parallel.max(1) as usize }))
}

struct Row<'a> {
    statement: usize,
    cells: &'a [u8],
}

fn number<'a>(block: &mut &'a [u8]) -> Outcome<usize> {
    let (number, rest) = block
        .split_first_chunk::<4>()
        .ok_or_else(|| Failure::new(Code::Internal, "a block of rows is cut"))?;
    *block = rest;
    Ok(u32::from_le_bytes(*number) as usize)
}

fn batches_of(mut block: &[u8]) -> Outcome<Vec<Vec<Row<'_>>>> {
    let mut batches = Vec::new();
    while !block.is_empty() {
        let rows = number(&mut block)?;
        let mut batch = Vec::with_capacity(rows);
        for _ in 0..rows {
            let statement = number(&mut block)?;
            let bytes = number(&mut block)?;
            let (cells, rest) = block
                .split_at_checked(bytes)
                .ok_or_else(|| Failure::new(Code::Internal, "a block of rows is cut"))?;
            block = rest;
            batch.push(Row { statement, cells });
        }
        batches.push(batch);
    }
    Ok(batches)
}

impl Writer {
    fn statement(&self, row: &Row<'_>) -> Outcome<&PreparedStatement> {
        self.statements
            .get(row.statement)
            .ok_or_else(|| Failure::new(Code::Internal, "no such statement"))
    }

    async fn execute(&self, rows: Vec<Row<'_>>) -> Outcome<()> {
        if let [row] = rows.as_slice() {
            self.session.execute_unpaged(self.statement(row)?, Cells(row.cells)).await?;
            return Ok(());
        }
        let mut batch = Batch::new(BatchType::Unlogged);
        batch.set_is_idempotent(true);
        for row in &rows {
            batch.append_statement(self.statement(row)?.clone());
        }
        let cells: Vec<Cells<'_>> = rows.iter().map(|row| Cells(row.cells)).collect();
        self.session.batch(&batch, cells).await?;
        Ok(())
    }

    pub fn write(&self, block: &[u8], stop: &Stop) -> Outcome<()> {
        let batches = batches_of(block)?;
        run(stop, async {
            iter(batches)
                .map(|rows| self.execute(rows))
                .buffer_unordered(self.parallel)
                .try_collect::<()>()
                .await
        })
    }
}

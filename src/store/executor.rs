//! Statements on any free connection, each with an end to the wait for its answer.

use std::task::Poll;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use sqlx::postgres::{PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{Describe, Either, Execute, Executor, Postgres, SqlStr};
use tokio::sync::mpsc;

use super::connections::{ANSWER_LIMIT, Connections, Held};

/// Gives the connection back if it is still fit for use: also a statement that the server refused leaves it in order.
fn settle<T>(held: Held, done: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
    if matches!(done, Ok(_) | Err(sqlx::Error::Database(_))) {
        held.give_back();
    }
    done
}

/// What is done on a free connection, with an end to the wait for its answer.
macro_rules! answered {
    ($connections:expr, $held:ident => $work:expr) => {{
        let connections = $connections.clone();
        Box::pin(async move {
            let mut $held = connections.acquire().await?;
            let generation = $held.generation();
            let done = connections.bounded(generation, ANSWER_LIMIT, $work).await;
            settle($held, done)
        })
    }};
}

impl<'p> Executor<'p> for &'_ Connections {
    type Database = Postgres;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<PgQueryResult, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        answered!(self, held => held.execute(query))
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Vec<PgRow>, sqlx::Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        answered!(self, held => held.fetch_all(query))
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<PgRow>, sqlx::Error>>
    where
        E: 'q + Execute<'q, Postgres>,
    {
        answered!(self, held => held.fetch_optional(query))
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<Either<PgQueryResult, PgRow>, sqlx::Error>>
    where
        E: 'q + Execute<'q, Postgres>,
    {
        let connections = self.clone();
        // One row at a time goes from the one who reads, who has the connection, to the one who takes.
        let (sender, mut taken) = mpsc::channel(1);
        let mut reading = Box::pin(async move {
            let mut held = connections.acquire().await?;
            let generation = held.generation();
            let mut rows = held.fetch_many(query);
            while let Some(row) = connections.bounded(generation, ANSWER_LIMIT, rows.try_next()).await? {
                if sender.send(row).await.is_err() {
                    return Ok(());
                }
            }
            drop(rows);
            held.give_back();
            Ok(())
        });
        let mut ended: Option<Result<(), sqlx::Error>> = None;
        stream::poll_fn(move |context| {
            if ended.is_none()
                && let Poll::Ready(end) = reading.as_mut().poll(context)
            {
                ended = Some(end);
            }
            match taken.poll_recv(context) {
                Poll::Ready(Some(row)) => Poll::Ready(Some(Ok(row))),
                Poll::Ready(None) => match ended.replace(Ok(())) {
                    Some(Err(error)) => Poll::Ready(Some(Err(error))),
                    _ => Poll::Ready(None),
                },
                Poll::Pending => Poll::Pending,
            }
        })
        .boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, Result<PgStatement, sqlx::Error>>
    where
        'p: 'e,
    {
        answered!(self, held => held.prepare_with(sql, parameters))
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<Postgres>, sqlx::Error>>
    where
        'p: 'e,
    {
        answered!(self, held => held.describe(sql))
    }
}

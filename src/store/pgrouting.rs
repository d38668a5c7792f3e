//! pgRouting on a network's roads, for `outrider bench search` to compare the service's search with.
//!
//! Everything lies in a schema of its own, `outrider_bench`, which is dropped afterwards: no table of the service is touched.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Row};

use super::StoreError;
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;

/// A road as pgRouting wants it, by segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoadRow {
    /// The junction at its first end.
    pub source: u32,
    /// The junction at its last end.
    pub target: u32,
    /// Its length in metres.
    pub length_m: f64,
    /// Whether it may be driven from first to last only.
    pub oneway: bool,
    /// Where the first end is, in metres.
    pub from: Point,
    /// Where the last end is, in metres.
    pub to: Point,
}

/// Which of its functions is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `pgr_dijkstra`.
    Dijkstra,
    /// `pgr_aStar` with straight distances.
    AStar,
}

/// A connection to a database that has pgRouting.
#[derive(Clone, Debug)]
pub struct PgRouting {
    pool: PgPool,
}

/// How many rows are sent at a time.
const ROWS_AT_ONCE: usize = 50_000;

impl PgRouting {
    /// Connects and makes the extension if it is not there. `None` if the server does not have pgRouting.
    ///
    /// # Errors
    /// When the database fails, or its user may not make the extension or a schema.
    pub async fn open(options: PgConnectOptions) -> Result<Option<Self>, StoreError> {
        let options =
            options.application_name("outrider bench").options([("client_min_messages", "warning"), ("jit", "off")]);
        let pool = PgPoolOptions::new().max_connections(1).test_before_acquire(false).connect_with(options).await?;
        let known = "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pgrouting')";
        if !sqlx::query_scalar::<_, bool>(known).fetch_one(&pool).await? {
            return Ok(None);
        }
        sqlx::query("CREATE EXTENSION IF NOT EXISTS pgrouting CASCADE").execute(&pool).await?;
        Ok(Some(Self { pool }))
    }

    /// The versions of pgRouting and of Postgres.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn versions(&self) -> Result<(String, String), StoreError> {
        let row = sqlx::query("SELECT pgr_version(), current_setting('server_version')").fetch_one(&self.pool).await?;
        Ok((row.try_get(0)?, row.try_get(1)?))
    }

    /// Stores the roads, by segment, in place of what was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(&self, roads: &[RoadRow]) -> Result<(), StoreError> {
        for statement in [
            "DROP SCHEMA IF EXISTS outrider_bench CASCADE",
            "CREATE SCHEMA outrider_bench",
            "CREATE UNLOGGED TABLE outrider_bench.roads (id bigint NOT NULL, source bigint NOT NULL, target bigint NOT NULL, \
             length_m float8 NOT NULL, oneway boolean NOT NULL, cost float8 NOT NULL, reverse_cost float8 NOT NULL, \
             x1 float8 NOT NULL, y1 float8 NOT NULL, x2 float8 NOT NULL, y2 float8 NOT NULL)",
        ] {
            sqlx::query(statement).execute(&self.pool).await?;
        }
        for (i, rows) in roads.chunks(ROWS_AT_ONCE).enumerate() {
            let column = |of: fn(&RoadRow) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
            let ids: Vec<i64> = (0..rows.len()).map(|row| (i * ROWS_AT_ONCE + row) as i64).collect();
            let insert = sqlx::query(
                "INSERT INTO outrider_bench.roads SELECT id, source, target, length_m, oneway, length_m, \
                 CASE WHEN oneway THEN -1 ELSE length_m END, x1, y1, x2, y2 FROM unnest($1::bigint[], $2::bigint[], \
                 $3::bigint[], $4::float8[], $5::boolean[], $6::float8[], $7::float8[], $8::float8[], $9::float8[]) \
                 AS row (id, source, target, length_m, oneway, x1, y1, x2, y2)",
            );
            insert
                .bind(ids)
                .bind(rows.iter().map(|row| i64::from(row.source)).collect::<Vec<_>>())
                .bind(rows.iter().map(|row| i64::from(row.target)).collect::<Vec<_>>())
                .bind(column(|row| row.length_m))
                .bind(rows.iter().map(|row| row.oneway).collect::<Vec<_>>())
                .bind(column(|row| row.from.x_m))
                .bind(column(|row| row.from.y_m))
                .bind(column(|row| row.to.x_m))
                .bind(column(|row| row.to.y_m))
                .execute(&self.pool)
                .await?;
        }
        for statement in
            ["ALTER TABLE outrider_bench.roads ADD PRIMARY KEY (id)", "VACUUM (ANALYZE) outrider_bench.roads"]
        {
            sqlx::query(statement).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Closes and opens roads.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn turn(&self, closed: &[SegmentId], open: &[SegmentId]) -> Result<(), StoreError> {
        let ids = |segments: &[SegmentId]| segments.iter().map(|segment| i64::from(segment.0)).collect::<Vec<_>>();
        if !closed.is_empty() {
            let close = sqlx::query("UPDATE outrider_bench.roads SET cost = -1, reverse_cost = -1 WHERE id = ANY($1)");
            close.bind(ids(closed)).execute(&self.pool).await?;
        }
        if !open.is_empty() {
            let open_again = sqlx::query(
                "UPDATE outrider_bench.roads SET cost = length_m, reverse_cost = CASE WHEN oneway THEN -1 ELSE length_m END \
                 WHERE id = ANY($1)",
            );
            open_again.bind(ids(open)).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// The length in metres of the shortest way between two junctions; `None` where there is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn length_m(&self, algorithm: Algorithm, start: u32, goal: u32) -> Result<Option<f64>, StoreError> {
        let statement = match algorithm {
            Algorithm::Dijkstra => {
                "SELECT max(agg_cost) FROM pgr_dijkstra('SELECT id, source, target, cost, reverse_cost \
                 FROM outrider_bench.roads', $1::bigint, $2::bigint, directed := true)"
            }
            // Heuristic 5 is the straight distance; the factor keeps rounding from making it too long.
            Algorithm::AStar => {
                "SELECT max(agg_cost) FROM pgr_aStar('SELECT id, source, target, cost, reverse_cost, x1, y1, x2, y2 \
                 FROM outrider_bench.roads', $1::bigint, $2::bigint, directed := true, heuristic := 4, factor := 0.999999)"
            }
        };
        let query = sqlx::query_scalar(statement).bind(i64::from(start)).bind(i64::from(goal));
        Ok(query.fetch_one(&self.pool).await?)
    }

    /// Drops everything and closes the connection.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&self) -> Result<(), StoreError> {
        let dropped = sqlx::query("DROP SCHEMA IF EXISTS outrider_bench CASCADE").execute(&self.pool).await;
        self.pool.close().await;
        dropped?;
        Ok(())
    }
}

//! The servers of one database: a primary that takes writes, and standbys that may become it.
//!
//! Which of them is the primary is asked of them, never assumed. After a failover the new primary has a higher timeline
//! (PostgreSQL documentation, "Timelines"), so a former primary that comes back, or that never noticed, is told from the
//! present one: a server of a lower timeline than one that was seen is not used any more.

use std::str::FromStr;
use std::time::Duration;

use futures_util::future::join_all;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::time::timeout;

/// How long a server may take to say what it is.
const PROBE_LIMIT: Duration = Duration::from_secs(1);

/// The primary as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Primary {
    /// Which of the servers.
    pub(super) server: usize,
    /// Its timeline; eight hexadecimal digits, whose order is that of the timelines. Empty while nobody has been asked.
    pub(super) timeline: String,
}

/// The servers that a URL names: the usual one; several of them, as libpq takes them (`postgres://user@one:5432,two:5433/db`);
/// or several URLs with commas between them.
///
/// # Errors
/// When one of them is not a Postgres URL.
pub fn servers_of(url: &str) -> Result<Vec<PgConnectOptions>, sqlx::Error> {
    let mut servers = Vec::new();
    for url in split_urls(url) {
        for url in split_hosts(&url) {
            servers.push(PgConnectOptions::from_str(&url)?);
        }
    }
    Ok(servers)
}

/// URLs with commas between them. A comma within a URL is not followed by a scheme.
fn split_urls(text: &str) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for piece in text.split(',') {
        let begins = ["postgres://", "postgresql://"].iter().any(|scheme| piece.trim_start().starts_with(scheme));
        match urls.last_mut() {
            Some(url) if !begins => {
                url.push(',');
                url.push_str(piece);
            }
            _ => urls.push(piece.trim().to_owned()),
        }
    }
    urls
}

/// A URL for each host of a URL that names several.
fn split_hosts(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, hosts) = authority.rfind('@').map_or(("", authority), |at| authority.split_at(at + 1));
    hosts.split(',').map(|host| format!("{scheme}://{user}{host}{}", without_session_attributes(path))).collect()
}

/// Drops libpq's `target_session_attrs`: it is always the primary that is looked for.
fn without_session_attributes(path: &str) -> String {
    let Some((path, query)) = path.split_once('?') else { return path.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("target_session_attrs=")).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

/// Asks all servers at once. Returns the primary, of several the one of the highest timeline, of equals the first.
pub(super) async fn find(servers: &[PgConnectOptions]) -> Option<Primary> {
    let asked = join_all(servers.iter().map(probe)).await;
    let mut found: Option<Primary> = None;
    for (server, timeline) in asked.into_iter().enumerate() {
        if let Some(timeline) = timeline
            && found.as_ref().is_none_or(|found| found.timeline < timeline)
        {
            found = Some(Primary { server, timeline });
        }
    }
    found
}

/// The server's timeline, if it is a primary and answers.
async fn probe(server: &PgConnectOptions) -> Option<String> {
    let asking = async {
        let mut connection = server.connect().await?;
        let timeline = timeline(&mut connection).await?;
        // Whatever comes of it: the answer is there.
        let _ = connection.close().await;
        Ok::<_, sqlx::Error>(timeline)
    };
    timeout(PROBE_LIMIT, asking).await.ok()?.ok()?
}

/// The timeline that the server writes; `None` of a standby, which writes none.
pub(super) async fn timeline(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT CASE WHEN NOT pg_is_in_recovery() THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END",
    )
    .fetch_one(connection)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Vec<(String, u16, String, Option<String>)> {
        let servers = servers_of(url).unwrap();
        let parts = servers.iter().map(|server| {
            let database = server.get_database().map(str::to_owned);
            (server.get_host().to_owned(), server.get_port(), server.get_username().to_owned(), database)
        });
        parts.collect()
    }

    #[test]
    fn both_hosts_of_a_pair_are_read_however_they_are_written() {
        let one = ("one".to_owned(), 5432, "o".to_owned(), Some("outrider".to_owned()));
        let two = ("two".to_owned(), 5433, "o".to_owned(), Some("outrider".to_owned()));
        for url in [
            "postgres://o:a,b@one,two:5433/outrider",
            "postgres://o@one:5432,two:5433/outrider?target_session_attrs=read-write&sslmode=prefer",
            "postgres://o@one/outrider,postgresql://o@two:5433/outrider",
            "postgres://o@one/outrider, postgres://o@two:5433/outrider?sslmode=disable",
        ] {
            assert_eq!(read(url), [one.clone(), two.clone()], "{url}");
        }
        assert_eq!(read("postgres://o@one/outrider"), [one]);
    }

    #[test]
    fn a_socket_is_a_host_too_and_what_is_no_url_is_refused() {
        let servers = servers_of("postgres://o@%2Frun%2Fpg:5432/outrider?sslmode=disable").unwrap();
        assert_eq!(servers[0].get_socket().map(|path| path.to_str().unwrap()), Some("/run/pg"));
        for text in ["", "one,two", "postgres://o@one:x,two/outrider"] {
            assert!(servers_of(text).is_err(), "{text:?}");
        }
    }
}

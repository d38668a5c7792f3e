//! Schemas older and newer than the program: what `outrider migrate` says, and that replicas of two versions run side by side.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use outrider::store::{MIGRATOR, SchemaState, Store};
use serde_json::json;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection, PgConnection, SqlSafeStr};

use crate::cluster::{self, TestDatabase};
use crate::program::Program;
use crate::service::{SOON, across, report, square};

fn outrider(arguments: &[&str], database: &TestDatabase) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outrider"));
    command.args(arguments).args(["--database-url", database.url(), "--log", "error"]).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// What a later program does to the database.
async fn migrate_further(database: &TestDatabase, version: i64, statements: &'static str) {
    let mut migrations: Vec<Migration> = MIGRATOR.iter().cloned().collect();
    let later =
        Migration::new(version, "of a later version".into(), MigrationType::Simple, statements.into_sql_str(), false);
    migrations.push(later);
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.set_ignore_missing(true);
    migrator.run(&database.pool().await).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_works_with_a_later_schema_that_only_adds_and_refuses_one_that_takes_away() {
    let database = cluster::database().await;
    let checked = outrider(&["migrate", "--check"], &database);
    assert_eq!((checked.status.code(), said(&checked).trim()), (Some(0), "up to date"));

    let adds = "ALTER TABLE missions ADD COLUMN colour text; CREATE TABLE colours (name text PRIMARY KEY);
                INSERT INTO schema_compatibility (version, works_from) VALUES (9001, 6)";
    migrate_further(&database, 9001, adds).await;
    let checked = outrider(&["migrate", "--check"], &database);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    assert!(said(&checked).contains("newer, and fit for this program: migrations [9001]"), "{}", said(&checked));
    assert!(outrider(&["migrate"], &database).status.success());

    // It not only starts: a mission runs from its creation to its second plan.
    let program = Program::over(database.url());
    program.client.get("/readyz").await.expect(200);
    let network = program.client.import_geojson("later", &square()).await;
    let id = program.client.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    program.client.plan_after(&id, 1).await;
    let recorded =
        program.client.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    program.client.plan_for(&id, &recorded["revision"]).await;

    let takes = "ALTER TABLE missions DROP COLUMN name;
                 INSERT INTO schema_compatibility (version, works_from) VALUES (9002, 9001)";
    migrate_further(&database, 9002, takes).await;
    let unready = program.client.get("/readyz").await.expect(503);
    assert!(unready["detail"].as_str().unwrap().contains("newer than this program"), "{unready}");
    let checked = outrider(&["migrate", "--check"], &database);
    assert_eq!(checked.status.code(), Some(4), "{}", said(&checked));
    for command in ["migrate", "serve"] {
        let refused = outrider(&[command], &database);
        assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
        assert!(said(&refused).contains("migration 9002 is of a later version"), "{}", said(&refused));
    }
}

#[tokio::test]
async fn a_later_migration_that_says_nothing_is_not_taken_for_fit() {
    let database = cluster::database().await;
    migrate_further(&database, 9001, "CREATE TABLE colours (name text PRIMARY KEY)").await;
    let store = Store::new(database.connect_options(), 2);
    assert_eq!(store.schema().await.unwrap(), SchemaState::Ahead { version: 9001 });
}

/// As it was before migration 6.
async fn before_the_sixth_migration(database: &TestDatabase) {
    let undo = "DROP TABLE schema_compatibility, audit, chores, retired_missions; DROP INDEX missions_ended_idx;
                DELETE FROM _sqlx_migrations WHERE version = 6";
    sqlx::raw_sql(undo).execute(&database.pool().await).await.unwrap();
}

#[tokio::test]
async fn what_is_pending_is_named_and_applied_once() {
    let database = cluster::database().await;
    before_the_sixth_migration(&database).await;
    let checked = outrider(&["migrate", "--check"], &database);
    assert_eq!(checked.status.code(), Some(3), "{}", said(&checked));
    assert_eq!(said(&checked), "1 pending:\n  0006 operations\n");
    assert!(outrider(&["migrate"], &database).status.success());
    assert_eq!(outrider(&["migrate", "--check"], &database).status.code(), Some(0));
    let altered = "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 3";
    sqlx::raw_sql(altered).execute(&database.pool().await).await.unwrap();
    let checked = outrider(&["migrate", "--check"], &database);
    assert_eq!(checked.status.code(), Some(1));
    assert!(said(&checked).contains("migration 0003 was applied with another text"), "{}", said(&checked));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_waits_for_a_lock_lets_others_pass_and_is_done_in_the_end() {
    let database = cluster::database().await;
    before_the_sixth_migration(&database).await;
    // Somebody is at work on missions, and does not end.
    let mut long = PgConnection::connect_with(&database.connect_options()).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE missions IN ROW EXCLUSIVE MODE").execute(&mut long).await.unwrap();
    let store = Store::new(database.connect_options(), 2);
    let migrating = tokio::spawn(async move { store.migrate().await });
    let mut other = PgConnection::connect_with(&database.connect_options()).await.unwrap();
    let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'missions'::regclass AND NOT granted)";
    let begun = Instant::now();
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut other).await.unwrap() {
        assert!(begun.elapsed() < SOON, "the migration waits for the table");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Whoever comes now is behind the migration, but not for long.
    let begun = Instant::now();
    sqlx::raw_sql("UPDATE missions SET seq = seq").execute(&mut other).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    sqlx::raw_sql("ROLLBACK").execute(&mut long).await.unwrap();
    tokio::time::timeout(SOON, migrating).await.unwrap().unwrap().unwrap();
    let store = Store::new(database.connect_options(), 2);
    assert_eq!(store.schema().await.unwrap(), SchemaState::Fit { later: vec![] });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_restored_from_a_dump_has_the_same_missions_and_goes_on() {
    let (original, copy) = (cluster::database().await, cluster::database().await);
    let program = Program::over(original.url());
    let network = program.client.import_geojson("saved", &square()).await;
    let mut ids = Vec::new();
    for number in 1..=3 {
        let id = program.client.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
        program.client.plan_after(&id, 1).await;
        let reports = format!("/v1/missions/{id}/reports");
        let recorded = program.client.post(&reports, &report(number, 4, "blocked", 1)).await.expect(202);
        program.client.plan_for(&id, &recorded["revision"]).await;
        ids.push(id);
    }
    program.client.post(&format!("/v1/missions/{}/cancel", ids[2]), &json!({})).await.expect(200);

    // As docs/operations/BACKUP.md has it, while the service runs.
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("outrider.dump");
    crate::faults::servers::postgres_tool("pg_dump", |tool| {
        tool.args(["--format=custom", "--no-owner", "--file"]).arg(&dump).args(["--dbname", original.url()]);
    });
    let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    sqlx::raw_sql(empty).execute(&copy.pool().await).await.unwrap();
    crate::faults::servers::postgres_tool("pg_restore", |tool| {
        tool.args(["--no-owner", "--exit-on-error", "--single-transaction", "--dbname", copy.url()]).arg(&dump);
    });

    let restored = Program::over(copy.url());
    restored.client.get("/readyz").await.expect(200);
    for id in &ids {
        for path in
            [format!("/v1/missions/{id}"), format!("/v1/missions/{id}/plan"), format!("/v1/missions/{id}/log/export")]
        {
            let (before, after) = (program.client.get(&path).await, restored.client.get(&path).await);
            assert_eq!((before.status, &before.text), (after.status, &after.text), "{path}");
        }
        let log = folder.path().join("log.jsonl");
        std::fs::write(&log, restored.client.get(&format!("/v1/missions/{id}/log/export")).await.text).unwrap();
        let replayed = Command::new(env!("CARGO_BIN_EXE_outrider")).arg("replay").arg(&log).output().unwrap();
        assert!(replayed.status.success(), "{}", said(&replayed));
        assert!(said(&replayed).contains("2 plans: all computed again, all the same"), "{}", said(&replayed));
    }
    // A report that was sent again is recognised, and a new one is planned for.
    let reports = format!("/v1/missions/{}/reports", ids[0]);
    let again = restored.client.post(&reports, &report(1, 4, "blocked", 1)).await.expect(202);
    assert_eq!(again["reports"][0]["repeated"], true, "{again}");
    let recorded = restored.client.post(&reports, &report(7, 4, "clear", 9)).await.expect(202);
    restored.client.plan_for(&ids[0], &recorded["revision"]).await;
}

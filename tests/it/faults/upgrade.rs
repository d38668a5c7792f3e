//! A rolling upgrade with real programs: the version before the newest migration serves while the present one migrates, and
//! both serve together until the last old replica is gone. `.ci/upgrade` builds the older version from the history.

use std::process::{Command, Output};

use outrider::planning::strategy::Strategies;

use super::dice::Dice;
use super::driver::{Doors, Driver};
use crate::cluster::{self, TestDatabase};
use crate::program::Program;

/// A version of the program, and a database for it.
struct Version<'a> {
    program: &'a str,
    database: &'a TestDatabase,
}

impl Version<'_> {
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.program);
        command.args(arguments).args(["--database-url", self.database.url(), "--log", "error"]);
        command.output().unwrap()
    }

    fn serve(&self) -> Program {
        let usual = Program::command();
        let mut command = Command::new(self.program);
        command.args(usual.get_args()).args(["--database-url", self.database.url()]);
        command.env_remove("OUTRIDER_DATABASE_URL");
        Program::run(&mut command)
    }
}

/// The clients know these replicas from now on.
fn open(doors: &Doors, replicas: &[Program]) {
    doors.set(replicas.iter().map(|replica| replica.client.url.clone()));
}

/// Reports get through, and every mission is planned with them.
async fn goes_on(driver: &Driver) {
    driver.until_more(50).await;
    driver.until_all_replanned().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_of_one_replica_after_the_other_loses_nothing_and_nobody_waits_long() {
    let Ok(old) = std::env::var("OUTRIDER_OLD_PROGRAM") else {
        eprintln!("skipped: OUTRIDER_OLD_PROGRAM names no older version of the program (.ci/upgrade builds one)");
        return;
    };
    let database = cluster::database().await;
    let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
    sqlx::raw_sql(empty).execute(&database.pool().await).await.unwrap();
    let old = Version { program: &old, database: &database };
    let new = Version { program: env!("CARGO_BIN_EXE_outrider"), database: &database };
    assert!(old.run(&["migrate"]).status.success(), "the older version makes its schema");

    let mut replicas = [old.serve(), old.serve()];
    let doors = Doors::default();
    open(&doors, &replicas);
    let mut dice = Dice::new(7);
    let driver = Driver::begin(doors.clone(), 4, &mut dice).await;
    goes_on(&driver).await;

    assert_eq!(new.run(&["migrate", "--check"]).status.code(), Some(3), "there is something to migrate");
    let migrated = new.run(&["migrate"]);
    assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
    goes_on(&driver).await;
    for replica in &replicas {
        replica.client.get("/readyz").await.expect(200);
        // Missions are not only gone on with.
        let beginning = Driver::begin(Doors::new([replica.client.url.clone()]), 1, &mut dice).await;
        goes_on(&beginning).await;
        println!("old program, new schema: {:?}", beginning.finish(&Strategies::built_in()).await);
    }

    for number in 0..replicas.len() {
        let replacement = new.serve();
        replacement.client.get("/readyz").await.expect(200);
        let mut replaced = std::mem::replace(&mut replicas[number], replacement);
        // Clients hear of the change after it: until then they find a door shut.
        assert!(replaced.stop().success(), "told to, the older one ends in order");
        open(&doors, &replicas);
        goes_on(&driver).await;
    }
    println!("rolling upgrade: {:?}", driver.finish(&Strategies::built_in()).await);

    // And back, where the schema is fit for the older one.
    if old.run(&["migrate", "--check"]).status.code() == Some(0) {
        let back = old.serve();
        back.client.get("/readyz").await.expect(200);
        let driver = Driver::begin(Doors::new([back.client.url.clone()]), 1, &mut dice).await;
        goes_on(&driver).await;
        println!("back on the older version: {:?}", driver.finish(&Strategies::built_in()).await);
    } else {
        println!("the older version does not start on the new schema: the way back is a backup");
    }
}

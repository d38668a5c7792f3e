//! Wires that break, freeze and are slow: between the service and its database, and between clients and the service.

use std::time::Duration;

use outrider::planning::strategy::Strategies;

use super::dice::{Dice, Rerun, seeds};
use super::driver::{Doors, Driver};
use super::servers::Server;
use super::wire::{Proxy, Wire};
use crate::cluster;
use crate::program::Program;

/// Within how much time after the wire is sound again, or from a fault of less than a second on, reports get through: a
/// statement without an answer is given up after five seconds.
const BACK: Duration = Duration::from_secs(9);

/// One fault of a wire, as chance will have it.
async fn disturb(proxy: &Proxy, dice: &mut Dice) -> &'static str {
    match dice.below(4) {
        0 => {
            proxy.break_all();
            "broken"
        }
        1 => {
            proxy.set(Wire::Cut);
            dice.pause(50, 1500).await;
            proxy.set(Wire::Sound);
            "cut"
        }
        2 => {
            proxy.set(Wire::Slow(dice.millis(20, 150)));
            dice.pause(200, 1500).await;
            proxy.set(Wire::Sound);
            "slow"
        }
        _ => {
            proxy.set(Wire::Frozen);
            dice.pause(100, 3000).await;
            proxy.set(Wire::Sound);
            "frozen"
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_wire_to_the_database_loses_nothing() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "network::a_bad_wire_to_the_database", seed };
        let mut dice = Dice::new(seed ^ 0x8);
        let server = Server::new(&[]).await;
        let proxy = Proxy::to(format!("127.0.0.1:{}", server.port)).await;
        let url = format!("postgres://outrider@127.0.0.1:{}/outrider", proxy.port);
        // One replica behind the bad wire, one with a sound one.
        let replicas = [Program::over(&url), Program::over(&server.url())];
        let doors = Doors::new(replicas.iter().map(|replica| replica.client.url.clone()));
        let driver = Driver::begin(doors, 2, &mut dice).await;
        let (mut slowest, mut faults) = (Duration::ZERO, Vec::new());
        for _ in 0..3 {
            driver.until_more(5).await;
            dice.pause(0, 200).await;
            faults.push(disturb(&proxy, &mut dice).await);
            let back = driver.until_more(10).await;
            assert!(back < BACK, "reports get through {back:?} after the wire was {faults:?}");
            slowest = slowest.max(back);
        }
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!("seed {seed}: {faults:?}, back after {slowest:?} at most; {verdict:?}");
    }
}

/// The wire never thaws for the connections that were open: whoever has one has to notice for himself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_die_without_a_word_are_given_up_within_seconds() {
    let server = Server::new(&[]).await;
    let address = format!("127.0.0.1:{}", server.port);
    let dying = Proxy::to(address.clone()).await;
    let url = format!("postgres://outrider@127.0.0.1:{}/outrider", dying.port);
    let program = Program::over(&url);
    let mut dice = Dice::new(1);
    let driver = Driver::begin(Doors::new([program.client.url.clone()]), 2, &mut dice).await;
    driver.until_more(10).await;
    dying.freeze_the_open_ones();
    let back = driver.until_more(5).await;
    assert!(back < Duration::from_secs(9), "reports get through {back:?} after all connections died");
    let verdict = driver.finish(&Strategies::built_in()).await;
    println!("back after {back:?}; {verdict:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_wires_to_clients_lose_nothing() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "network::bad_wires_to_clients", seed };
        let mut dice = Dice::new(seed ^ 0x9);
        let database = cluster::database().await;
        let program = Program::over(database.url());
        let address = program.client.url.strip_prefix("http://").unwrap().to_owned();
        let proxy = Proxy::to(address).await;
        let doors = Doors::new([format!("http://127.0.0.1:{}", proxy.port)]);
        let driver = Driver::begin(doors, 2, &mut dice).await;
        let (mut slowest, mut faults) = (Duration::ZERO, Vec::new());
        for _ in 0..3 {
            driver.until_more(5).await;
            dice.pause(0, 200).await;
            faults.push(disturb(&proxy, &mut dice).await);
            slowest = slowest.max(driver.until_more(10).await);
        }
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!("seed {seed}: {faults:?}, back after {slowest:?} at most; {verdict:?}");
    }
}

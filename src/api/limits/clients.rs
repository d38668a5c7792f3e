//! What is remembered of each client: a bounded number of addresses, in shards so that no lock is everybody's.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};

use super::bucket::Bucket;

/// A power of two.
const SHARDS: usize = 64;
/// For how long a shard in which nobody could be forgotten is not searched again, in nanoseconds: searching costs.
const SEARCH_PAUSE_NS: u64 = 100_000_000;

/// Whose limits: an address, or for IPv6 a network of /64, which is what one customer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    V4(u32),
    V6(u64),
    /// Somebody who has shown who they are, by their id.
    Principal(u128),
}

impl Key {
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Key::V4(address.to_bits()),
            IpAddr::V6(address) => Key::V6((address.to_bits() >> 64) as u64),
        }
    }

    /// Any of the shards, evenly: a multiplication by 2^64 over the golden ratio, of which the upper bits count.
    fn shard(self) -> usize {
        let bits = match self {
            Key::V4(bits) => u64::from(bits),
            Key::V6(bits) => bits,
            Key::Principal(id) => (id >> 64) as u64 ^ id as u64,
        };
        (bits.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SHARDS.trailing_zeros())) as usize
    }
}

/// What one address has used up.
#[derive(Debug, Default)]
pub(super) struct Client {
    pub(super) requests: Bucket,
    pub(super) failures: Bucket,
    pub(super) connections: AtomicU32,
    pub(super) streams: AtomicU32,
    pub(super) imports: AtomicU32,
    /// Limits do not hold for it.
    pub(super) exempt: bool,
    /// It stands for all addresses of its shard that there was no room for.
    pub(super) crowd: bool,
}

impl Client {
    /// Whether a new one would be the same. Whoever has anything open holds it.
    fn is_forgettable(self: &Arc<Self>, now_ns: u64) -> bool {
        Arc::strong_count(self) == 1 && self.requests.is_full(now_ns) && self.failures.is_full(now_ns)
    }
}

/// All clients that are remembered.
#[derive(Debug)]
pub(super) struct Clients {
    shards: Box<[Shard]>,
    capacity: usize,
    exempt: Arc<Client>,
}

#[derive(Debug)]
struct Shard {
    known: Mutex<Known>,
    crowd: Arc<Client>,
}

#[derive(Debug, Default)]
struct Known {
    clients: HashMap<Key, Arc<Client>>,
    full_until_ns: u64,
}

impl Clients {
    /// At the most about so many are remembered.
    pub(super) fn new(capacity: usize) -> Self {
        let shard = || Shard { known: Mutex::default(), crowd: Arc::new(Client { crowd: true, ..Client::default() }) };
        Self {
            shards: (0..SHARDS).map(|_| shard()).collect(),
            capacity: (capacity / SHARDS).max(1),
            exempt: Arc::new(Client { exempt: true, ..Client::default() }),
        }
    }

    /// The one for whom no limit holds.
    pub(super) fn exempt(&self) -> Arc<Client> {
        Arc::clone(&self.exempt)
    }

    /// The client of a key: the one that is remembered, or a new one. Where too many are remembered that cannot be forgotten,
    /// because they have something open or have just used something up, the one that stands for all others.
    pub(super) fn find(&self, key: Key, now_ns: u64) -> Arc<Client> {
        let Some(shard) = self.shards.get(key.shard()) else { return self.exempt() };
        let mut known = shard.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.clients.get(&key) {
            return Arc::clone(client);
        }
        if known.clients.len() >= self.capacity {
            if now_ns >= known.full_until_ns {
                known.clients.retain(|_, client| !client.is_forgettable(now_ns));
            }
            if known.clients.len() >= self.capacity {
                known.full_until_ns = known.full_until_ns.max(now_ns.saturating_add(SEARCH_PAUSE_NS));
                return Arc::clone(&shard.crowd);
            }
        }
        Arc::clone(known.clients.entry(key).or_default())
    }

    /// How many are remembered.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.known.lock().unwrap().clients.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::super::bucket::Rate;
    use super::*;

    fn key(n: u32) -> Key {
        Key::of(IpAddr::V4(Ipv4Addr::from_bits(n)))
    }

    #[test]
    fn an_ipv6_customer_is_one_client_whatever_address_it_takes() {
        let of = |text: &str| Key::of(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        assert_ne!(of("192.0.2.7"), of("192.0.2.8"));
    }

    #[test]
    fn a_million_addresses_are_not_remembered_and_who_has_used_something_up_is_not_forgotten_for_them() {
        let clients = Clients::new(6_400);
        let rate = Rate::new(1, Duration::from_secs(60), 1);
        let guilty = clients.find(key(7), 1);
        assert_eq!(guilty.failures.take(rate, 1), Ok(()));
        drop(guilty);
        for n in 100..1_000_100 {
            clients.find(key(n), 1);
        }
        assert!(clients.len() <= 6_400, "{}", clients.len());
        assert!(clients.find(key(7), 2).failures.look(rate, 2).is_err(), "still known");
        let later_ns = 61_000_000_000;
        assert!(clients.find(key(7), later_ns).failures.look(rate, later_ns).is_ok());
    }

    #[test]
    fn where_nobody_can_be_forgotten_all_others_share_one_client() {
        let clients = Clients::new(640);
        let held: Vec<_> = (0..100_000).map(|n| clients.find(key(n), 1)).collect();
        assert_eq!(clients.len(), 640);
        assert_eq!(held.iter().filter(|client| client.crowd).count(), 100_000 - 640);
        drop(held);
        assert!(!clients.find(key(200_000), 1 + SEARCH_PAUSE_NS).crowd, "there is room again");
    }
}

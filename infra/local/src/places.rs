//! Connection slots: a maximum for all connections, and one for each client address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The network part of an IPv6 address: one client has all addresses of a /64.
const NETWORK: u128 = !0 << 64;

/// The slots.
#[derive(Debug)]
pub struct Places {
    all: Arc<Semaphore>,
    taken: Mutex<HashMap<IpAddr, usize>>,
    of_each: usize,
}

/// A slot that is released when this is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    source: IpAddr,
    _one: OwnedSemaphorePermit,
}

impl Places {
    /// `all` slots, of which one address may have `of_each`.
    pub fn new(all: usize, of_each: usize) -> Arc<Self> {
        let all = Arc::new(Semaphore::new(all.min(Semaphore::MAX_PERMITS)));
        Arc::new(Self { all, taken: Mutex::default(), of_each })
    }

    /// Waits for a free slot; `None` when the server stops.
    pub async fn free(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.ok()
    }

    /// Assigns a free slot to an address; `None` where the address has its maximum.
    pub fn give(self: &Arc<Self>, free: OwnedSemaphorePermit, peer: IpAddr) -> Option<Place> {
        let source = source(peer);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(source).or_default();
        if *count >= self.of_each {
            return None;
        }
        *count += 1;
        Some(Place { places: Arc::clone(self), source, _one: free })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.source);
            }
        }
    }
}

fn source(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_gets_its_share_and_gives_it_back() {
        let places = Places::new(10, 2);
        let give = async |peer: &str| places.give(places.free().await.unwrap(), peer.parse().unwrap());
        let held = (give("10.0.0.1").await, give("::ffff:10.0.0.1").await);
        assert!(held.0.is_some() && held.1.is_some() && give("10.0.0.1").await.is_none());
        let other = (give("2001:db8::1").await, give("2001:db8::ffff:2").await, give("2001:db8:0:1::1").await);
        assert!(other.0.is_some() && other.1.is_some() && other.2.is_some() && give("2001:db8::3").await.is_none());
        drop(held.0);
        assert!(give("10.0.0.1").await.is_some());
        drop((held.1, other));
        assert_eq!((places.all.available_permits(), places.taken.lock().unwrap().len()), (10, 0));
    }
}

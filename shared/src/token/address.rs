//! The networks that a token may be used from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Whether `text` is an IPv4 or IPv6 address, or a network in CIDR notation.
pub fn is_network(text: &str) -> bool {
    network(text).is_some()
}

/// Whether `peer` is in one of `networks`. An IPv4 address that is embedded in an IPv6 address counts as the IPv4
/// address.
pub fn allows(networks: &[String], peer: IpAddr) -> bool {
    let peer = plain(peer);
    networks.iter().filter_map(|text| network(text)).any(|network| network.contains(&peer))
}

fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    match text.parse::<IpAddr>() {
        Ok(address) => Some(IpNet::from(plain(address))),
        Err(_) => text.parse().ok().map(plain_network),
    }
}

// An IPv4 network that is embedded in an IPv6 network, as loaded documents have it, becomes the IPv4 network.
fn plain_network(network: IpNet) -> IpNet {
    let inner = |network: ipnet::Ipv6Net| {
        let length = network.prefix_len().checked_sub(96)?;
        ipnet::Ipv4Net::new(inner_v4(network.addr())?, length).ok()
    };
    match network {
        IpNet::V6(v6) => inner(v6).map_or(network, IpNet::V4),
        IpNet::V4(_) => network,
    }
}

fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => inner_v4(v6).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

// The forms `::ffff:a.b.c.d` (mapped) and `::a.b.c.d` (compatible, RFC 4291 2.5.5). `::` and `::1` stay IPv6.
fn inner_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    v6.to_ipv4_mapped().or_else(|| v6.to_ipv4().filter(|v4| u32::from(*v4) > 0xffff))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(networks: &[&str], peer: &str) -> bool {
        allows(&networks.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), peer.parse().unwrap())
    }

    #[test]
    fn addresses_and_networks_of_both_kinds_allow() {
        assert!(allowed(&["10.0.0.1"], "10.0.0.1") && !allowed(&["10.0.0.1"], "10.0.0.2"));
        assert!(allowed(&["10.1.0.0/16"], "10.1.255.3") && !allowed(&["10.1.0.0/16"], "10.2.0.0"));
        assert!(allowed(&["2001:db8::/32"], "2001:db8::1") && !allowed(&["2001:db8::/32"], "2001:db9::1"));
        assert!(allowed(&["::1"], "::1") && !allowed(&["::1"], "0.0.0.1"));
    }

    #[test]
    fn ipv4_within_ipv6_is_ipv4() {
        assert!(allowed(&["::127.0.0.1"], "127.0.0.1"));
        assert!(allowed(&["127.0.0.1"], "::ffff:127.0.0.1"));
        assert!(
            allowed(&["::198.51.100.0/120"], "198.51.100.200") && !allowed(&["::198.51.100.0/120"], "198.51.101.1")
        );
    }

    #[test]
    fn nothing_allows_nobody_and_nonsense_neither() {
        assert!(!allowed(&[], "127.0.0.1") && !allowed(&["localhost", ""], "127.0.0.1"));
        assert!(is_network("10.0.0.0/8") && !is_network("10.0.0.0/33") && !is_network("x"));
    }
}

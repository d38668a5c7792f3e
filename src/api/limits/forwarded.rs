//! Who a client is behind proxies: what `Forwarded` (RFC 7239) and `X-Forwarded-For` say, as far as trusted proxies have written it.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The most hops that are looked at.
const MAX_HOPS: usize = 32;

/// The proxies whose word counts.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Those whose addresses are in one of the networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether this is one of them.
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client behind a trusted proxy: the last address in the list that is none of a trusted proxy. Those before it were
    /// written by the client and may say anything. Nothing legible in the list ends it: then it is whoever passed it on.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let hops = if headers.contains_key("forwarded") { forwarded(headers) } else { x_forwarded_for(headers) };
        for hop in hops.into_iter().take(MAX_HOPS) {
            let Some(address) = hop else { break };
            client = address;
            if !self.has(client) {
                break;
            }
        }
        client
    }
}

/// From the last hop to the first.
fn x_forwarded_for(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all("x-forwarded-for").into_iter().rev();
    lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(',').map(address)).take(MAX_HOPS).collect()
}

/// The same of `Forwarded`, of which only `for` matters.
fn forwarded(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let node = |element: &str| {
        let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let mut nodes = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map(|(_, value)| value);
        address(nodes.next()?.trim().trim_matches('"'))
    };
    let lines = headers.get_all("forwarded").into_iter().rev();
    lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(',').map(node)).take(MAX_HOPS).collect()
}

/// An address with or without a port, IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let read = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    read.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().unwrap());
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        TrustedProxies::new(trusted.to_vec()).client(peer.parse().unwrap(), &map).to_string()
    }

    #[test]
    fn the_client_is_the_last_address_that_a_trusted_proxy_has_not() {
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "192.0.2.1")]), "192.0.2.1");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, 192.0.2.1, 10.9.9.9")]), "192.0.2.1");
        let lines =
            [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "192.0.2.1:4711"), ("x-forwarded-for", "10.1.1.1")];
        assert_eq!(client("10.0.0.1", &lines), "192.0.2.1");
        let forwarded = r#"for=1.2.3.4, for="[2003::7]:80";proto=https;by=10.0.0.1, for=10.0.0.2"#;
        assert_eq!(client("10.0.0.1", &[("forwarded", forwarded), ("x-forwarded-for", "5.6.7.8")]), "2003::7");
    }

    #[test]
    fn what_nobody_can_read_is_passed_over_to_whoever_wrote_it() {
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, unknown")]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, garbage, 10.3.3.3")]), "10.3.3.3");
        assert_eq!(client("10.0.0.1", &[("forwarded", "for=_hidden")]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[("forwarded", "proto=http")]), "10.0.0.1");
        let long = "10.0.0.7,".repeat(5_000) + "10.0.0.7";
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", &long)]), "10.0.0.7");
    }
}

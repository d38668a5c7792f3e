//! Queries and headers.

use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use outrider::api::headers::CorsOptions;
use outrider::api::requests::{
    Cursor, TrustedProxies, credential_of, etag, idempotency_key, if_match, read_bbox, read_mission_filter, read_near,
    read_places, read_resume,
};
use outrider::app::{Credential, MAX_PLACES, Resume};
use outrider::domain::access::{KeyId, Principal, Role, Secret, TenantId};
use outrider::domain::ids::{MissionId, VehicleId};
use outrider::domain::timestamp::Timestamp;

use crate::bodies::{check_problem, check_time};
use crate::heap::bounded;

const FIXED: usize = 256 << 10;
const EACH: usize = 200;

/// The query and, in the second line, the `Last-Event-ID` of a request for a stream.
pub fn event_ids(bytes: &[u8]) {
    let (query, id) = match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[][..]),
    };
    let Ok(query) = std::str::from_utf8(query) else { return };
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(id) {
        headers.insert("last-event-id", value);
    }
    match bounded(bytes.len(), FIXED, EACH, || read_resume(Some(query), &headers)) {
        Ok(Resume::After(seq)) => {
            let shown = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or_default().trim();
            assert!(shown.bytes().all(|byte| byte.is_ascii_digit()), "{shown:?} is the id of no event");
            let mut again = HeaderMap::new();
            again.insert("last-event-id", HeaderValue::from(seq));
            assert!(matches!(read_resume(None, &again), Ok(Resume::After(after)) if after == seq));
        }
        Ok(_) => {}
        Err(problem) => check_problem(&problem),
    }
    match bounded(bytes.len(), FIXED, EACH, || read_places(Some(query), &headers)) {
        Ok(places) => check_places(&places),
        Err(problem) => check_problem(&problem),
    }
    if let Ok(id) = std::str::from_utf8(id) {
        for missions in [1, 2, 3, MAX_PLACES] {
            if let Ok(cursor) = Cursor::read(id, missions) {
                assert_eq!(cursor.0.len(), missions);
                check_cursor(&cursor);
            }
        }
    }
}

fn check_places(places: &[(MissionId, Resume)]) {
    assert!((1..=MAX_PLACES).contains(&places.len()));
    for (i, (mission, _)) in places.iter().enumerate() {
        assert_eq!(mission.to_string().parse::<MissionId>().as_ref(), Ok(mission));
        assert!(places[..i].iter().all(|(earlier, _)| earlier != mission), "{mission} is there twice");
    }
    let resumed: Vec<u64> = places
        .iter()
        .filter_map(|(_, resume)| if let Resume::After(seq) = resume { Some(*seq) } else { None })
        .collect();
    assert!(resumed.is_empty() || resumed.len() == places.len(), "some missions are resumed and some are not");
    if !resumed.is_empty() {
        check_cursor(&Cursor(resumed));
    }
}

/// What the service writes it reads, and nothing gets lost.
fn check_cursor(cursor: &Cursor) {
    let text = Cursor::write(cursor.0.iter().copied());
    assert_eq!(Cursor::read(&text, cursor.0.len()).as_ref(), Ok(cursor));
    assert!(HeaderValue::from_str(&text).is_ok());
}

/// The queries of lists, boxes and positions.
pub fn queries(bytes: &[u8]) {
    let Ok(query) = std::str::from_utf8(bytes) else { return };
    let query = Some(query);
    match bounded(bytes.len(), FIXED, EACH, || read_bbox(query)) {
        Ok(Some((south_west, north_east))) => {
            assert!(south_west.is_valid() && north_east.is_valid());
            assert!(south_west.lon <= north_east.lon && south_west.lat <= north_east.lat);
        }
        Ok(None) => {}
        Err(problem) => check_problem(&problem),
    }
    match bounded(bytes.len(), FIXED, EACH, || read_near(query)) {
        Ok(near) => {
            assert!(near.lon_lat.is_valid());
            assert!(near.limit_m.is_none_or(|limit_m| (0.0..=1e4).contains(&limit_m)));
        }
        Err(problem) => check_problem(&problem),
    }
    match bounded(bytes.len(), FIXED, EACH, || read_mission_filter(query, TenantId::default())) {
        Ok((filter, limit)) => {
            assert!((1..=200).contains(&limit));
            assert!(filter.tenant.is_default());
        }
        Err(problem) => check_problem(&problem),
    }
}

/// The headers of a request, a line each: who asks, from where, on which version, whether again.
pub fn headers(bytes: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(100) {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (HeaderName::from_bytes(&line[..at]), HeaderValue::from_bytes(line[at + 1..].trim_ascii()));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    match bounded(bytes.len(), FIXED, EACH, || if_match(&headers)) {
        Ok(Some(version)) => {
            let shown = headers["if-match"].to_str().unwrap_or_default().trim();
            assert_eq!(etag(version), shown, "a tag is taken that nobody was given");
        }
        Ok(None) => {}
        Err(problem) => check_problem(&problem),
    }
    let principal = Principal::anonymous();
    match bounded(bytes.len(), FIXED, EACH, || idempotency_key(&principal, &headers, "mission", &[bytes])) {
        Ok(Some(key)) => assert!((1..=255).contains(&key.key.len()) && !key.key.contains('\0')),
        Ok(None) => {}
        Err(problem) => check_problem(&problem),
    }
    match bounded(bytes.len(), FIXED, EACH, || credential_of(&headers)) {
        Ok(Credential::Bearer(shown)) => assert_eq!(shown.trim(), shown),
        Ok(Credential::Session(shown)) => assert!(!shown.contains(';')),
        Ok(Credential::None) => assert!(!headers.contains_key("authorization")),
        Err(problem) => check_problem(&problem),
    }
    let trusted =
        TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network"), "fd00::/8".parse().expect("a network")]);
    let peer = IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3));
    let client = bounded(bytes.len(), FIXED, EACH, || trusted.client(peer, &headers));
    assert_eq!(client.to_canonical(), client, "one client would have two addresses");
    check_origin(headers);
}

/// A page of another site changes nothing, whatever else its request says.
fn check_origin(mut headers: HeaderMap) {
    let cors = CorsOptions { origins: vec![HeaderValue::from_static("https://control.example")], credentials: true };
    let request = |headers: HeaderMap| {
        let mut request = Request::post("/v1/missions").body(()).expect("a request");
        *request.headers_mut() = headers;
        request
    };
    if let Err(problem) = cors.check_origin(&request(headers.clone())) {
        check_problem(&problem);
    }
    headers.insert("host", HeaderValue::from_static("outrider.example"));
    headers.insert("origin", HeaderValue::from_static("https://evil.example"));
    headers.remove("sec-fetch-site");
    assert!(cors.check_origin(&request(headers.clone())).is_err());
    headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    assert!(cors.check_origin(&request(headers)).is_err());
}

/// A key as text and, after a `k`, as the bits that it is made of; names and times that come in headers and queries.
pub fn credentials(bytes: &[u8]) {
    if let Some((b'k', bits)) = bytes.split_first() {
        check_key_of(bits);
        return;
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(secret) = bounded(bytes.len(), FIXED, EACH, || text.parse::<Secret>()) {
        assert_eq!(secret.reveal(), text);
        assert!(!format!("{secret:?}").contains(&text[text.len() - 49..]), "a secret is in what is logged");
    }
    if let Ok(id) = text.parse::<KeyId>() {
        assert_eq!(id.to_string().parse::<KeyId>(), Ok(id));
    }
    if let Ok(tenant) = text.parse::<TenantId>() {
        assert_eq!(tenant.as_str(), text);
        assert!(HeaderValue::from_str(text).is_ok());
    }
    if let Ok(role) = text.parse::<Role>() {
        assert_eq!(role.as_str(), text);
    }
    if VehicleId(text.to_owned()).is_well_formed() {
        assert!(HeaderValue::from_str(text).is_ok() && text.len() <= VehicleId::MAX_LENGTH);
    }
    if let Ok(time) = Timestamp::parse(text) {
        check_time(time);
    }
}

/// A key is read as it was written, and not with one character changed. The bits: 16 of the id, 32 of the secret, the place and the
/// character.
fn check_key_of(bits: &[u8]) {
    let (Some((id, rest)), true) = (bits.split_first_chunk::<16>(), bits.len() >= 50) else { return };
    let Some((random, change)) = rest.split_first_chunk::<32>() else { return };
    let text = format!("{:032x}", u128::from_be_bytes(*id));
    let secret = Secret::new(text.parse().expect("32 hexadecimal digits are an id"), *random);
    assert_eq!(secret.reveal().parse::<Secret>().as_ref(), Ok(&secret));
    let mut changed = secret.reveal().as_bytes().to_vec();
    let at = usize::from(change[0]) % changed.len();
    if changed[at] != change[1] {
        changed[at] = change[1];
        assert!(
            String::from_utf8(changed).map_or(true, |text| text.parse::<Secret>().is_err()),
            "a wrong key is taken"
        );
    }
}

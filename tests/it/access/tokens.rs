//! Tokens of an identity provider, against a small one on loopback.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use outrider::api::ApiOptions;
use outrider::app::{AccessOptions, AppOptions, ProviderOptions};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

use super::mission_of;
use crate::service::{SOON, Service, Setup, report};
use crate::stream::EventStream;

const ISSUER: &str = "https://id.example";

/// A provider's key set, and how often it was asked for.
#[derive(Clone, Default)]
struct Keys {
    set: Arc<Mutex<Vec<Value>>>,
    asked: Arc<AtomicU32>,
    away: Arc<AtomicBool>,
}

impl Keys {
    async fn serve(&self) -> String {
        async fn answer(State(keys): State<Keys>) -> Response {
            keys.asked.fetch_add(1, Ordering::SeqCst);
            if keys.away.load(Ordering::SeqCst) {
                return StatusCode::BAD_GATEWAY.into_response();
            }
            let set = json!({ "keys": *keys.set.lock().unwrap() });
            ([("content-type", "application/json")], set.to_string()).into_response()
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let router = Router::new().route("/keys", get(answer)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    fn add(&self, key: Value) {
        self.set.lock().unwrap().push(key);
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn base_64_url(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0_u32, |word, (i, byte)| word | u32::from(*byte) << (16 - 8 * i));
        (0..=chunk.len()).for_each(|i| text.push(char::from(DIGITS[(word >> (18 - 6 * i)) as usize & 63])));
    }
    text
}

/// One of a provider's keys.
enum Signer {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    fn ec() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self::Ec(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap())
    }

    fn ed() -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self::Ed(Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap())
    }

    fn jwk(&self, id: &str) -> Value {
        match self {
            Self::Ec(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "use": "sig", "kid": id, "x": base_64_url(x), "y": base_64_url(y) })
            }
            Self::Ed(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "x": base_64_url(pair.public_key().as_ref()) })
            }
        }
    }

    fn sign(&self, id: &str, claims: &Value) -> String {
        let algorithm = if let Self::Ec(_) = self { "ES256" } else { "EdDSA" };
        let header = json!({ "alg": algorithm, "kid": id, "typ": "JWT" });
        let said =
            format!("{}.{}", base_64_url(header.to_string().as_bytes()), base_64_url(claims.to_string().as_bytes()));
        let signature = match self {
            Self::Ec(pair) => pair.sign(&SystemRandom::new(), said.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Ed(pair) => pair.sign(said.as_bytes()).as_ref().to_vec(),
        };
        format!("{said}.{}", base_64_url(&signature))
    }
}

fn now() -> i64 {
    outrider::app::clock::now().unix_micros() / 1_000_000
}

fn claims(role: &str) -> Value {
    json!({ "iss": ISSUER, "aud": "outrider", "sub": "ada", "exp": now() + 600, "outrider_role": role, "org": "default" })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

fn provider(jwks_url: String, fetch_pause: Duration) -> ProviderOptions {
    ProviderOptions {
        jwks_url,
        issuer: ISSUER.to_owned(),
        audience: "outrider".to_owned(),
        fetch_pause,
        role_claim: "outrider_role".to_owned(),
        tenant_claim: None,
    }
}

async fn service(provider: ProviderOptions) -> Service {
    let access = AccessOptions { provider: Some(provider), ..AccessOptions::default() };
    let api = ApiOptions { heartbeat: Duration::from_millis(200), ..ApiOptions::default() };
    Service::with(Setup { app: AppOptions { access, ..AppOptions::default() }, api, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_says_who_one_is_whatever_kind_of_key_has_signed_it() {
    let keys = Keys::default();
    let (ec, ed) = (Signer::ec(), Signer::ed());
    let rsa: Value = serde_json::from_str(include_str!("rsa.json")).unwrap();
    [ec.jwk("ec"), ed.jwk("ed"), rsa["jwk"].clone()].into_iter().for_each(|key| keys.add(key));
    let service = service(provider(keys.serve().await, Duration::from_secs(10))).await;
    assert_eq!(service.get("/v1/missions").await.status, 401, "with a provider the service is not open");
    for (token, role, name) in [
        (ec.sign("ec", &claims("operator")), "operator", "ada"),
        (ed.sign("ed", &with(claims("viewer"), "outrider_role", json!(["guest", "viewer", "admin"]))), "admin", "ada"),
        (rsa["token"].as_str().unwrap().to_owned(), "viewer", "rita"),
    ] {
        let view = service.with_key(&token).get("/v1/session").await.expect(200);
        let expected = (&json!("token"), &json!(role), &json!(name), &json!("default"));
        assert_eq!((&view["kind"], &view["role"], &view["name"], &view["tenant"]), expected);
    }
    assert_eq!(keys.asked(), 1, "once for all of them");
    let operator = service.with_key(&ec.sign("ec", &claims("operator")));
    let (_, mission) = mission_of(&operator, "town").await;
    let vehicle = with(with(claims("vehicle"), "outrider_mission", json!(mission)), "outrider_vehicle", json!("uav-1"));
    let vehicle = service.with_key(&ec.sign("ec", &vehicle));
    vehicle.post(&format!("/v1/missions/{mission}/reports"), &report(1, 0, "clear", 1)).await.expect(202);
    assert_eq!(vehicle.get("/v1/missions").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_good_in_every_respect_opens_nothing() {
    let keys = Keys::default();
    let (ours, theirs) = (Signer::ec(), Signer::ec());
    keys.add(ours.jwk("ours"));
    // A symmetric key in the set is no key to check tokens with.
    keys.add(
        json!({ "kty": "oct", "kid": "secret", "k": base_64_url(b"0123456789abcdef0123456789abcdef"), "alg": "HS256" }),
    );
    let service = service(provider(keys.serve().await, Duration::from_secs(10))).await;
    let good = claims("admin");
    assert_eq!(service.with_key(&ours.sign("ours", &good)).get("/v1/keys").await.status, 200);
    let hmac = |id: &str, secret: &[u8]| {
        let header = json!({ "alg": "HS256", "kid": id });
        let said =
            format!("{}.{}", base_64_url(header.to_string().as_bytes()), base_64_url(good.to_string().as_bytes()));
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
        format!("{said}.{}", base_64_url(ring::hmac::sign(&key, said.as_bytes()).as_ref()))
    };
    let none =
        format!("{}.{}.", base_64_url(br#"{"alg":"none","kid":"ours"}"#), base_64_url(good.to_string().as_bytes()));
    let mut without_end = good.clone();
    without_end.as_object_mut().unwrap().remove("exp");
    let tampered = {
        let token = ours.sign("ours", &claims("viewer"));
        let parts: Vec<&str> = token.split('.').collect();
        format!("{}.{}.{}", parts[0], base_64_url(good.to_string().as_bytes()), parts[2])
    };
    let x = ours.jwk("ours")["x"].as_str().unwrap().to_owned();
    for (what, token) in [
        ("another's signature", theirs.sign("ours", &good)),
        ("an unknown key", theirs.sign("theirs", &good)),
        ("changed claims", tampered),
        ("no signature", none),
        ("a symmetric key of the set", hmac("secret", b"0123456789abcdef0123456789abcdef")),
        ("the public key as a secret", hmac("ours", x.as_bytes())),
        ("another issuer", ours.sign("ours", &with(good.clone(), "iss", json!("https://evil.example")))),
        ("another audience", ours.sign("ours", &with(good.clone(), "aud", json!("wiki")))),
        ("its time over", ours.sign("ours", &with(good.clone(), "exp", json!(now() - 60)))),
        ("its time to come", ours.sign("ours", &with(good.clone(), "nbf", json!(now() + 600)))),
        ("no end", ours.sign("ours", &without_end)),
        ("no role", ours.sign("ours", &with(good.clone(), "outrider_role", json!("root")))),
        ("nobody", ours.sign("ours", &with(good.clone(), "sub", json!("")))),
        ("a vehicle of nothing", ours.sign("ours", &claims("vehicle"))),
        ("far too much", format!("{}.{}", "x".repeat(9_000), "y")),
    ] {
        // The longest does not even fit into a request's head.
        let status = service.with_key(&token).get("/v1/session").await.status.as_u16();
        assert!(status == 401 || what == "far too much" && status == 431, "{what}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenant_comes_from_the_claim_that_was_named() {
    let keys = Keys::default();
    let signer = Signer::ec();
    keys.add(signer.jwk("one"));
    let url = keys.serve().await;
    let options = ProviderOptions {
        role_claim: "realm_access.roles".to_owned(),
        tenant_claim: Some("org".to_owned()),
        ..provider(url, Duration::from_secs(10))
    };
    let service = service(options).await;
    let roles = json!({ "roles": ["offline_access", "operator"] });
    let of = |org: Value| with(with(claims("x"), "realm_access", roles.clone()), "org", org);
    let one = service.with_key(&signer.sign("one", &of(json!("one"))));
    assert_eq!(one.get("/v1/session").await.expect(200)["tenant"], "one");
    let (_, mission) = mission_of(&one, "town").await;
    let two = service.with_key(&signer.sign("one", &of(json!("two"))));
    assert_eq!(two.get(&format!("/v1/missions/{mission}")).await.status, 404);
    for org in [json!(null), json!("No Tenant"), json!(7)] {
        assert_eq!(service.with_key(&signer.sign("one", &of(org))).get("/v1/session").await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_of_the_provider_are_fetched_but_not_for_every_stranger() {
    let keys = Keys::default();
    let (old, new) = (Signer::ec(), Signer::ec());
    keys.add(old.jwk("old"));
    keys.away.store(true, Ordering::SeqCst);
    let url = keys.serve().await;
    let patient = service(provider(url.clone(), Duration::from_secs(3600))).await;
    let token = old.sign("old", &claims("viewer"));
    let away = patient.with_key(&token).get("/v1/session").await;
    assert_eq!(away.expect(503)["code"], "identity_provider_away");
    for _ in 0..5 {
        assert_eq!(patient.with_key(&token).get("/v1/session").await.status, 503);
    }
    assert_eq!(keys.asked(), 1, "a provider that is away is not asked with every request");
    keys.away.store(false, Ordering::SeqCst);
    let eager = service(provider(url, Duration::from_millis(1))).await;
    eager.with_key(&token).get("/v1/session").await.expect(200);
    let fetched = keys.asked();
    eager.with_key(&token).get("/v1/session").await.expect(200);
    assert_eq!(keys.asked(), fetched, "a key that is known");
    let rotated = new.sign("new", &claims("viewer"));
    assert_eq!(eager.with_key(&rotated).get("/v1/session").await.status, 401);
    *keys.set.lock().unwrap() = vec![new.jwk("new")];
    eager.with_key(&rotated).get("/v1/session").await.expect(200);
    assert_eq!(eager.with_key(&token).get("/v1/session").await.status, 401, "a key that was withdrawn");
    // What is known holds while the provider is away.
    keys.away.store(true, Ordering::SeqCst);
    assert_eq!(eager.with_key(&token).get("/v1/session").await.status, 401);
    eager.with_key(&rotated).get("/v1/session").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_in_order_with_its_token_and_goes_on_under_the_next() {
    let keys = Keys::default();
    let signer = Signer::ec();
    keys.add(signer.jwk("one"));
    let service = service(provider(keys.serve().await, Duration::from_secs(10))).await;
    let operator = service.with_key(&signer.sign("one", &claims("operator")));
    let (_, mission) = mission_of(&operator, "town").await;
    let reports = format!("/v1/missions/{mission}/reports");
    operator.post(&reports, &report(1, 0, "clear", 1)).await.expect(202);
    // Its time is over in about two seconds, with what clocks may differ by.
    let short = signer.sign("one", &with(claims("viewer"), "exp", json!(now() - 28)));
    let url = format!("{}/v1/missions/{mission}/events", service.url);
    let mut stream = EventStream::open_with(&service.with_key(&short).client, &url, None).await;
    let last = stream.find(|event| event.name == "snapshot").await.id.unwrap();
    tokio::time::timeout(SOON, stream.end()).await.expect("the stream ends with its token");
    assert!(stream.retry_ms.is_some_and(|ms| ms <= 500), "an orderly end: {:?}", stream.retry_ms);
    assert_eq!(service.with_key(&short).get("/v1/session").await.status, 401);
    let missed = operator.post(&reports, &report(2, 1, "clear", 1)).await.expect(202);
    let next = service.with_key(&signer.sign("one", &claims("viewer")));
    let mut stream = EventStream::open_with(&next.client, &url, Some(&last.to_string())).await;
    let seen = stream.find(|event| event.name == "report").await;
    assert_eq!(seen.id, missed["seq"].as_u64());
}

//! Tokens of an OpenID provider: who made them, for whom, and until when they hold.
//!
//! Taken are tokens that a key of the provider's key set has signed, by an asymmetric algorithm that fits the kind of that key,
//! with the issuer and audience that were set, and an end. The key set is fetched when it is first needed, again every ten minutes,
//! and when a token names a key that is not in it, but then at most every ten seconds.

use std::sync::{Arc, Once, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::Denied;
use super::signatures::SIGNATURES;
use crate::domain::access::{Binding, Identity, Principal, Role, TenantId};
use crate::domain::ids::VehicleId;
use crate::domain::timestamp::Timestamp;

/// How long fetching the key set may take.
const FETCH_LIMIT: Duration = Duration::from_secs(5);
/// The largest key set.
const MAX_SET_BYTES: usize = 1 << 20;
/// When keys that are known are fetched again: those that the provider has withdrawn count no more.
const FETCH_AGAIN_AFTER: Duration = Duration::from_secs(600);
/// By how many seconds the clocks of the provider and of this machine may differ.
const LEEWAY_S: u64 = 30;
/// The longest token.
const MAX_TOKEN_BYTES: usize = 8 << 10;

/// The identity provider whose tokens are taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderOptions {
    /// Where its keys are (a JWK set, RFC 7517).
    pub jwks_url: String,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// One `aud` of its tokens: this service.
    pub audience: String,
    /// How often a token with a key that is not known may have the keys fetched again.
    pub fetch_pause: Duration,
    /// The claim with the role, or a list of roles; dots lead into objects.
    pub role_claim: String,
    /// The claim with the tenant; without it everybody belongs to the default one.
    pub tenant_claim: Option<String>,
}

impl ProviderOptions {
    fn principal_of(&self, claims: &Value) -> Result<Principal, String> {
        let role = role_of(at(claims, &self.role_claim), &self.role_claim)?;
        let tenant: TenantId = match &self.tenant_claim {
            None => TenantId::default(),
            Some(claim) => {
                let name = at(claims, claim).and_then(Value::as_str);
                let name = name.ok_or_else(|| format!("it has no tenant in the claim {claim}"))?;
                name.parse().map_err(|e| format!("the tenant in the claim {claim}: {e}"))?
            }
        };
        let text = |claim: &str| at(claims, claim).and_then(Value::as_str);
        let binding = match role {
            Role::Vehicle => {
                let mission = text("outrider_mission").and_then(|id| id.parse().ok());
                let vehicle = text("outrider_vehicle").map(|name| VehicleId(name.to_owned()));
                let bound = mission.zip(vehicle).filter(|(_, vehicle)| vehicle.is_well_formed());
                let (mission, vehicle) =
                    bound.ok_or("a vehicle's token needs the claims outrider_mission and outrider_vehicle")?;
                Some(Arc::new(Binding { mission, vehicle }))
            }
            _ => None,
        };
        let subject = text("sub").filter(|subject| !subject.is_empty()).ok_or("it is about nobody")?;
        if subject.chars().any(char::is_control) {
            // It goes to the audit log, and the database takes no U+0000.
            return Err("its subject has control characters".to_owned());
        }
        let ends = claims.get("exp").and_then(Value::as_f64).ok_or("it has no end")?;
        Ok(Principal {
            tenant,
            role,
            binding,
            identity: Identity::Subject { subject: subject.into() },
            expires_at: Some(Timestamp::EPOCH.plus_seconds(ends.min(2e11) + LEEWAY_S as f64)),
        })
    }
}

/// Why the provider's keys are not to be had.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{url}: {why}")]
pub struct ProviderError {
    url: String,
    why: String,
}

/// One of the provider's keys.
struct ProviderKey {
    id: Option<String>,
    key: DecodingKey,
    algorithms: Vec<Algorithm>,
}

/// The keys of an identity provider.
pub struct ProviderKeys(Vec<ProviderKey>);

impl ProviderKeys {
    /// Reads a JWK set (RFC 7517). Keys that tokens are not taken of are left out.
    ///
    /// # Errors
    /// When it is no key set, or no key is left.
    pub fn read(set: &[u8]) -> Result<Self, String> {
        static CRYPTOGRAPHY: Once = Once::new();
        CRYPTOGRAPHY.call_once(|| {
            // Somebody else of this process may have chosen already.
            let _ = SIGNATURES.install_default();
        });
        let set: JwkSet = serde_json::from_slice(set).map_err(|e| format!("it answered with no key set: {e}"))?;
        let keys: Vec<ProviderKey> = set.keys.iter().filter_map(usable).collect();
        if keys.is_empty() {
            return Err("none of its keys can be used: RSA, P-256, P-384 and Ed25519 can".to_owned());
        }
        Ok(Self(keys))
    }

    /// Whether the key of this id is among them; whether there are any, without one.
    fn has(&self, id: Option<&str>) -> bool {
        id.is_none() || self.0.iter().any(|key| key.id.as_deref() == id)
    }
}

/// A token as somebody shows it: nothing of it is believed yet.
pub struct ShownToken<'a> {
    text: &'a str,
    header: Header,
}

impl<'a> ShownToken<'a> {
    /// Reads a token's header.
    ///
    /// # Errors
    /// When it is no signed token, or one whose header asks for what nobody here knows.
    pub fn read(text: &'a str) -> Result<Self, Denied> {
        if text.len() > MAX_TOKEN_BYTES {
            return Err(invalid("it is too long"));
        }
        let header = decode_header(text).map_err(|_| invalid("it is neither a key of Outrider nor a signed token"))?;
        if header.crit.is_some() {
            return Err(invalid("it has critical extensions"));
        }
        Ok(Self { text, header })
    }

    /// The id of the key that it says has signed it.
    pub fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    /// Whom the token is about, if one of these keys has signed it for this service.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn check(&self, keys: &ProviderKeys, options: &ProviderOptions) -> Result<Principal, Denied> {
        let header = &self.header;
        let fits = |key: &&ProviderKey| header.kid.is_none() || key.id == header.kid;
        let mut candidates = keys.0.iter().filter(fits).filter(|key| key.algorithms.contains(&header.alg));
        // A token that names no key is taken where there is no choice.
        let (Some(key), None) = (candidates.next(), candidates.next()) else {
            return Err(invalid("the identity provider has no such key"));
        };
        let mut validation = Validation::new(header.alg);
        validation.set_issuer(&[&options.issuer]);
        validation.set_audience(&[&options.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_S;
        let claims: Value =
            decode(self.text, &key.key, &validation).map_err(|error| invalid(&error.to_string()))?.claims;
        options.principal_of(&claims).map_err(|why| invalid(&why))
    }
}

fn invalid(why: &str) -> Denied {
    Denied::Invalid(format!("the token is not valid: {why}"))
}

#[derive(Default)]
struct Fetched {
    at: Option<Instant>,
    error: Option<ProviderError>,
}

/// An identity provider.
pub(super) struct Provider {
    options: ProviderOptions,
    /// With the time when they were fetched.
    keys: RwLock<Option<(Arc<ProviderKeys>, Instant)>>,
    fetched: tokio::sync::Mutex<Fetched>,
}

impl Provider {
    pub(super) fn new(options: ProviderOptions) -> Self {
        Self { options, keys: RwLock::new(None), fetched: tokio::sync::Mutex::default() }
    }

    /// Whom the token is about.
    pub(super) async fn verify(&self, token: &str) -> Result<Principal, Denied> {
        let shown = ShownToken::read(token)?;
        let keys = self.keys_for(shown.key_id()).await?;
        shown.check(&keys, &self.options)
    }

    /// The provider's keys, the one of this id among them if it has it.
    async fn keys_for(&self, id: Option<&str>) -> Result<Arc<ProviderKeys>, Denied> {
        let known = || self.keys.read().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = || known().filter(|(keys, at)| keys.has(id) && at.elapsed() < FETCH_AGAIN_AFTER);
        // Nobody whose key is known waits for somebody else's.
        if let Some((keys, _)) = fresh() {
            return Ok(keys);
        }
        let mut fetched = self.fetched.lock().await;
        // Somebody may have fetched them while this one waited.
        if let Some((keys, _)) = fresh() {
            return Ok(keys);
        }
        if fetched.at.is_none_or(|at| at.elapsed() >= self.options.fetch_pause) {
            let result = timeout(FETCH_LIMIT, self.fetch()).await;
            let why = format!("no answer within {} s", FETCH_LIMIT.as_secs());
            fetched.at = Some(Instant::now());
            fetched.error = match result.unwrap_or(Err(why)) {
                Ok(keys) => {
                    *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some((Arc::new(keys), Instant::now()));
                    None
                }
                Err(why) => {
                    tracing::warn!(url = self.options.jwks_url, why, "the identity provider's keys cannot be fetched");
                    Some(ProviderError { url: self.options.jwks_url.clone(), why })
                }
            };
        }
        match (known(), &fetched.error) {
            // What was known before holds while the provider is away.
            (Some((keys, _)), _) => Ok(keys),
            (None, error) => {
                let unknown =
                    || ProviderError { url: self.options.jwks_url.clone(), why: "not fetched yet".to_owned() };
                Err(Denied::ProviderAway(error.clone().unwrap_or_else(unknown)))
            }
        }
    }

    async fn fetch(&self) -> Result<ProviderKeys, String> {
        // Once in a while, so nothing is kept open. What this machine trusts is trusted here.
        let https = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
            .map_err(|e| format!("this machine's certificates cannot be read: {e}"))?
            .https_or_http()
            .enable_http1()
            .build();
        let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).build(https);
        let url = self.options.jwks_url.parse().map_err(|e| format!("this is no URL: {e}"))?;
        let answer = client.get(url).await.map_err(|e| crate::chain::of(&e))?;
        if !answer.status().is_success() {
            return Err(format!("it answered {}", answer.status()));
        }
        let body =
            Limited::new(answer.into_body(), MAX_SET_BYTES).collect().await.map_err(|e| e.to_string())?.to_bytes();
        ProviderKeys::read(&body)
    }
}

/// The key with the algorithms that its kind allows; none of a symmetric one, or one for encryption.
fn usable(jwk: &Jwk) -> Option<ProviderKey> {
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let mut algorithms = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => {
            use Algorithm::{PS256, PS384, PS512, RS256, RS384, RS512};
            vec![RS256, RS384, RS512, PS256, PS384, PS512]
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => vec![Algorithm::ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => vec![Algorithm::ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
        _ => return None,
    };
    if let Some(named) = jwk.common.key_algorithm {
        let named = Algorithm::try_from(named).ok()?;
        algorithms.retain(|algorithm| *algorithm == named);
    }
    let key = DecodingKey::from_jwk(jwk).ok().filter(|_| !algorithms.is_empty())?;
    Some(ProviderKey { id: jwk.common.key_id.clone(), key, algorithms })
}

/// The claim; dots lead into objects, unless there is a claim with the whole name.
fn at<'a>(claims: &'a Value, path: &str) -> Option<&'a Value> {
    claims.get(path).or_else(|| path.split('.').try_fold(claims, |value, name| value.get(name)))
}

/// The role, or of several the one that may most.
fn role_of(claim: Option<&Value>, name: &str) -> Result<Role, String> {
    let words: Vec<&str> = match claim {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let roles = words.iter().filter_map(|word| word.parse::<Role>().ok());
    roles.max().ok_or_else(|| format!("it has no role of Outrider in the claim {name}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_subject_that_cannot_be_written_down_is_refused() {
        let options = ProviderOptions {
            jwks_url: String::new(),
            issuer: String::new(),
            audience: String::new(),
            fetch_pause: Duration::ZERO,
            role_claim: "role".to_owned(),
            tenant_claim: None,
        };
        let about = |subject: &str| options.principal_of(&json!({"sub": subject, "role": "viewer", "exp": 4e9}));
        assert_eq!(about("amira").unwrap().identity, Identity::Subject { subject: "amira".into() });
        assert_eq!(about("").unwrap_err(), "it is about nobody");
        assert_eq!(about("a\0b").unwrap_err(), "its subject has control characters");
    }
}

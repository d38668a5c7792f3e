//! Tokens of an identity provider, and its keys.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use outrider::app::{Denied, ProviderKeys, ProviderOptions, ShownToken};
use outrider::domain::access::{Identity, Principal, Role};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::bodies::check_time;
use crate::heap::bounded;

const FIXED: usize = 1 << 20;
const EACH: usize = 500;

static SIGNER: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("any 32 bytes are a seed"));

/// The provider's keys: the signer's, and one of another kind.
static KEYS: LazyLock<ProviderKeys> = LazyLock::new(|| {
    let x = BASE64_URL_SAFE_NO_PAD.encode(SIGNER.public_key().as_ref());
    let set = format!(
        r#"{{"keys": [{{"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": "{x}"}},
            {{"kty": "EC", "crv": "P-256", "kid": "two", "alg": "ES256",
              "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}}]}}"#
    );
    ProviderKeys::read(set.as_bytes()).expect("a key set")
});

static OPTIONS: LazyLock<ProviderOptions> = LazyLock::new(|| ProviderOptions {
    jwks_url: "https://id.example/keys".to_owned(),
    issuer: "https://id.example".to_owned(),
    audience: "outrider".to_owned(),
    fetch_pause: std::time::Duration::from_secs(10),
    role_claim: "realm_access.roles".to_owned(),
    tenant_claim: Some("tenant".to_owned()),
});

/// A token; after an `s`, its header and its claims in two lines, which are then signed; after a `j`, a provider's keys.
pub fn tokens(bytes: &[u8]) {
    match bytes.split_first() {
        Some((b'j', set)) => {
            let _ = bounded(set.len(), FIXED, EACH, || ProviderKeys::read(set));
        }
        Some((b's', lines)) => {
            let at = lines.iter().position(|byte| *byte == b'\n').unwrap_or(lines.len());
            let (header, claims) = (&lines[..at], lines.get(at + 1..).unwrap_or_default());
            let said = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part)).join(".");
            let signature = BASE64_URL_SAFE_NO_PAD.encode(SIGNER.sign(said.as_bytes()));
            if let Some(principal) = believed(&format!("{said}.{signature}")) {
                check(&principal);
            }
        }
        _ => {
            let Ok(token) = std::str::from_utf8(bytes) else { return };
            if let Some(principal) = believed(token) {
                check(&principal);
                assert!(is_signed(token), "a token that the provider has not signed is believed");
            }
        }
    }
}

fn believed(token: &str) -> Option<Principal> {
    LazyLock::force(&KEYS);
    let read = bounded(token.len(), FIXED, EACH, || {
        let shown = ShownToken::read(token)?;
        shown.check(&KEYS, &OPTIONS)
    });
    match read {
        Ok(principal) => Some(principal),
        Err(Denied::Invalid(why)) => {
            assert!(!why.is_empty());
            None
        }
        Err(other) => panic!("a token was refused for what is not its fault: {other}"),
    }
}

fn check(principal: &Principal) {
    principal.expires_at.into_iter().for_each(check_time);
    assert!(principal.expires_at.is_some(), "a token that does not end was taken");
    assert_eq!(principal.role == Role::Vehicle, principal.binding.is_some());
    let Identity::Subject { subject } = &principal.identity else { panic!("a token is about a subject") };
    assert!(!subject.is_empty() && !subject.contains('\0'), "{subject:?} cannot be written to the audit log");
}

/// By another way than the service's.
fn is_signed(token: &str) -> bool {
    let Some((said, signature)) = token.rsplit_once('.') else { return false };
    let Ok(signature) = BASE64_URL_SAFE_NO_PAD.decode(signature) else { return false };
    UnparsedPublicKey::new(&ED25519, SIGNER.public_key().as_ref()).verify(said.as_bytes(), &signature).is_ok()
}

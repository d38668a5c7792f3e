//! API keys: how they are written, and what is kept of them.
//!
//! `outrider_<id>_<secret><check>`: a fixed beginning and a checksum, so that a scanner for leaked secrets finds one with
//! `outrider_[0-9a-f]{32}_[0-9A-Za-z]{49}` and can tell a real one from an example. The id is public (lists show it), the secret
//! are 256 random bits in base 62, the check is the CRC-32 of all before it in base 62.
//!
//! What is kept is the SHA-256 of the whole text. A slow hash would protect secrets that can be guessed; 256 random bits cannot.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

const PREFIX: &str = "outrider_";
const SECRET_BYTES: usize = 32;
/// 62^43 > 2^256.
const SECRET_DIGITS: usize = 43;
/// 62^6 > 2^32.
const CHECK_DIGITS: usize = 6;
const ID_DIGITS: usize = 32;
const LENGTH: usize = PREFIX.len() + ID_DIGITS + 1 + SECRET_DIGITS + CHECK_DIGITS;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An API key's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct KeyId(pub Uuid);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for KeyId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What is kept of a secret.
pub type KeyDigest = [u8; 32];

/// A whole key. Whoever has it may do what it is for; it is shown once and never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    id: KeyId,
    text: String,
}

/// A text that is no key of this service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedKey {
    /// It does not look like one.
    #[error("this is no key of Outrider: expected outrider_, 32 hexadecimal digits, _, and 49 letters and digits")]
    Form,
    /// A character was lost or changed on the way.
    #[error("the key was copied wrongly: its checksum does not fit")]
    Check,
}

impl Secret {
    /// A key from its id and 256 bits that nobody can guess.
    pub fn new(id: KeyId, random: [u8; SECRET_BYTES]) -> Self {
        let mut text = format!("{PREFIX}{}_", id.0.simple());
        text.push_str(&base_62(&random, SECRET_DIGITS));
        let check = base_62(&crc_32(text.as_bytes()).to_be_bytes(), CHECK_DIGITS);
        text.push_str(&check);
        Self { id, text }
    }

    /// The key's id.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The whole text.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// What is kept of it.
    pub fn digest(&self) -> KeyDigest {
        Sha256::digest(self.text.as_bytes()).into()
    }
}

impl FromStr for Secret {
    type Err = MalformedKey;

    fn from_str(text: &str) -> Result<Self, MalformedKey> {
        let rest = text.strip_prefix(PREFIX).filter(|_| text.len() == LENGTH && text.is_ascii());
        let (id, secret) = rest.and_then(|rest| rest.split_once('_')).ok_or(MalformedKey::Form)?;
        let plain = secret.len() == SECRET_DIGITS + CHECK_DIGITS && secret.bytes().all(|b| b.is_ascii_alphanumeric());
        let hex = id.len() == ID_DIGITS && id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let id = Uuid::try_parse(id).ok().filter(|_| plain && hex).ok_or(MalformedKey::Form)?;
        let (said, check) = text.split_at(LENGTH - CHECK_DIGITS);
        if base_62(&crc_32(said.as_bytes()).to_be_bytes(), CHECK_DIGITS) != check {
            return Err(MalformedKey::Check);
        }
        Ok(Self { id: KeyId(id), text: text.to_owned() })
    }
}

/// Never the secret: what is written for people to debug with ends up in logs.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({PREFIX}{}_…)", self.id.0.simple())
    }
}

/// The number that the bytes are, in so many digits.
fn base_62(bytes: &[u8], digits: usize) -> String {
    let mut number = bytes.to_vec();
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = rest << 8 | u32::from(*byte);
            // Below 256, as the rest is below 62.
            *byte = (value / 62) as u8;
            rest = value % 62;
        }
        *digit = DIGITS.get(rest as usize).copied().unwrap_or(b'0');
    }
    text.into_iter().map(char::from).collect()
}

/// CRC-32 as of ISO 3309 and of zlib.
fn crc_32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _: u32| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(seed: u8) -> Secret {
        Secret::new(KeyId(Uuid::from_u128(0x0193_8a6e_0000_7000_8000_0000_0000_0001)), [seed; SECRET_BYTES])
    }

    #[test]
    fn the_checksum_is_the_usual_one_and_numbers_are_written_in_base_62() {
        assert_eq!(crc_32(b"123456789"), 0xCBF4_3926);
        assert_eq!(base_62(&[0], 2), "00");
        assert_eq!(base_62(&[61], 1), "z");
        assert_eq!(base_62(&[0, 62], 2), "10");
        // 2^32 - 1 = 4·62^5 + 42·62^4 + 42·62^3 + 19·62^2 + 51·62 + 45... in digits, by another way.
        let mut number = u64::from(u32::MAX);
        let mut digits = Vec::new();
        for _ in 0..CHECK_DIGITS {
            digits.insert(0, char::from(DIGITS[(number % 62) as usize]));
            number /= 62;
        }
        assert_eq!(base_62(&u32::MAX.to_be_bytes(), CHECK_DIGITS), digits.iter().collect::<String>());
    }

    #[test]
    fn a_key_is_read_as_it_was_written_whatever_its_secret() {
        for seed in [0, 1, 127, 255] {
            let secret = secret(seed);
            assert_eq!(secret.reveal().len(), LENGTH);
            assert!(secret.reveal().starts_with("outrider_01938a6e000070008000000000000001_"));
            assert_eq!(secret.reveal().parse::<Secret>(), Ok(secret));
        }
        assert_ne!(secret(1).digest(), secret(2).digest());
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        let good = secret(9).reveal().to_owned();
        for i in 0..good.len() {
            let mut bad = good.clone().into_bytes();
            bad[i] = if bad[i] == b'1' { b'2' } else { b'1' };
            let bad = String::from_utf8(bad).unwrap();
            assert!(bad.parse::<Secret>().is_err(), "{bad}");
        }
        for bad in ["", "outrider_", "outrider__", &good[..good.len() - 1], &format!("{good}0"), &good.to_uppercase()] {
            assert_eq!(bad.parse::<Secret>(), Err(MalformedKey::Form), "{bad}");
        }
    }

    #[test]
    fn debugging_shows_no_secret() {
        let secret = secret(77);
        let (_, hidden) = secret.reveal().rsplit_once('_').unwrap();
        assert!(!format!("{secret:?}").contains(hidden));
    }
}

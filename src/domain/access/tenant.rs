//! Tenants: who share a service and see nothing of each other.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A tenant's name. Networks, missions, keys and sessions belong to one each, and nobody sees another's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, example = "default", min_length = 1, max_length = 63, pattern = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
pub struct TenantId(Arc<str>);

/// A text that is no tenant's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to 63 lower-case letters, digits and '-', with no '-' at either end")]
pub struct MalformedTenant;

impl TenantId {
    /// The tenant of a service that knows no others.
    pub const DEFAULT: &'static str = "default";
    const MAX_LENGTH: usize = 63;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the tenant that the service itself belongs to.
    pub fn is_default(&self) -> bool {
        &*self.0 == Self::DEFAULT
    }
}

impl Default for TenantId {
    fn default() -> Self {
        Self(Self::DEFAULT.into())
    }
}

impl FromStr for TenantId {
    type Err = MalformedTenant;

    fn from_str(text: &str) -> Result<Self, MalformedTenant> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len())
            && text.chars().all(plain)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if fits { Ok(Self(text.into())) } else { Err(MalformedTenant) }
    }
}

impl TryFrom<String> for TenantId {
    type Error = MalformedTenant;

    fn try_from(text: String) -> Result<Self, MalformedTenant> {
        text.parse()
    }
}

impl Borrow<str> for TenantId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_named_as_a_host_is() {
        for name in ["default", "a", "fire-brigade-7", &"x".repeat(63)] {
            assert_eq!(name.parse::<TenantId>().unwrap().as_str(), name);
        }
        for name in ["", "-a", "a-", "A", "a_b", "a b", "ä", &"x".repeat(64)] {
            assert!(name.parse::<TenantId>().is_err(), "{name:?}");
        }
    }
}

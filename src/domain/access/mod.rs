//! Who may do what: roles and what each may, tenants, API keys, and the principal that a request is made by.

mod key;
mod principal;
mod role;
mod tenant;

pub use key::{KeyDigest, KeyId, MalformedKey, Secret};
pub use principal::{Binding, Identity, Principal};
pub use role::{Permission, Role};
pub use tenant::{MalformedTenant, TenantId};

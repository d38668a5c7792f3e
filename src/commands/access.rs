//! What can be configured about who may come in.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::bail;
use clap::Args;

use crate::app::{AccessOptions, App, ProviderOptions};

/// Who may come in.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Access")]
pub struct AccessConfig {
    /// Be open to everybody who reaches the service, on any address, as long as there is no key. Without it a service that has
    /// no key (`outrider keys create`) and no identity provider listens on this machine only
    #[arg(long, env = "OUTRIDER_OPEN")]
    pub open: bool,

    /// After how many seconds a login of the page ends that nobody uses
    #[arg(long, env = "OUTRIDER_SESSION_IDLE_S", default_value_t = 43_200, value_name = "S", value_parser = clap::value_parser!(u64).range(600..=2_592_000))]
    pub session_idle_s: u64,

    /// Take tokens of this OpenID provider, besides keys: the `iss` of its tokens
    #[arg(long, env = "OUTRIDER_OIDC_ISSUER", value_name = "URL", requires_all = ["oidc_audience", "oidc_jwks_url"])]
    pub oidc_issuer: Option<String>,

    /// The `aud` of its tokens that stands for this service
    #[arg(long, env = "OUTRIDER_OIDC_AUDIENCE", value_name = "NAME", requires = "oidc_issuer")]
    pub oidc_audience: Option<String>,

    /// Where its keys are: the `jwks_uri` of its /.well-known/openid-configuration
    #[arg(long, env = "OUTRIDER_OIDC_JWKS_URL", value_name = "URL", requires = "oidc_issuer", value_parser = jwks_url)]
    pub oidc_jwks_url: Option<String>,

    /// The claim with the role (viewer, operator, admin or vehicle), or a list of roles; dots lead into objects, such as
    /// `realm_access.roles`
    #[arg(long, env = "OUTRIDER_OIDC_ROLE_CLAIM", default_value = "outrider_role", value_name = "CLAIM")]
    pub oidc_role_claim: String,

    /// The claim with the tenant. Without it, whoever has a token belongs to the tenant `default`
    #[arg(long, env = "OUTRIDER_OIDC_TENANT_CLAIM", value_name = "CLAIM")]
    pub oidc_tenant_claim: Option<String>,
}

/// Over TLS, or from this machine: whoever can change the keys on their way can make tokens.
fn jwks_url(text: &str) -> Result<String, String> {
    let host = |scheme: &str| text.strip_prefix(scheme).map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    let local = |host: &str| {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "127.0.0.1" | "localhost" | "[::1]")
    };
    let taken = host("https://").is_some_and(|host| !host.is_empty()) || host("http://").is_some_and(local);
    taken.then(|| text.to_owned()).ok_or_else(|| "expected https://… (http:// only on this machine)".to_owned())
}

impl AccessConfig {
    /// The options of a service that listens there.
    pub(super) fn options(&self, listen: SocketAddr) -> AccessOptions {
        let provider = self.oidc_issuer.clone().zip(self.oidc_audience.clone()).zip(self.oidc_jwks_url.clone());
        AccessOptions {
            may_be_open: self.open || listen.ip().to_canonical().is_loopback(),
            session_idle: Duration::from_secs(self.session_idle_s),
            provider: provider.map(|((issuer, audience), jwks_url)| ProviderOptions {
                jwks_url,
                fetch_pause: Duration::from_secs(10),
                issuer,
                audience,
                role_claim: self.oidc_role_claim.clone(),
                tenant_claim: self.oidc_tenant_claim.clone(),
            }),
            ..AccessOptions::default()
        }
    }
}

/// Refuses to serve where nobody could come in, and everybody must not.
pub(super) async fn check(app: &App, options: &AccessOptions, listen: SocketAddr) -> anyhow::Result<()> {
    if options.provider.is_some() {
        return Ok(());
    }
    match app.list_keys(None).await {
        Ok(keys) if keys.is_empty() && !options.may_be_open => bail!(
            "there is no key yet, so whoever reaches {listen} could do anything. Do one of these:\n  \
             outrider keys create --name admin --role admin   (with the same database; from then on a key is needed)\n  \
             outrider serve --oidc-issuer …                   (take tokens of an identity provider)\n  \
             outrider serve --listen 127.0.0.1:{}           (this machine only)\n  \
             outrider serve --open                            (everybody may do anything)",
            listen.port()
        ),
        Ok(keys) if keys.is_empty() => {
            let reach = if listen.ip().to_canonical().is_loopback() { "on this machine" } else { "who reaches it" };
            tracing::warn!("there is no key: everybody {reach} may do anything. `outrider keys create` changes that");
            Ok(())
        }
        // Nobody comes in before the database says who may.
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_providers_keys_come_over_tls_or_from_this_machine() {
        for url in
            ["https://id.example/keys", "http://127.0.0.1:8081/keys", "http://localhost/keys", "http://[::1]:1/k"]
        {
            assert_eq!(jwks_url(url).as_deref(), Ok(url));
        }
        for url in ["http://id.example/keys", "https://", "ftp://a", "http://127.0.0.1.example/", "keys.json"] {
            assert!(jwks_url(url).is_err(), "{url}");
        }
    }
}

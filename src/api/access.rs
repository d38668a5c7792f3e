//! The gate that every request passes before its handler: who is it, may they do this, and is what they name theirs.
//!
//! What a route needs stands beside its handler, as `security(("permission" = ["…"]))` of its documentation, and is taken from
//! there. A route without it, or one that is not documented, lets nobody in, but for the page's own files listed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::RequestExt;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use smallvec::SmallVec;

use super::layers;
use super::limits::Caller;
use super::problem::Problem;
use crate::app::audit::Origin;
use crate::app::{App, AppError, Credential, Denied, Fault, Grant, MAX_PLACES};
use crate::chain;
use crate::domain::access::{Identity, Permission, Principal, Role, TenantId};
use crate::domain::ids::{ImportId, MissionId, NetworkId};

/// The name under which handlers say what they need.
const PERMISSION: &str = "permission";
/// What the page's login sets.
pub(super) const SESSION_COOKIE: &str = "outrider_session";
/// The same over TLS: browsers take such a name only with `Secure`, from the host itself.
pub(super) const SECURE_SESSION_COOKIE: &str = "__Host-outrider_session";
/// What names a mission, a network and an import, in paths and queries.
const MISSION_ID: &str = "mission_id";
const NETWORK_ID: &str = "network_id";
const IMPORT_ID: &str = "import_id";
/// The header that the page sends with whatever changes something. A page of another site cannot send it: browsers ask first, and
/// are told no.
pub(super) const PAGE_HEADER: &str = "x-outrider-page";
/// The page's files and the documentation: the same for all, and nothing of any tenant.
const PUBLIC: [&str; 8] =
    ["/", "/favicon.svg", "/page.json", "/assets/{*path}", "/openapi.json", "/docs", "/docs/", "/docs/{*rest}"];

/// What every route needs, by path and method; none where a handler does not say.
#[derive(Clone, Debug, Default)]
pub(super) struct Permissions(BTreeMap<String, BTreeMap<String, Option<Permission>>>);

impl Permissions {
    /// Reads them from the document as the handlers make it.
    pub(super) fn of(document: &Value) -> Self {
        let mut all: BTreeMap<String, BTreeMap<String, Option<Permission>>> = BTreeMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            let methods = all.entry(path.clone()).or_default();
            for (method, operation) in item.as_object().into_iter().flatten() {
                methods.insert(method.to_ascii_uppercase(), permission_of(operation));
            }
        }
        Self(all)
    }

    /// What a request needs, or what is answered where nobody has said it.
    fn find(&self, route: &str, method: &Method, uri: &Uri) -> Result<Permission, Box<Response>> {
        if PUBLIC.contains(&route) {
            return Ok(Permission::Public);
        }
        let undeclared = || {
            let cause = format!("nobody has said who may use {method} {route}");
            let detail = "this is open to nobody";
            Box::new(Problem { cause: Some(cause), ..Problem::forbidden("not_open", detail, None) }.into_response())
        };
        let Some(methods) = self.0.get(route) else { return Err(undeclared()) };
        let asked = if method == Method::HEAD { &Method::GET } else { method };
        match methods.get(asked.as_str()) {
            Some(permission) => permission.ok_or_else(undeclared),
            None => {
                let mut allowed: Vec<&str> = methods.keys().map(String::as_str).collect();
                if methods.contains_key("GET") {
                    allowed.push("HEAD");
                }
                let mut response = layers::not_allowed(method, uri).into_response();
                if let Ok(allowed) = HeaderValue::from_str(&allowed.join(",")) {
                    response.headers_mut().insert(header::ALLOW, allowed);
                }
                Err(Box::new(response))
            }
        }
    }
}

/// The permission that an operation of the document asks for.
pub(super) fn permission_of(operation: &Value) -> Option<Permission> {
    operation["security"].as_array()?.iter().find_map(|scheme| scheme[PERMISSION][0].as_str())?.parse().ok()
}

/// How the path of a request names what the request is about. A query may name missions besides, whichever it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Named {
    /// By what the router took out of the path, and left with the request.
    ByRouter,
    /// By this mission alone, which was read out of the path without the router.
    ByMission(MissionId),
}

/// What the gate works with.
pub(super) struct Gate {
    app: Arc<App>,
    permissions: Permissions,
}

impl Gate {
    pub(super) fn new(app: &Arc<App>, permissions: Permissions) -> Self {
        Self { app: Arc::clone(app), permissions }
    }

    /// Whether the request comes before its handler, which finds the [`Principal`] and its [`Grant`] among the request's extensions.
    /// The route says which permission the request needs.
    ///
    /// # Errors
    /// What is answered instead.
    pub(super) async fn admit(&self, request: &mut Request, route: Option<&str>, named: Named) -> Result<(), Response> {
        // Without a route there is nothing to guard: 404 follows.
        let Some(route) = route else { return Ok(()) };
        let permission = match self.permissions.find(route, request.method(), request.uri()) {
            Ok(Permission::Public) => return Ok(()),
            Ok(permission) => permission,
            Err(response) => return Err(*response),
        };
        let grant = self.let_in(request, permission, named).await.map_err(IntoResponse::into_response)?;
        if let Some(origin) = Origin::current() {
            origin.identify(&grant.principal);
        }
        request.extensions_mut().insert(grant.principal.clone());
        request.extensions_mut().insert(grant);
        Ok(())
    }

    async fn let_in(&self, request: &mut Request, permission: Permission, named: Named) -> Result<Grant, Problem> {
        let headers = request.headers();
        let credential = credential_of(headers)?;
        let shown = matches!(credential, Credential::Bearer(_));
        let caller = request.extensions().get::<Caller>();
        let grant = match self.app.authenticate(credential).await {
            Ok(grant) => grant,
            Err(denied) => return Err(refused(denied, caller.filter(|_| shown))),
        };
        if grant.is_session() && !request.method().is_safe() {
            check_page(headers)?;
        }
        let principal = &grant.principal;
        if !principal.may(permission) {
            return Err(missing_role(principal, permission));
        }
        // What a key has open counts for the key, not for the address that many may share.
        if let (Identity::Key { id, .. }, Some(caller)) = (&principal.identity, caller) {
            let caller = caller.on_behalf_of(id.0);
            caller.admit()?;
            request.extensions_mut().insert(caller);
        }
        self.admit_to_named(request, principal, permission, named).await?;
        Ok(grant)
    }

    /// Missions, networks and imports that the request names by `mission_id`, `network_id` or `import_id` in its path, and missions
    /// that it names in its query, must be the caller's. Here and nowhere else it is seen to; what is no id is the handler's to refuse.
    async fn admit_to_named(
        &self,
        request: &mut Request,
        principal: &Principal,
        permission: Permission,
        named: Named,
    ) -> Result<(), Problem> {
        let (path, in_path) = match named {
            // A path that is not UTF-8 names nothing; the handler says so.
            Named::ByRouter => (request.extract_parts::<RawPathParams>().await.ok(), None),
            Named::ByMission(id) => (None, Some(id)),
        };
        let query = request.uri().query().unwrap_or_default().as_bytes();
        let in_query: SmallVec<[_; 1]> = form_urlencoded::parse(query).filter(|(name, _)| name == MISSION_ID).collect();
        if in_query.len() > MAX_PLACES {
            // Each may have to be looked up.
            let message = format!("expected 1 to {MAX_PLACES} missions, got {}", in_query.len());
            return Err(Problem::invalid("invalid_query", vec![Fault::new(MISSION_ID, message)]));
        }
        // Nearly always there is one.
        let mut missions: SmallVec<[MissionId; 1]> = in_query.iter().filter_map(|(_, id)| id.parse().ok()).collect();
        missions.extend(in_path);
        let mut networks: SmallVec<[NetworkId; 1]> = SmallVec::new();
        let mut imports: SmallVec<[ImportId; 1]> = SmallVec::new();
        for (name, id) in path.iter().flatten() {
            match name {
                MISSION_ID => missions.extend(id.parse::<MissionId>()),
                NETWORK_ID => networks.extend(id.parse::<NetworkId>()),
                IMPORT_ID => imports.extend(id.parse::<ImportId>()),
                _ => {}
            }
        }
        let is_bound = principal.role == Role::Vehicle && permission != Permission::Present;
        if is_bound && missions.is_empty() && networks.is_empty() {
            return Err(AppError::NotYours("a vehicle's key is for the one mission it was made for").into());
        }
        missions.sort_unstable();
        missions.dedup();
        for mission in missions {
            self.app.admit_to_mission(principal, mission).await?;
        }
        for network in networks {
            self.app.admit_to_network(principal, network).await?;
        }
        for import in imports {
            self.app.admit_to_import(principal, import).await?;
        }
        Ok(())
    }
}

/// What the request shows: the header counts if there is a cookie as well.
///
/// # Errors
/// When there is an `Authorization` that is no bearer's.
pub fn credential_of(headers: &HeaderMap) -> Result<Credential<'_>, Problem> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let text = value.to_str().unwrap_or_default().trim();
        let bearer = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        return bearer.map(|(_, credential)| Credential::Bearer(credential.trim())).ok_or_else(|| {
            let detail = "Authorization: expected `Bearer` and a key, or a token of the identity provider";
            Problem::unauthenticated(detail, Some("invalid_request"))
        });
    }
    Ok(session_cookie(headers).map_or(Credential::None, Credential::Session))
}

fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION_COOKIE || *name == SECURE_SESSION_COOKIE).map(|(_, value)| value)
}

/// What somebody is told who is not let in. A wrong credential counts against the address that it comes from; one that is right is
/// taken whoever else tries wrong ones there, and a page whose session is over asks again and again without meaning harm.
pub(super) fn refused(denied: Denied, caller: Option<&Caller>) -> Problem {
    if let (Denied::Invalid(_), Some(caller)) = (&denied, caller) {
        if let Err(too_many) = caller.may_authenticate() {
            return too_many;
        }
        caller.authentication_failed();
    }
    refusal(denied)
}

fn refusal(denied: Denied) -> Problem {
    match denied {
        Denied::Missing => Problem::unauthenticated(denied.to_string(), None),
        Denied::Invalid(why) => Problem::unauthenticated(why, Some("invalid_token")),
        Denied::Unavailable(error) => error.into(),
        Denied::ProviderAway(ref error) => {
            Problem { cause: Some(chain::of(error)), ..Problem::later(denied.to_string(), "identity_provider_away", 5) }
        }
    }
}

fn missing_role(principal: &Principal, permission: Permission) -> Problem {
    let roles: Vec<&str> = permission.roles().iter().map(|role| role.as_str()).collect();
    let tenant =
        if permission.is_of_service() { format!(" of the tenant {}", TenantId::DEFAULT) } else { String::new() };
    let detail = format!(
        "this needs {}{tenant}; this is the role {} of the tenant {}",
        permission.needed(),
        principal.role,
        principal.tenant
    );
    Problem::forbidden("role_required", detail, Some(&roles.join(" ")))
}

/// A request that changes something and comes with a cookie must have the page's header: the browser sends the cookie whoever made
/// the page that asks. The cookie is not sent from other sites (`SameSite=Strict`), but it is from other origins of the same site, such
/// as another port. Requests that the browser says come from those are refused before they get here (`headers`); the header stands
/// also against a browser that says nothing, as no form can send it, and no script of another origin without being allowed to.
fn check_page(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(PAGE_HEADER) {
        return Ok(());
    }
    let detail =
        format!("with a session's cookie this needs the header {PAGE_HEADER}, with any value; or send a key instead");
    Err(Problem::forbidden("page_header_missing", detail, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_header_counts_before_the_cookie() {
        let shown = headers(&[("authorization", "bearer  k"), ("cookie", "a=b; outrider_session=s")]);
        assert!(matches!(credential_of(&shown), Ok(Credential::Bearer("k"))));
        let shown = headers(&[("cookie", "a=b; outrider_session=s; c=d")]);
        assert!(matches!(credential_of(&shown), Ok(Credential::Session("s"))));
        assert!(matches!(credential_of(&headers(&[("cookie", "session=s")])), Ok(Credential::None)));
        for text in ["Basic abc", "k", ""] {
            assert_eq!(credential_of(&headers(&[("authorization", text)])).unwrap_err().status, 401, "{text}");
        }
    }

    #[test]
    fn a_route_of_which_nobody_said_who_may_use_it_is_open_to_nobody() {
        let document = serde_json::json!({ "paths": {
            "/v1/a": { "get": { "security": [{ "permission": ["read_tenant"] }] }, "post": {} },
            "/v1/b": { "get": { "security": [{ "permission": ["be_king"] }] } },
        } });
        let permissions = Permissions::of(&document);
        let find = |route: &str, method: Method| {
            permissions.find(route, &method, &Uri::from_static("/x")).map_err(|response| response.status().as_u16())
        };
        assert_eq!(find("/v1/a", Method::GET), Ok(Permission::ReadTenant));
        assert_eq!(find("/v1/a", Method::HEAD), Ok(Permission::ReadTenant));
        assert_eq!(find("/v1/a", Method::POST), Err(403));
        assert_eq!(find("/v1/a", Method::DELETE), Err(405));
        assert_eq!(find("/v1/b", Method::GET), Err(403));
        assert_eq!(find("/v1/c", Method::GET), Err(403));
        assert_eq!(find("/assets/{*path}", Method::GET), Ok(Permission::Public));
    }
}

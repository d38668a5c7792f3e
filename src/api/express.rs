//! The short way to the one route that takes thousands of requests a second.
//!
//! To find a route among all, and to hand a request through boxed layers, parameters and extractors, takes as long as to read a report and to
//! answer it. Where reports are sent to is known at a look at the path; whoever sends them need not wait for the rest. All that is done
//! with every request is done here too, by the same code ([`layers::observed`]); and what does not look like the usual case goes to the
//! router, which knows what to say of it.

use std::sync::Arc;

use axum::extract::{FromRequest, Request};
use axum::http::Method;
use axum::response::{IntoResponse, Response};

use super::access::Named;
use super::extract::JsonBytes;
use super::layers::{self, Front};
use super::problem::Problem;
use super::reports;
use crate::app::App;
use crate::domain::access::Principal;
use crate::domain::ids::MissionId;

/// Answers reports past the router.
pub(super) struct Express {
    front: Arc<Front>,
    app: Arc<App>,
}

impl Express {
    /// The front is that of the router: what is counted of requests is counted in one place.
    pub(super) fn new(front: Arc<Front>, app: Arc<App>) -> Self {
        Self { front, app }
    }

    /// Answers a request whose mission [`mission_of`] found.
    pub(super) async fn answer(&self, request: Request, mission: MissionId) -> Response {
        let named = Named::ByMission(mission);
        let answer = |request| async move { self.take_in(request, mission).await.into_response() };
        layers::observed(&self.front, request, Some(reports::ROUTE), named, answer).await
    }

    /// What [`reports::create_reports`] does with a request that the gate let in.
    async fn take_in(&self, mut request: Request, mission: MissionId) -> Result<impl IntoResponse, Problem> {
        let nobody = || Problem::internal("the gate let in a report without saying whose".to_owned());
        let principal = request.extensions_mut().remove::<Principal>().ok_or_else(nobody)?;
        let JsonBytes(body) = JsonBytes::from_request(request, &()).await?;
        reports::take_in(&self.app, mission, &principal, &body).await
    }
}

/// The mission to which a request sends reports; none if it is about anything else, or if its path is not written as usual: the router
/// tells what is wrong with it, if anything is.
pub(super) fn mission_of(request: &Request) -> Option<MissionId> {
    if request.method() != Method::POST {
        return None;
    }
    request.uri().path().strip_prefix("/v1/missions/")?.strip_suffix("/reports")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    const MISSION: &str = "01938a6e-1111-7000-8000-000000000001";

    fn found(method: Method, uri: &str) -> Option<String> {
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        let mission = mission_of(&request);
        assert_eq!(request.uri(), uri, "the gate reads the query after this");
        mission.map(|mission| mission.to_string())
    }

    #[test]
    fn reports_are_taken_whose_path_is_written_as_usual() {
        let path = reports::ROUTE.replace("{mission_id}", MISSION);
        for uri in [path.clone(), format!("{path}?mission_id=x&a=%20"), format!("http://outrider:8080{path}")] {
            assert_eq!(found(Method::POST, &uri).as_deref(), Some(MISSION), "{uri}");
        }
        // The router takes this for the same mission.
        assert_eq!(found(Method::POST, &path.replace(MISSION, &MISSION.to_uppercase())).as_deref(), Some(MISSION));
    }

    #[test]
    fn everything_else_is_left_to_the_router() {
        let path = reports::ROUTE.replace("{mission_id}", MISSION);
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::PATCH, Method::DELETE] {
            assert_eq!(found(method, &path), None);
        }
        for uri in [
            format!("{path}/"),
            format!("/{path}"),
            path.replace("reports", "Reports"),
            path.replace("reports", "report%73"),
            path.replace("reports", "positions"),
            path.replace("/reports", "//reports"),
            path.replace("/reports", "/x/reports"),
            path.replace("/reports", "%2Freports"),
            path.replace("/v1", "/v2"),
            // This one is the same mission's for the router.
            path.replace("01938a6e", "%301938a6e"),
            path.replace(MISSION, "1"),
            path.replace(MISSION, &MISSION[1..]),
            path.replace(MISSION, ""),
            "/v1/missions/reports".to_owned(),
            "/v1/missions".to_owned(),
            "/".to_owned(),
        ] {
            assert_eq!(found(Method::POST, &uri), None, "{uri}");
        }
        assert_eq!(found(Method::OPTIONS, "*"), None);
    }
}

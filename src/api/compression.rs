//! Compression of answers that are worth it.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::http::{HeaderValue, Request, header};
use axum::response::Response;
use tower_http::compression::Compression;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_service::Service;

/// Smaller answers are sent as they are: they fit into one packet anyway, and setting up an encoder would cost more than the
/// answer.
const COMPRESSED_FROM_BYTES: u64 = 1_200;

/// Whether it is clear at a look that the answer is not compressed: it is small, or an event stream (`stream` says why).
pub(super) fn is_sent_as_it_is(response: &Response) -> bool {
    let is_small = response.body().size_hint().exact().is_some_and(|bytes| bytes < COMPRESSED_FROM_BYTES);
    is_small || response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream")
}

/// The answer as it is to be sent to somebody who accepts these encodings.
pub(super) async fn compressed(accepted: Vec<HeaderValue>, response: Response) -> Response {
    let mut request = Request::new(());
    for encodings in accepted {
        request.headers_mut().append(header::ACCEPT_ENCODING, encodings);
    }
    // Event streams are left alone: the default predicate knows their content type.
    let predicate = DefaultPredicate::new().and(SizeAbove::new(COMPRESSED_FROM_BYTES));
    let mut service = Compression::new(Answered(Some(response))).compress_when(predicate);
    match service.call(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// A service that has answered already: the compression wants to be around one.
struct Answered(Option<Response>);

impl Service<Request<()>> for Answered {
    type Response = Response;
    type Error = Infallible;
    type Future = Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        // Called once.
        ready(Ok(self.0.take().unwrap_or_default()))
    }
}

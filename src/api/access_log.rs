//! The access log: one line for each request, when its answer has gone out.
//!
//! Its lines are of the target `access`: those that were refused at `info`, failures of the service at `error`, all others at
//! `debug`, as there are thousands a second. `OUTRIDER_LOG=info,access=debug` shows them all, and `PUT /v1/admin/log-level` does so
//! while the service runs.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, HttpBody};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;

use super::problem::Problem;
use crate::app::audit::Origin;

/// What the line of a request says, but for the answer.
pub(super) struct Line {
    pub(super) method: Method,
    pub(super) route: String,
    pub(super) path: String,
    pub(super) origin: Arc<Origin>,
    pub(super) started: Instant,
}

/// Whether requests that were served get a line.
pub(super) fn tells_all() -> bool {
    tracing::enabled!(target: "access", tracing::Level::DEBUG)
}

impl Line {
    /// Writes the line of a request that the service failed.
    pub(super) fn failed(self, problem: &Problem, bytes: u64) {
        let Self { method, route, path, origin, started } = self;
        let (status, ms) = (problem.status.as_u16(), started.elapsed().as_secs_f64() * 1e3);
        let (request, who) = (origin.request_id.as_deref(), origin.who());
        let address = origin.address.map(tracing::field::display);
        let (code, cause) = (problem.code, problem.cause.as_deref());
        tracing::error!(
            target: "access", parent: None, %method, route, path, status, ms, bytes, request.id = request, who = who.as_ref(),
            address, code, cause, "request failed"
        );
    }

    /// Writes the line of a request that was refused. `untold` have been refused before it without a line.
    pub(super) fn refused(self, problem: &Problem, bytes: u64, untold: u64) {
        let Self { method, route, path, origin, started } = self;
        let (status, ms) = (problem.status.as_u16(), started.elapsed().as_secs_f64() * 1e3);
        let (request, who) = (origin.request_id.as_deref(), origin.who());
        let address = origin.address.map(tracing::field::display);
        let (code, detail) = (problem.code, problem.detail.as_str());
        let untold = (untold > 0).then_some(untold);
        tracing::info!(
            target: "access", parent: None, %method, route, path, status, ms, bytes, request.id = request, who = who.as_ref(),
            address, code, detail, untold, "request refused"
        );
    }

    /// Writes the line of a request that was served, as soon as it is known how long its answer is: at once, or at its end.
    pub(super) fn served(self, response: Response) -> Response {
        let (status, begun_ms) = (response.status(), self.started.elapsed().as_secs_f64() * 1e3);
        match response.body().size_hint().exact() {
            Some(bytes) => {
                self.write(status, begun_ms, bytes);
                response
            }
            None => {
                let line = Some((self, status, begun_ms));
                response.map(|inner| Body::new(Counted { inner, bytes: 0, line }))
            }
        }
    }

    /// `begun_ms` is when the answer began, which is what the metrics count; the line comes when it ended.
    fn write(self, status: StatusCode, begun_ms: f64, bytes: u64) {
        let Self { method, route, path, origin, started } = self;
        let (status, ms) = (status.as_u16(), started.elapsed().as_secs_f64() * 1e3);
        let (request, who) = (origin.request_id.as_deref(), origin.who());
        let address = origin.address.map(tracing::field::display);
        tracing::debug!(
            target: "access", parent: None, %method, route, path, status, ms, begun_ms, bytes, request.id = request, who = who.as_ref(),
            address, "request served"
        );
    }
}

/// A body that is counted, with the line that waits for its end.
struct Counted {
    inner: Body,
    bytes: u64,
    line: Option<(Line, StatusCode, f64)>,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
        {
            self.bytes += data.len() as u64;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some((line, status, begun_ms)) = self.line.take() {
            line.write(status, begun_ms, self.bytes);
        }
    }
}

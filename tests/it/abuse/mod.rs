//! Clients that mean no good, or are broken: each gets the answer it is promised, and nobody else notices.

mod browsers;
mod crowds;
mod http2;
mod imports;
mod requests;
mod tls;

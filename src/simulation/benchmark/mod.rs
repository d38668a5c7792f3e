//! What many runs say together: tables, plots, and one run as a strip of maps.
//!
//! Pure: [`Results`] come in, texts go out, and the same results give the same bytes.
//!
//! - **mean arrival**: over the scenarios in which the UGV arrives. In the others every way is blocked, under every strategy.
//! - **ratio to clairvoyant**: the mean over scenarios of arrival divided by clairvoyant arrival.
//! - **share won**: (mean `ugv_only` - mean strategy) / (mean `ugv_only` - mean clairvoyant), a ratio of means: a scenario in which
//!   there is much to win weighs more.
//! - **standard errors** take networks to be what is sampled, not scenarios: see [`statistics`].

mod axes;
mod film;
mod film_strip;
mod palette;
mod plots;
mod results;
pub mod statistics;
mod summary;
mod svg;
mod tables;
#[cfg(test)]
mod tests;
mod times;

pub use film_strip::{Film, film_strip};
pub use plots::{Factor, Gains, arrival_ratio, gain, gains, planning_time};
pub use results::{Results, Sample, SampleOutcome, Scope};
pub use summary::{Against, Row, rows, share_won};
pub use tables::{NoPlace, csv, files_markdown, insert, overview_markdown};
pub use times::{TimeLine, search_time};

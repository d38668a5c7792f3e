//! From a situation to a decision: searches, the strategies behind one trait, and a checker that verifies plans without
//! sharing code with the planner.
//!
//! Pure like [`crate::domain`]: time, seeds and budgets come in as values.

pub mod budget;
pub mod check;
#[cfg(test)]
mod edge_oracle;
pub mod forecast;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod journey_tests;
pub mod matching;
pub mod odds;
pub mod passage;
mod rollout;
pub mod search;
pub mod situation;
#[cfg(test)]
mod sketch;
pub mod strategy;

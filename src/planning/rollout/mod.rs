//! What is to be expected of a course of action: the rest of the mission played through in sampled worlds.
//!
//! A world is a draw of which unknown segments are blocked, and where. In each, a rollout plays the mission to its end under a
//! fixed [`Policy`], from a first move that is to be judged; the mean arrival over many worlds is the move's worth (policy
//! rollouts: Bertsekas, Tsitsiklis and Wu 1997; for the Canadian Traveller Problem: Eyerich, Keller and Helmert, AAAI 2010).
//! The same worlds serve all candidates (common random numbers), so that what differs is the move and not the luck.
//!
//! Rollouts are made to be many: the UGV's way is searched with the exact distances of the present knowledge as lower bounds, so
//! a search looks at little more than the way itself; UAVs choose their next inspection when they are free, and a
//! blocked segment stands for a straight line when a UAV breaks off its flight. They judge, they do not plan: nothing here ends up in a plan unchecked.

mod arena;
mod dispatch;
mod play;
mod reach;
#[cfg(test)]
mod reach_tests;
mod rota;
mod rule;
#[cfg(test)]
mod tests;
mod way;
mod worlds;

pub(super) use arena::Arena;
pub(super) use play::{FirstMove, Player};
pub(super) use rota::Weights;
pub use rule::Rule;
pub(super) use rule::{Policy, Target};
pub(super) use way::Step;
pub(super) use worlds::{BLOCK, World, Worlds};

//! What the simulation must catch: the engine with one of its rules taken out.

/// A rule that is taken out. The switches are in the simulated replica and its database, not in the code of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mutation {
    /// A replica plans whatever it pleases.
    NoLease,
    /// The answer to a beat counts however late it comes.
    LateBeatCounts,
    /// Events are added wherever the log ends.
    NoCondition,
    /// Repeated reports are added again; the unique index of the reports is still there.
    NoDedup,
    /// The same without the index.
    NoDedupAtAll,
    /// Subscribers are told while the commit is under way.
    ToldBeforeDurable,
    /// What a commit has stored is not told of if the next one follows at once.
    NotTold,
    /// A write whose answer was lost is taken for not executed, and the sweep, which would make it good, looks for nothing when
    /// the replica is alone.
    NoDoubt,
    /// A plan is stored although the knowledge is newer.
    NoAdmission,
    /// Nobody is told of others' events, and nobody looks for them.
    NoHintsNorSweep,
    /// A replica that is alone does not look for what others wrote before they died.
    NoLookWhenAlone,
    /// Positions whose write was in doubt are not read again.
    NoPositionDoubt,
    /// The sweep does not look for missions whose plan is behind.
    NoUnplannedSweep,
    /// The sweep does not look for closings that expired.
    NoExpiry,
    /// What is refused, or changes nothing, is answered by what the replica has heard of.
    NoCheckOfRefusals,
    /// A resumed stream begins with what comes next.
    NoReplay,
}

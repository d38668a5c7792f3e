//! The vehicles' radio: sends positions and findings in the order in which they were made, while the vehicles move on.

use tokio::sync::mpsc;

use super::client::{Client, PositionBody, ReportAccepted, ReportBody};
use crate::chain;
use crate::domain::ids::MissionId;

/// The most reports of one request.
const MAX_BATCH: usize = 1_000;

/// What is to be sent at one moment: positions, and what was found there.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) positions: Vec<PositionBody>,
    pub(super) reports: Vec<ReportBody>,
}

/// Sends until there is nothing more to come or the mission is over. While the service is away, positions are replaced by
/// later ones, and findings wait: none is lost, and each keeps its id.
pub(super) async fn transmit(
    client: Client,
    mission: MissionId,
    mut outgoing: mpsc::UnboundedReceiver<Message>,
    accepted: mpsc::UnboundedSender<ReportAccepted>,
) {
    while let Some(mut message) = outgoing.recv().await {
        while message.reports.len() < MAX_BATCH
            && let Ok(later) = outgoing.try_recv()
        {
            message.positions = later.positions;
            message.reports.extend(later.reports);
        }
        // Positions first: the plan that answers a finding begins where the vehicles are now.
        if let Err(error) = client.tell_positions(mission, &message.positions).await {
            if error.is_mission_over() {
                return;
            }
            tracing::error!(error = chain::of(&error), "positions were refused");
        }
        for batch in message.reports.chunks(MAX_BATCH) {
            match client.report(mission, batch).await {
                Ok(answers) => answers.into_iter().for_each(|answer| drop(accepted.send(answer))),
                Err(error) if error.is_mission_over() => return,
                Err(error) => tracing::error!(error = chain::of(&error), "findings were refused"),
            }
        }
    }
}

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
    /// The UGV is at the end of its route: these positions may end the mission, which takes no findings then.
    pub(super) is_last: bool,
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
            message.is_last |= later.is_last;
        }
        let told = if message.is_last {
            tell_findings(&client, mission, &message, &accepted).await
                && tell_positions(&client, mission, &message).await
        } else {
            // Positions first: the plan that answers a finding begins where the vehicles are now.
            tell_positions(&client, mission, &message).await
                && tell_findings(&client, mission, &message, &accepted).await
        };
        if !told {
            return;
        }
    }
}

/// Returns whether the mission is still to be told anything.
async fn tell_positions(client: &Client, mission: MissionId, message: &Message) -> bool {
    match client.tell_positions(mission, &message.positions).await {
        Err(error) if error.is_mission_over() => return false,
        Err(error) => tracing::error!(error = chain::of(&error), "positions were refused"),
        Ok(()) => {}
    }
    true
}

/// Returns whether the mission is still to be told anything.
async fn tell_findings(
    client: &Client,
    mission: MissionId,
    message: &Message,
    accepted: &mpsc::UnboundedSender<ReportAccepted>,
) -> bool {
    for batch in message.reports.chunks(MAX_BATCH) {
        match client.report(mission, batch).await {
            Ok(answers) => answers.into_iter().for_each(|answer| drop(accepted.send(answer))),
            Err(error) if error.is_mission_over() => return false,
            Err(error) => tracing::error!(error = chain::of(&error), "findings were refused"),
        }
    }
    true
}

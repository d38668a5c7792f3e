//! What the document says of streams: which events come, and what is in them.

use serde_json::{Value, json};

/// The kinds of events that are entries of the log.
const LOGGED: [&str; 5] = ["plan", "report", "closure", "vehicle", "mission"];

/// The schema of one event of a stream, of one mission or of several: what is under `data` is JSON of the schema that belongs to the
/// kind of event.
pub(super) fn stream_event(is_joint: bool) -> Value {
    let event = |kinds: &[&str], content: &str, has_id: bool| {
        let content = json!({ "$ref": format!("#/components/schemas/{content}") });
        let mission = json!({ "required": ["mission_id"], "properties": {
            "mission_id": { "$ref": "#/components/schemas/MissionId", "description": "The mission that it is about" },
        } });
        let content =
            if is_joint && !kinds.contains(&"heartbeat") { json!({ "allOf": [mission, content] }) } else { content };
        let mut fields = json!({
            "event": { "enum": kinds },
            "data": { "type": "string", "contentMediaType": "application/json", "contentSchema": content },
        });
        let mut required = vec!["event", "data"];
        if has_id {
            fields["id"] = json!({ "type": "string", "pattern": "^[0-9]{1,19}(\\.[0-9]{1,19}){0,63}$" });
            if !is_joint {
                required.push("id");
            }
        }
        json!({ "type": "object", "title": kinds.join(", "), "properties": fields, "required": required })
    };
    let heartbeat = if is_joint { "JointHeartbeat" } else { "Heartbeat" };
    json!({
        "description": "One event of the stream",
        "oneOf": [
            event(&["snapshot"], "SnapshotView", true),
            event(&LOGGED, "MissionEvent", true),
            event(&["position"], "PositionView", false),
            event(&["heartbeat"], heartbeat, false),
        ],
    })
}

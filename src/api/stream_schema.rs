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
        let mut event = event_of(kinds, &content);
        if has_id {
            event["properties"]["id"] = json!({ "type": "string", "pattern": "^[0-9]{1,19}(\\.[0-9]{1,19}){0,63}$" });
            if let Some(required) = event["required"].as_array_mut().filter(|_| !is_joint) {
                required.push(json!("id"));
            }
        }
        event
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

/// The schema of one event of an import's stream.
pub(super) fn import_event() -> Value {
    let import = json!({ "$ref": "#/components/schemas/ImportView" });
    let time = json!({ "$ref": "#/components/schemas/Timestamp" });
    let heartbeat = json!({ "type": "object", "properties": { "time": time }, "required": ["time"] });
    json!({
        "description": "One event of the stream",
        "oneOf": [event_of(&["import"], &import), event_of(&["heartbeat"], &heartbeat)],
    })
}

/// The schema of an event of these kinds whose data is JSON of that schema.
fn event_of(kinds: &[&str], content: &Value) -> Value {
    json!({
        "type": "object", "title": kinds.join(", "), "required": ["event", "data"],
        "properties": {
            "event": { "enum": kinds },
            "data": { "type": "string", "contentMediaType": "application/json", "contentSchema": content },
        },
    })
}

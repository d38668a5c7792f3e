//! What the document says of requests and streams beyond the types of their fields: which fields go together, what an event holds.
//!
//! Handlers check all of it themselves; here it is said in JSON Schema, so that clients made from the document know it, and
//! `.ci/api` can try whether both are the same.

use serde_json::{Map, Value, json};

/// One way to fill in an object.
struct Form {
    /// The fields that it must have.
    has: &'static [&'static str],
    /// Those that it may have as well. What only other forms have or may have is absent here, or null.
    may: &'static [&'static str],
    /// A field that is there in any case, and what it says in this form.
    says: Option<(&'static str, Word)>,
}

/// What a field says.
enum Word {
    OneOf(&'static [&'static str]),
    Not(&'static str),
}

const fn form(has: &'static [&'static str], may: &'static [&'static str]) -> Form {
    Form { has, may, says: None }
}

impl Form {
    const fn if_one_of(self, field: &'static str, words: &'static [&'static str]) -> Self {
        Form { says: Some((field, Word::OneOf(words))), ..self }
    }

    const fn if_not(self, field: &'static str, word: &'static str) -> Self {
        Form { says: Some((field, Word::Not(word))), ..self }
    }
}

/// The forms of requests. Of each group exactly one is met.
const FORMS: &[(&str, &[&[Form]])] = &[
    (
        "LocationRequest",
        &[&[
            form(&["node"], &[]),
            form(&["position"], &["heading_deg", "snap_limit_m"]),
            form(&["segment", "offset_m"], &[]),
        ]],
    ),
    (
        "CreateClosure",
        &[&[
            form(&["segments"], &["expires_at"]).if_one_of("action", &["close"]),
            form(&["area"], &["expires_at"]).if_one_of("action", &["close"]),
            form(&["segments"], &[]).if_one_of("action", &["reopen"]),
            form(&["area"], &[]).if_one_of("action", &["reopen"]),
        ]],
    ),
    (
        "ReportRequest",
        &[
            &[form(&["segment"], &[]), form(&["position"], &["heading_deg"])],
            &[
                form(&[], &[]).if_one_of("finding", &["clear"]),
                form(&[], &["blockage_offset_m"]).if_one_of("finding", &["blocked"]),
                form(&["blockage_position"], &[]).if_one_of("finding", &["blocked"]),
            ],
        ],
    ),
    (
        "PositionRequest",
        &[&[
            form(&["position"], &["heading_deg"]),
            form(&["position", "inspecting"], &["heading_deg"]).if_not("vehicle", "ugv"),
            form(&["segment", "offset_m"], &[]).if_one_of("vehicle", &["ugv"]),
        ]],
    ),
    (
        "CreateKey",
        &[&[
            form(&["mission_id", "vehicle"], &[]).if_one_of("role", &["vehicle"]),
            form(&[], &[]).if_one_of("role", &["viewer", "operator", "admin"]),
        ]],
    ),
];

/// The kinds of events that are entries of the log.
const LOGGED: [&str; 5] = ["plan", "report", "closure", "vehicle", "mission"];

/// Completes the schemas of requests.
pub(super) fn complete_schemas(schemas: &mut Map<String, Value>) {
    for (name, groups) in FORMS {
        let Some(schema) = schemas.get_mut(*name) else { continue };
        let choices: Vec<Value> = groups.iter().map(|forms| choice(forms, &schema["properties"])).collect();
        match choices.as_slice() {
            [one] => schema["oneOf"] = one.clone(),
            _ => schema["allOf"] = choices.into_iter().map(|one| json!({ "oneOf": one })).collect(),
        }
    }
    if let Some(rings) = schemas.get_mut("PolygonRequest").map(|area| &mut area["properties"]["coordinates"]) {
        rings["minItems"] = json!(1);
        rings["items"]["minItems"] = json!(4);
    }
}

/// A schema for each form.
fn choice(forms: &[Form], properties: &Value) -> Value {
    let all: Vec<&str> = forms.iter().flat_map(|form| form.has.iter().chain(form.may)).copied().collect();
    let schema = |form: &Form| {
        let mut fields = Map::new();
        for field in &all {
            if form.has.contains(field) {
                fields.insert((*field).to_owned(), without_null(&properties[*field]));
            } else if !form.may.contains(field) {
                fields.insert((*field).to_owned(), json!({ "type": "null" }));
            }
        }
        match &form.says {
            Some((field, Word::OneOf(words))) => fields.insert((*field).to_owned(), json!({ "enum": words })),
            Some((field, Word::Not(word))) => fields.insert((*field).to_owned(), json!({ "not": { "enum": [word] } })),
            None => None,
        };
        json!({ "properties": fields, "required": form.has })
    };
    forms.iter().map(schema).collect()
}

/// The schema of a field that may be null, for where it may not.
fn without_null(schema: &Value) -> Value {
    let is_null = |kind: &Value| kind == "null" || kind["type"] == "null";
    let mut schema = schema.clone();
    let Some(fields) = schema.as_object_mut() else { return schema };
    fields.remove("description");
    if let Some(Value::Array(kinds)) = fields.get_mut("type") {
        kinds.retain(|kind| !is_null(kind));
        if let [one] = kinds.as_slice() {
            let one = one.clone();
            fields.insert("type".into(), one);
        }
    }
    match fields.get("oneOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([null, other] | [other, null]) if is_null(null) => {
            let mut other = other.clone();
            if let Some(other) = other.as_object_mut() {
                other.remove("description");
            }
            other
        }
        _ => schema,
    }
}

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

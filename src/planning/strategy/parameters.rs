//! Parameters of strategies that take none.

use serde_json::{Map, Value, json};

use super::ParameterFault;

/// The JSON Schema of an object without properties.
pub(super) fn none_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {},
        "additionalProperties": false,
    })
}

/// That there is no parameter.
pub(super) fn expect_none(strategy: &str, parameters: &Map<String, Value>) -> Result<(), ParameterFault> {
    match parameters.keys().next() {
        None => Ok(()),
        Some(parameter) => Err(ParameterFault {
            parameter: parameter.clone(),
            message: format!("{strategy} takes no parameters, so it has none named {parameter:?}"),
        }),
    }
}

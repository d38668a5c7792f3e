//! The parameters of strategies, each said once: its JSON Schema, its check and its reading follow from it.
//!
//! ```text
//! const K: Integer = Integer { name: "k", default: 3, minimum: 1, maximum: 10, description: "How many paths" };
//!
//! fn parameters(&self) -> &'static [Parameter] {     // of the trait: schema and check follow
//!     &[Parameter::Integer(K)]
//! }
//! let k = K.of(parameters);                          // in `decide`
//! ```
//!
//! Reading never fails: what was not given, or would not have passed the check, is the default.

use serde_json::{Map, Value, json};

use super::ParameterFault;

/// A parameter that a strategy takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parameter {
    /// A whole number.
    Integer(Integer),
    /// Any finite number.
    Number(Number),
    /// Yes or no.
    Boolean(Boolean),
    /// One of several names.
    Choice(Choice),
}

/// A whole number within limits, both of which are allowed. `3.0` is one too, as in JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer {
    /// What it is called.
    pub name: &'static str,
    /// What it is if it is not given.
    pub default: u64,
    /// The least it may be.
    pub minimum: u64,
    /// The most it may be.
    pub maximum: u64,
    /// What it does, and what choosing more or less of it means.
    pub description: &'static str,
}

/// A number within limits, both of which are allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// What it is called.
    pub name: &'static str,
    /// What it is if it is not given.
    pub default: f64,
    /// The least it may be.
    pub minimum: f64,
    /// The most it may be.
    pub maximum: f64,
    /// What it does, and what choosing more or less of it means.
    pub description: &'static str,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boolean {
    /// What it is called.
    pub name: &'static str,
    /// What it is if it is not given.
    pub default: bool,
    /// What it does.
    pub description: &'static str,
}

/// One of several names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it is called.
    pub name: &'static str,
    /// What it is if it is not given.
    pub default: &'static str,
    /// What it may be.
    pub names: &'static [&'static str],
    /// What it chooses, and what each name means.
    pub description: &'static str,
}

impl Integer {
    /// Its value among the parameters given.
    pub fn of(&self, parameters: &Map<String, Value>) -> u64 {
        parameters.get(self.name).and_then(|value| self.accept(value)).unwrap_or(self.default)
    }

    fn accept(&self, value: &Value) -> Option<u64> {
        // Beyond 2^53 a floating-point number no longer says which integer is meant.
        let whole = |x: &f64| *x >= 0.0 && *x <= 9_007_199_254_740_992.0 && x.trunc() == *x;
        let given = value.as_u64().or_else(|| value.as_f64().filter(whole).map(|x| x as u64))?;
        (self.minimum..=self.maximum).contains(&given).then_some(given)
    }
}

impl Number {
    /// Its value among the parameters given.
    pub fn of(&self, parameters: &Map<String, Value>) -> f64 {
        parameters.get(self.name).and_then(|value| self.accept(value)).unwrap_or(self.default)
    }

    fn accept(&self, value: &Value) -> Option<f64> {
        value.as_f64().filter(|given| (self.minimum..=self.maximum).contains(given))
    }
}

impl Boolean {
    /// Its value among the parameters given.
    pub fn of(&self, parameters: &Map<String, Value>) -> bool {
        parameters.get(self.name).and_then(Value::as_bool).unwrap_or(self.default)
    }
}

impl Choice {
    /// Its value among the parameters given.
    pub fn of(&self, parameters: &Map<String, Value>) -> &'static str {
        parameters.get(self.name).and_then(|value| self.accept(value)).unwrap_or(self.default)
    }

    fn accept(&self, value: &Value) -> Option<&'static str> {
        let given = value.as_str()?;
        self.names.iter().copied().find(|name| *name == given)
    }
}

impl Parameter {
    /// What it is called.
    pub fn name(&self) -> &'static str {
        match self {
            Parameter::Integer(it) => it.name,
            Parameter::Number(it) => it.name,
            Parameter::Boolean(it) => it.name,
            Parameter::Choice(it) => it.name,
        }
    }

    /// The JSON Schema of its value.
    fn schema(&self) -> Value {
        match self {
            Parameter::Integer(Integer { default, minimum, maximum, description, .. }) => json!({
                "type": "integer",
                "default": default,
                "minimum": minimum,
                "maximum": maximum,
                "description": description,
            }),
            Parameter::Number(Number { default, minimum, maximum, description, .. }) => json!({
                "type": "number",
                "default": default,
                "minimum": minimum,
                "maximum": maximum,
                "description": description,
            }),
            Parameter::Boolean(Boolean { default, description, .. }) => {
                json!({ "type": "boolean", "default": default, "description": description })
            }
            Parameter::Choice(Choice { default, names, description, .. }) => {
                json!({ "type": "string", "enum": names, "default": default, "description": description })
            }
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        match self {
            Parameter::Integer(it) => it.accept(value).is_some(),
            Parameter::Number(it) => it.accept(value).is_some(),
            Parameter::Boolean(_) => value.is_boolean(),
            Parameter::Choice(it) => it.accept(value).is_some(),
        }
    }

    /// What it may be, to complete "must be".
    fn allowed(&self) -> String {
        match self {
            Parameter::Integer(it) => format!("an integer from {} to {}", it.minimum, it.maximum),
            Parameter::Number(it) => format!("a number from {} to {}", it.minimum, it.maximum),
            Parameter::Boolean(_) => "true or false".to_owned(),
            Parameter::Choice(it) => {
                let names: Vec<String> = it.names.iter().map(|name| format!("{name:?}")).collect();
                format!("one of {}", names.join(", "))
            }
        }
    }
}

/// The JSON Schema (2020-12) of an object of these parameters, none of which must be given.
pub(super) fn schema(parameters: &[Parameter]) -> Value {
    let properties: Map<String, Value> = parameters.iter().map(|it| (it.name().to_owned(), it.schema())).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

/// That what is given is among the parameters and in range.
pub(super) fn check(
    strategy: &str,
    parameters: &[Parameter],
    given: &Map<String, Value>,
) -> Result<(), ParameterFault> {
    for (name, value) in given {
        let fault = |message| ParameterFault { parameter: name.clone(), message };
        match parameters.iter().find(|it| it.name() == name) {
            Some(it) if it.accepts(value) => {}
            Some(it) => {
                return Err(fault(format!("{name} must be {}, but is {}", it.allowed(), in_short(value))));
            }
            None if parameters.is_empty() => {
                return Err(fault(format!(
                    "{strategy} takes no parameters, so it has none named {}",
                    in_short(&json!(name))
                )));
            }
            None => {
                let known: Vec<&str> = parameters.iter().map(Parameter::name).collect();
                return Err(fault(format!(
                    "{strategy} has no parameter {}; it has {}",
                    in_short(&json!(name)),
                    known.join(", ")
                )));
            }
        }
    }
    Ok(())
}

/// The value as JSON, with an end if it is long: what was given may be anything.
fn in_short(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const K: Integer = Integer { name: "k", default: 3, minimum: 1, maximum: 10, description: "paths" };
    const SHARE: Number = Number { name: "share", default: 0.5, minimum: 0.0, maximum: 1.0, description: "share" };
    const EAGER: Boolean = Boolean { name: "eager", default: true, description: "eager" };
    const ORDER: Choice =
        Choice { name: "order", default: "due", names: &["due", "length"], description: "what comes first" };
    const ALL: &[Parameter] =
        &[Parameter::Integer(K), Parameter::Number(SHARE), Parameter::Boolean(EAGER), Parameter::Choice(ORDER)];

    fn given(name: &str, value: Value) -> Map<String, Value> {
        Map::from_iter([(name.to_owned(), value)])
    }

    #[test]
    fn the_schema_tells_type_default_range_and_purpose_of_each() {
        let expected = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "k": { "type": "integer", "default": 3, "minimum": 1, "maximum": 10, "description": "paths" },
                "share": { "type": "number", "default": 0.5, "minimum": 0.0, "maximum": 1.0, "description": "share" },
                "eager": { "type": "boolean", "default": true, "description": "eager" },
                "order":
                    { "type": "string", "enum": ["due", "length"], "default": "due", "description": "what comes first" },
            },
            "additionalProperties": false,
        });
        assert_eq!(schema(ALL), expected);
    }

    #[test]
    fn what_is_not_given_is_the_default_and_what_is_given_counts() {
        let none = Map::new();
        assert_eq!((K.of(&none), SHARE.of(&none), EAGER.of(&none), ORDER.of(&none)), (3, 0.5, true, "due"));
        let all = [("k", json!(7)), ("share", json!(1)), ("eager", json!(false)), ("order", json!("length"))];
        let all = Map::from_iter(all.map(|(name, value)| (name.to_owned(), value)));
        assert_eq!(check("a", ALL, &all), Ok(()));
        assert_eq!((K.of(&all), SHARE.of(&all), EAGER.of(&all), ORDER.of(&all)), (7, 1.0, false, "length"));
        assert_eq!(K.of(&given("k", json!(4.0))), 4);
    }

    #[test]
    fn a_fault_names_the_parameter_what_was_given_and_what_may_be() {
        let faults = [
            ("k", json!(11), "k must be an integer from 1 to 10, but is 11"),
            ("k", json!(0), "k must be an integer from 1 to 10, but is 0"),
            ("k", json!(-1), "k must be an integer from 1 to 10, but is -1"),
            ("k", json!(2.5), "k must be an integer from 1 to 10, but is 2.5"),
            ("k", json!(1e300), "k must be an integer from 1 to 10, but is 1e+300"),
            ("k", json!("3"), "k must be an integer from 1 to 10, but is \"3\""),
            ("k", json!(null), "k must be an integer from 1 to 10, but is null"),
            ("share", json!(1.01), "share must be a number from 0 to 1, but is 1.01"),
            ("share", json!(true), "share must be a number from 0 to 1, but is true"),
            ("eager", json!(1), "eager must be true or false, but is 1"),
            ("order", json!("Due"), "order must be one of \"due\", \"length\", but is \"Due\""),
            ("order", json!(["due"]), "order must be one of \"due\", \"length\", but is [\"due\"]"),
            ("n", json!(1), "bold has no parameter \"n\"; it has k, share, eager, order"),
        ];
        for (name, value, message) in faults {
            let fault = ParameterFault { parameter: name.to_owned(), message: message.to_owned() };
            assert_eq!(check("bold", ALL, &given(name, value)), Err(fault));
        }
        let fault = check("plain", &[], &given("k", json!(3))).unwrap_err();
        assert_eq!(fault.message, "plain takes no parameters, so it has none named \"k\"");
    }

    #[test]
    fn a_fault_does_not_give_a_long_value_back() {
        let fault = check("bold", ALL, &given("order", json!("ä".repeat(10_000)))).unwrap_err();
        assert_eq!(fault.message, format!("order must be one of \"due\", \"length\", but is \"{}...", "ä".repeat(59)));
    }
}

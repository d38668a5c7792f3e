//! Strategies as the command line names them.

use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use crate::planning::strategy::{Strategies, Strategy};

/// A strategy with its parameters.
#[derive(Clone)]
pub(in crate::commands) struct Selected {
    /// What the command line says, by which results are told apart.
    pub(in crate::commands) label: String,
    pub(in crate::commands) strategy: Arc<dyn Strategy>,
    pub(in crate::commands) parameters: Map<String, Value>,
}

impl Selected {
    /// The strategies named, each as `NAME` or `NAME:{"parameter": value}`; all of them where none is.
    pub(in crate::commands) fn all(names: &[String]) -> anyhow::Result<Vec<Self>> {
        let strategies = Strategies::built_in();
        if names.is_empty() {
            let with_defaults = |strategy: &Arc<dyn Strategy>| Self {
                label: strategy.name().to_owned(),
                strategy: Arc::clone(strategy),
                parameters: Map::new(),
            };
            return Ok(strategies.iter().map(with_defaults).collect());
        }
        let mut selected: Vec<Self> = Vec::new();
        for label in names {
            let (name, parameters) = label.split_once(':').unwrap_or((label, "{}"));
            let Some(strategy) = strategies.get(name) else {
                let known: Vec<&str> = strategies.iter().map(|strategy| strategy.name()).collect();
                bail!("there is no strategy {name:?}; there are {}", known.join(", "));
            };
            let parameters: Map<String, Value> = serde_json::from_str(parameters)
                .with_context(|| format!("the parameters of {label:?} are no JSON object, such as {{\"k\": 3}}"))?;
            strategy.check_parameters(&parameters).with_context(|| format!("--strategy {label}"))?;
            if selected.iter().any(|other| other.label == *label) {
                bail!("--strategy {label} is given twice");
            }
            selected.push(Self { label: label.clone(), strategy: Arc::clone(strategy), parameters });
        }
        Ok(selected)
    }
}

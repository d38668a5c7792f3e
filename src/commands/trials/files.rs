//! Scenario files and the networks they are about, read from disk.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use rayon::prelude::*;

use crate::domain::network::Network;
use crate::import::from_line_coverage;
use crate::simulation::{Options, Scenario, Trial, read_scenarios};

/// A scenario with its network and where it was read.
pub(in crate::commands) struct Loaded {
    pub(in crate::commands) scenario: Scenario,
    network: Arc<Network>,
    file: PathBuf,
    line: usize,
}

impl Loaded {
    /// The scenario put onto its network.
    pub(in crate::commands) fn trial(&self, seed: u64) -> anyhow::Result<Trial> {
        Trial::new(&self.scenario, &self.network, seed).with_context(|| self.at())
    }

    /// The file and line, and the scenario's name.
    pub(in crate::commands) fn at(&self) -> String {
        format!("{}:{}: scenario {}", self.file.display(), self.line, self.scenario.id)
    }

    /// The scenario's network.
    pub(in crate::commands) fn network(&self) -> &Network {
        &self.network
    }
}

/// Reads the options of a file: a JSON object.
pub(in crate::commands) fn read_options(path: &Path) -> anyhow::Result<Options> {
    let text = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} has no options", path.display()))
}

/// Reads scenario files, one list a file, and the networks below the folder that they name. Every scenario is put onto its
/// network once, so that a mistake shows before hours of running.
pub(in crate::commands) fn load(networks: &Path, files: &[PathBuf]) -> anyhow::Result<Vec<Vec<Loaded>>> {
    load_with(networks, files, None)
}

/// The same, with options for the scenarios that have none of their own.
pub(in crate::commands) fn load_with(
    networks: &Path,
    files: &[PathBuf],
    options: Option<&Options>,
) -> anyhow::Result<Vec<Vec<Loaded>>> {
    let mut read = Vec::new();
    for file in files {
        let reader = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let mut scenarios = read_scenarios(BufReader::new(reader))
            .map_err(|fault| anyhow::anyhow!("{}:{}: {}", file.display(), fault.line, fault.message))?;
        for (line, scenario) in &mut scenarios {
            if scenario.options.is_none() {
                scenario.options = options.cloned();
                scenario.check().map_err(|fault| anyhow::anyhow!("{}:{line}: {fault}", file.display()))?;
            }
        }
        if scenarios.is_empty() {
            bail!("{} has no scenario", file.display());
        }
        read.push((file, scenarios));
    }
    let names: BTreeMap<&str, String> = read
        .iter()
        .flat_map(|(file, scenarios)| scenarios.iter().map(move |(line, scenario)| (file, line, scenario)))
        .map(|(file, line, scenario)| (scenario.network.as_str(), format!("{}:{line}", file.display())))
        .rev()
        .collect();
    let loaded: Vec<(&str, Arc<Network>)> = names
        .par_iter()
        .map(|(name, at)| network(networks, name, at).map(|network| (*name, Arc::new(network))))
        .collect::<anyhow::Result<_>>()?;
    let loaded: BTreeMap<String, Arc<Network>> =
        loaded.into_iter().map(|(name, network)| (name.to_owned(), network)).collect();
    let mut lists = Vec::new();
    for (file, scenarios) in read {
        let mut list = Vec::new();
        for (line, scenario) in scenarios {
            let network = loaded.get(&scenario.network).map(Arc::clone).context("every network was read")?;
            let scenario = Loaded { scenario, network, file: file.clone(), line };
            scenario.trial(0)?;
            list.push(scenario);
        }
        lists.push(list);
    }
    Ok(lists)
}

fn network(folder: &Path, name: &str, named_at: &str) -> anyhow::Result<Network> {
    let folder = folder.join(name);
    let read = |file: &str| {
        let path = folder.join(file);
        std::fs::read(&path).with_context(|| format!("{named_at}: network {name}: {} cannot be read", path.display()))
    };
    let imported = from_line_coverage(&read("node_data")?, &read("req_edge_list")?)
        .with_context(|| format!("{named_at}: network {name} in {}", folder.display()))?;
    Ok(imported.network)
}

//! What a benchmark measured, before anything is made of it.

/// The outcomes of many scenarios, each under the same strategies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    /// The scenario files' names, in the order in which they were given.
    pub files: Vec<String>,
    /// The strategies as the command line names them, perhaps with parameters: `k_shortest_paths:{"k":5}`.
    pub strategies: Vec<String>,
    /// The position among them of the one that all others are measured against: `ugv_only`.
    pub reference: usize,
    /// One for each scenario.
    pub samples: Vec<Sample>,
}

/// One scenario under all strategies.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The position of its file in [`Results::files`].
    pub file: usize,
    /// The network's name, such as `large/tokyo`.
    pub network: String,
    /// How many segments the network has.
    pub segment_count: usize,
    /// How many UAVs there are.
    pub uav_count: usize,
    /// The UAVs' speed divided by the UGV's.
    pub speed_ratio: f64,
    /// The probability with which a segment is blocked, as far as a strategy may know.
    pub block_probability: f64,
    /// The bound that no strategy can beat, in seconds; `None` if there is no way.
    pub clairvoyant_s: Option<f64>,
    /// What came of it, in the order of [`Results::strategies`].
    pub outcomes: Vec<SampleOutcome>,
}

/// One scenario under one strategy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleOutcome {
    /// When the UGV arrived, in seconds; `None` if there is no way.
    pub arrival_s: Option<f64>,
    /// How long each decision took, in milliseconds; empty if times were not to be kept.
    pub decisions_ms: Vec<f64>,
}

impl Sample {
    /// What networks of one size have in common: the name's beginning up to a slash; empty if there is none.
    pub fn group(&self) -> &str {
        self.network.split_once('/').map_or("", |(group, _)| group)
    }

    /// When the UGV arrived under a strategy, in seconds.
    pub fn arrival_s(&self, strategy: usize) -> Option<f64> {
        self.outcomes.get(strategy)?.arrival_s
    }

    /// The arrival divided by the clairvoyant's; `None` without arrival, or where the goal is the start.
    pub fn arrival_ratio(&self, strategy: usize) -> Option<f64> {
        let clairvoyant_s = self.clairvoyant_s.filter(|clairvoyant_s| *clairvoyant_s > 0.0)?;
        Some(self.arrival_s(strategy)? / clairvoyant_s)
    }
}

/// Which scenarios are taken together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of one file, by its position.
    File(usize),
    /// Those on the networks of one group.
    Group(String),
    /// All of them.
    Everything,
}

impl Scope {
    /// Whether the scenario is one of them.
    pub fn holds(&self, sample: &Sample) -> bool {
        match self {
            Self::File(file) => sample.file == *file,
            Self::Group(group) => sample.group() == group,
            Self::Everything => true,
        }
    }
}

impl Results {
    /// The groups of networks, in the order of their names.
    pub fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = self.samples.iter().map(Sample::group).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// What deserves rows of its own: everything and each group where there are several files or groups, then each file.
    pub fn scopes(&self) -> Vec<Scope> {
        let groups = self.groups();
        let mut scopes = Vec::new();
        if self.files.len() > 1 || groups.len() > 1 {
            scopes.push(Scope::Everything);
        }
        if groups.len() > 1 {
            scopes.extend(groups.iter().map(|group| Scope::Group((*group).to_owned())));
        }
        scopes.extend((0..self.files.len()).map(Scope::File));
        scopes
    }

    /// What a scope is called in tables.
    pub fn name(&self, scope: &Scope) -> String {
        match scope {
            Scope::File(file) => self.files.get(*file).cloned().unwrap_or_default(),
            Scope::Group(group) if group.is_empty() => "networks of no group".to_owned(),
            Scope::Group(group) => format!("all {group}"),
            Scope::Everything => "everything".to_owned(),
        }
    }

    /// The samples of a scope.
    pub fn samples_of<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(|sample| scope.holds(sample))
    }
}

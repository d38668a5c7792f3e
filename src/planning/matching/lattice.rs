//! The lattice of places: the most likely sequence, and how probable each of its places is.
//!
//! All numbers are logarithms of probabilities, but for constants that all sequences share.

use crate::domain::network::Snap;

/// The places of one fix.
#[derive(Debug)]
pub(super) struct Layer {
    /// The position of the fix.
    pub(super) fix: usize,
    /// The places, the nearest first: at least one.
    pub(super) candidates: Vec<Snap>,
    /// The one of the most likely sequence. Only right at the end.
    pub(super) chosen: usize,
    /// How probable that is given all fixes. Only right at the end.
    pub(super) confidence: f64,
    emissions: Vec<f64>,
    /// From each place of the layer before to each of this: row by row.
    transitions: Vec<f64>,
    /// The most likely sequence that ends here.
    best: Vec<f64>,
    /// The place before in that.
    before: Vec<usize>,
}

impl Layer {
    pub(super) fn new(fix: usize, candidates: Vec<Snap>, emissions: Vec<f64>) -> Self {
        let (best, before) = (emissions.clone(), vec![0; candidates.len()]);
        Self { fix, candidates, chosen: 0, confidence: 0.0, emissions, transitions: Vec::new(), best, before }
    }
}

/// Layers in a row.
#[derive(Debug, Default)]
pub(super) struct Lattice {
    layers: Vec<Layer>,
}

impl Lattice {
    pub(super) fn last(&self) -> Option<&Layer> {
        self.layers.last()
    }

    pub(super) fn begin(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    /// Appends a layer, unless none of its places can be reached; tells whether it did. Of equally likely places before, the
    /// nearest to its fix counts.
    pub(super) fn extend(&mut self, mut layer: Layer, transitions: Vec<f64>) -> bool {
        let Some(last) = self.layers.last() else { return false };
        let count = layer.candidates.len();
        for j in 0..count {
            let (mut best, mut before) = (f64::NEG_INFINITY, 0);
            for (k, likely) in last.best.iter().enumerate() {
                let through = likely + transitions[k * count + j];
                if through > best {
                    (best, before) = (through, k);
                }
            }
            layer.best[j] = best + layer.emissions[j];
            layer.before[j] = before;
        }
        if layer.best.iter().all(|best| *best == f64::NEG_INFINITY) {
            return false;
        }
        layer.transitions = transitions;
        self.layers.push(layer);
        true
    }

    /// The layers with the most likely sequence chosen; nothing is left.
    pub(super) fn end(&mut self) -> Vec<Layer> {
        let mut layers = std::mem::take(&mut self.layers);
        let mut chosen = layers.last().map_or(0, |last| first_greatest(&last.best));
        for layer in layers.iter_mut().rev() {
            layer.chosen = chosen;
            chosen = layer.before[chosen];
        }
        weigh(&mut layers);
        layers
    }
}

/// Gives each layer the probability of its chosen place: the forward and backward algorithm.
fn weigh(layers: &mut [Layer]) {
    let mut ahead: Vec<Vec<f64>> = Vec::with_capacity(layers.len());
    for layer in layers.iter() {
        let count = layer.candidates.len();
        let reached =
            |before: &Vec<f64>, j: usize| sum((0..before.len()).map(|k| before[k] + layer.transitions[k * count + j]));
        let mut likely: Vec<f64> =
            (0..count).map(|j| layer.emissions[j] + ahead.last().map_or(0.0, |before| reached(before, j))).collect();
        centre(&mut likely);
        ahead.push(likely);
    }
    let mut behind: Vec<f64> = layers.last().map_or(Vec::new(), |last| vec![0.0; last.candidates.len()]);
    for i in (0..layers.len()).rev() {
        let likely: Vec<f64> = ahead[i].iter().zip(&behind).map(|(a, b)| a + b).collect();
        let chosen = likely[layers[i].chosen];
        layers[i].confidence = (chosen - sum(likely.iter().copied())).exp().clamp(0.0, 1.0);
        if i > 0 {
            let (layer, count) = (&layers[i], layers[i].candidates.len());
            behind = (0..layers[i - 1].candidates.len())
                .map(|k| sum((0..count).map(|j| layer.transitions[k * count + j] + layer.emissions[j] + behind[j])))
                .collect();
            centre(&mut behind);
        }
    }
}

/// The logarithm of the sum of what these are logarithms of.
fn sum(logarithms: impl Iterator<Item = f64> + Clone) -> f64 {
    let greatest = logarithms.clone().fold(f64::NEG_INFINITY, f64::max);
    if greatest == f64::NEG_INFINITY {
        return greatest;
    }
    greatest + logarithms.map(|l| (l - greatest).exp()).sum::<f64>().ln()
}

/// Takes the greatest off all, so that they stay small however long the track is.
fn centre(logarithms: &mut [f64]) {
    let greatest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if greatest > f64::NEG_INFINITY {
        logarithms.iter_mut().for_each(|l| *l -= greatest);
    }
}

fn first_greatest(numbers: &[f64]) -> usize {
    let mut best = 0;
    for (i, number) in numbers.iter().enumerate() {
        if *number > numbers[best] {
            best = i;
        }
    }
    best
}

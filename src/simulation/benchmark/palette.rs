//! One colour and one mark for each strategy, in all plots.

/// How a strategy is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) colour: &'static str,
    pub(super) mark: Mark,
    /// Whether it is the one to look at.
    pub(super) is_strong: bool,
}

/// A mark's shape: who cannot tell two colours apart has another way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    Circle,
    Square,
    Diamond,
    Up,
    Down,
}

/// The colours of Okabe and Ito (*Color universal design*, 2008), their yellow, which white swallows, replaced by a wine red of Tol's.
const KNOWN: [(&str, &str, Mark); 8] = [
    ("ugv_only", "#6b7280", Mark::Square),
    ("shortest_path", "#56b4e9", Mark::Circle),
    ("k_shortest_paths", "#0072b2", Mark::Square),
    ("most_probable_path", "#cc79a7", Mark::Diamond),
    ("bidirectional", "#009e73", Mark::Up),
    ("partition", "#e69f00", Mark::Down),
    ("priority_assignment", "#882255", Mark::Diamond),
    ("adaptive", "#d55e00", Mark::Circle),
];

/// For strategies with other parameters, and for those to come.
const MORE: [(&str, Mark); 6] = [
    ("#332288", Mark::Up),
    ("#117733", Mark::Circle),
    ("#999933", Mark::Square),
    ("#44aa99", Mark::Down),
    ("#aa4499", Mark::Up),
    ("#661100", Mark::Square),
];

/// The looks of strategies, in their order. A name's usual colour goes to the first strategy of that name; the others, which differ
/// from it in their parameters, get further colours.
pub(super) fn looks(strategies: &[String]) -> Vec<Look> {
    let mut taken: Vec<&str> = Vec::new();
    let mut more = 0;
    strategies
        .iter()
        .map(|label| {
            let name = label.split(':').next().unwrap_or(label);
            let is_strong = name == "adaptive";
            let known = KNOWN.iter().find(|(known, ..)| *known == name && !taken.contains(known));
            if let Some((known, colour, mark)) = known {
                taken.push(known);
                return Look { colour, mark: *mark, is_strong };
            }
            let (colour, mark) = MORE[more % MORE.len()];
            more += 1;
            Look { colour, mark, is_strong }
        })
        .collect()
}

/// Looks for so many things of which the first is the one to look at.
pub(super) fn ranked(count: usize) -> Vec<Look> {
    let known = KNOWN.iter().rev().map(|(_, colour, mark)| (*colour, *mark));
    let all = known.chain(MORE).cycle().take(count);
    all.enumerate().map(|(i, (colour, mark))| Look { colour, mark, is_strong: i == 0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_keeps_its_colour_whatever_else_is_drawn() {
        let of = |labels: &[&str]| looks(&labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>());
        let all = of(&["ugv_only", "partition", "adaptive"]);
        assert_eq!(of(&["partition"])[0], all[1]);
        let variants = of(&["k_shortest_paths:{\"k\":2}", "k_shortest_paths:{\"k\":5}", "mine"]);
        assert_eq!(variants[0], of(&["k_shortest_paths"])[0]);
        assert_ne!(variants[1].colour, variants[0].colour);
        assert_ne!(variants[2].colour, variants[1].colour);
    }
}

//! Connected parts of a graph, found piece by piece (union-find; Tarjan and van Leeuwen, "Worst-case analysis of set union
//! algorithms", 1984: linking by index, path halving).

/// Which nodes hang together.
pub(super) struct Parts {
    /// For each node an earlier one of the same part, or itself if it is the earliest.
    earlier: Vec<u32>,
}

impl Parts {
    /// So many nodes, each for itself.
    pub(super) fn new(node_count: usize) -> Self {
        Self { earlier: (0..node_count as u32).collect() }
    }

    /// Joins the parts of two nodes.
    pub(super) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.earliest(a), self.earliest(b));
        self.earlier[a.max(b) as usize] = a.min(b);
    }

    fn earliest(&mut self, mut node: u32) -> u32 {
        loop {
            let next = self.earlier[node as usize];
            if next == node {
                return node;
            }
            // Halves the path for whoever comes after.
            self.earlier[node as usize] = self.earlier[next as usize];
            node = next;
        }
    }

    /// For each node the earliest of its part, by which the part is called.
    pub(super) fn into_names(mut self) -> Vec<u32> {
        // Ascending: the one before is final already.
        for node in 0..self.earlier.len() {
            self.earlier[node] = self.earlier[self.earlier[node] as usize];
        }
        self.earlier
    }
}

#[cfg(test)]
mod tests {
    use petgraph::unionfind::UnionFind;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_are_those_that_petgraph_finds(pieces in prop::collection::vec((0..40_u32, 0..40_u32), 0..60)) {
            let (mut parts, mut oracle) = (Parts::new(40), UnionFind::<u32>::new(40));
            for (a, b) in pieces {
                parts.join(a, b);
                oracle.union(a, b);
            }
            let (names, labels) = (parts.into_names(), oracle.into_labeling());
            for a in 0..40 {
                let earliest = (0..40).find(|b| labels[*b] == labels[a]);
                prop_assert_eq!(Some(names[a] as usize), earliest);
            }
        }
    }
}

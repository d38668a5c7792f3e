//! Customizable contraction hierarchies (Dibbelt, Strasser, Wagner, *Customizable contraction hierarchies*, 2016) in RoutingKit's
//! implementation, with partial customization after a closure. Built with the cargo feature `cch` only.
//!
//! RoutingKit counts in 32 bits; millimetres are what city-sized ways leave room for. The way that it finds is measured again in full.

#![expect(
    unsafe_code,
    reason = "the safe part of the binding makes a query anew after every change, which is not what is to be measured"
)]

use cxx::UniquePtr;
use routingkit_cch::{INF_WEIGHT, compute_order_inertial, ffi};

use super::{Engine, EngineFault, Length, Query};
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::network::Network;

/// Millimetres a metre.
const COARSE_PER_METRE: f64 = 1e3;

/// More arcs than this are taken in by customizing everything anew.
const MOST_PARTIAL: usize = 2_000;

/// A hierarchy of a network. The fields are dropped in this order: each is used by those before it.
pub struct Hierarchy {
    query: UniquePtr<ffi::CCHQuery>,
    partial: UniquePtr<ffi::CCHPartial>,
    metric: UniquePtr<ffi::CCHMetric>,
    /// The metric has their address: they are never moved, nor is their number changed.
    weights: Box<[u32]>,
    _hierarchy: UniquePtr<ffi::CCH>,
    open: Vec<u32>,
    lengths_m: Vec<f64>,
    /// By segment, the arcs along it.
    arcs: Vec<[Option<u32>; 2]>,
}

impl std::fmt::Debug for Hierarchy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hierarchy").field("arcs", &self.open.len()).finish_non_exhaustive()
    }
}

impl Hierarchy {
    /// Orders the junctions, contracts them and customizes for the open roads.
    pub fn new(network: &Network) -> Self {
        let (mut tail, mut head, mut lengths_m) = (vec![], vec![], vec![]);
        let mut arcs = vec![[None; 2]; network.segments().len()];
        for junction in 0..network.junction_count() as u32 {
            for way in network.outgoing(NodeIndex(junction)) {
                let of = &mut arcs[way.segment.index()];
                of[usize::from(of[0].is_some())] = Some(tail.len() as u32);
                tail.push(junction);
                head.push(way.other.0);
                lengths_m.push(way.length_m);
            }
        }
        let points = || (0..network.junction_count()).map(|i| network.node(NodeIndex(i as u32)).lon_lat());
        let latitude: Vec<f32> = points().map(|at| at.lat as f32).collect();
        let longitude: Vec<f32> = points().map(|at| at.lon as f32).collect();
        let order = compute_order_inertial(network.junction_count() as u32, &tail, &head, &latitude, &longitude);
        let coarse = |length_m: &f64| ((length_m * COARSE_PER_METRE).round() as u32).max(1);
        let open: Vec<u32> = lengths_m.iter().map(coarse).collect();
        let weights = open.clone().into_boxed_slice();
        // SAFETY: the order is a permutation of the junctions, all arcs are between junctions, there is a weight for each arc, and
        // hierarchy and weights live as long as what has their address.
        unsafe {
            let hierarchy = ffi::cch_new(&order, &tail, &head, |_| {}, false);
            let mut metric = ffi::cch_metric_new(&hierarchy, &weights);
            ffi::cch_metric_customize(metric.pin_mut());
            let partial = ffi::cch_partial_new(&hierarchy);
            let query = ffi::cch_query_new(&metric);
            Self { query, partial, metric, weights, _hierarchy: hierarchy, open, lengths_m, arcs }
        }
    }

    fn turn(&mut self, query: &Query<'_>) {
        let is_open = |segment: &SegmentId| !query.knowledge.is_blocked(*segment);
        let mut changed = 0;
        // SAFETY: arcs are of the hierarchy, and metric and helper are of it too.
        unsafe { ffi::cch_partial_reset(self.partial.pin_mut()) };
        for segment in query.turned {
            for arc in self.arcs[segment.index()].into_iter().flatten() {
                self.weights[arc as usize] = if is_open(segment) { self.open[arc as usize] } else { INF_WEIGHT };
                // SAFETY: as above.
                unsafe { ffi::cch_partial_update_arc(self.partial.pin_mut(), arc) };
                changed += 1;
            }
        }
        match changed {
            0 => {}
            // SAFETY: as above.
            1..=MOST_PARTIAL => unsafe { ffi::cch_partial_customize(self.partial.pin_mut(), self.metric.pin_mut()) },
            // SAFETY: as above.
            _ => unsafe { ffi::cch_metric_customize(self.metric.pin_mut()) },
        }
    }
}

impl Engine for Hierarchy {
    fn name(&self) -> &'static str {
        "RoutingKit CCH, partial"
    }

    fn answer(&mut self, query: Query<'_>) -> Result<Option<Length>, EngineFault> {
        self.turn(&query);
        // SAFETY: the query is of the metric, which is customized, and both junctions are of the network.
        let (distance, arcs) = unsafe {
            ffi::cch_query_reset(self.query.pin_mut(), &self.metric);
            ffi::cch_query_add_source(self.query.pin_mut(), query.start.0, 0);
            ffi::cch_query_add_target(self.query.pin_mut(), query.goal.0, 0);
            ffi::cch_query_run(self.query.pin_mut());
            (ffi::cch_query_distance(&self.query), ffi::cch_query_arc_path(&self.query))
        };
        if distance >= INF_WEIGHT {
            return Ok(None);
        }
        let length_m = arcs.iter().map(|arc| self.lengths_m[*arc as usize]).sum();
        Ok(Some(Length { length_m, coarse_m: arcs.len() as f64 / COARSE_PER_METRE }))
    }
}

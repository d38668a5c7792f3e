//! Means with their standard errors, quantiles, and what a box plot shows.
//!
//! Scenarios on one network are alike, so they are not counted as independent: standard errors are those of a mean (or a ratio of
//! means) over clusters, here networks (Liang and Zeger, *Longitudinal data analysis using generalized linear models*, Biometrika
//! 1986, with the usual correction G/(G-1) for G clusters).

use std::collections::BTreeMap;

/// An average, and how far chance may have moved it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The average.
    pub value: f64,
    /// Its standard error over clusters; `None` if there are fewer than two.
    pub standard_error: Option<f64>,
}

/// The mean; `None` of nothing.
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (count, sum) = values.into_iter().fold((0_usize, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / count as f64)
}

/// The mean of values that each belong to a cluster; `None` of nothing.
pub fn mean_over_clusters<'a>(values: &[(&'a str, f64)]) -> Option<Estimate> {
    let with_one: Vec<(&'a str, f64, f64)> = values.iter().map(|(cluster, value)| (*cluster, *value, 1.0)).collect();
    ratio_over_clusters(&with_one)
}

/// The sum of the first numbers divided by the sum of the second ones (which is the ratio of their means), each pair belonging to a
/// cluster; `None` if that is no number. The standard error is that of the linearised ratio.
pub fn ratio_over_clusters(pairs: &[(&str, f64, f64)]) -> Option<Estimate> {
    let (above, below) = pairs.iter().fold((0.0, 0.0), |(above, below), (_, a, b)| (above + a, below + b));
    let value = above / below;
    if !value.is_finite() {
        return None;
    }
    let mut residuals: BTreeMap<&str, f64> = BTreeMap::new();
    for (cluster, above, below) in pairs {
        *residuals.entry(cluster).or_default() += above - value * below;
    }
    let clusters = residuals.len() as f64;
    let squares: f64 = residuals.values().map(|residual| residual * residual).sum();
    let standard_error = (residuals.len() > 1).then(|| (clusters / (clusters - 1.0) * squares).sqrt() / below.abs());
    Some(Estimate { value, standard_error })
}

/// The value below which the share `q` (0 to 1) of the ascending values lies, straight between neighbours (type 7 of Hyndman and
/// Fan, *Sample quantiles in statistical packages*, 1996); `None` of nothing.
pub fn quantile(ascending: &[f64], q: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position.floor();
    let low = ascending.get(below as usize)?;
    let high = ascending.get(below as usize + 1).unwrap_or(low);
    Some(low + (high - low) * (position - below))
}

/// What a box plot shows of many values.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxOf {
    /// 5 % of the values are below.
    pub p5: f64,
    /// A quarter of them is below.
    pub p25: f64,
    /// Half of them are below.
    pub median: f64,
    /// Three quarters of them are below.
    pub p75: f64,
    /// 95 % of them are below.
    pub p95: f64,
    /// Their mean.
    pub mean: f64,
    /// Those above `p95`, ascending.
    pub above: Vec<f64>,
}

impl BoxOf {
    /// The box of the values, in any order; `None` of nothing.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let p95 = quantile(&values, 0.95)?;
        Some(Self {
            p5: quantile(&values, 0.05)?,
            p25: quantile(&values, 0.25)?,
            median: quantile(&values, 0.5)?,
            p75: quantile(&values, 0.75)?,
            p95,
            mean: mean(values.iter().copied())?,
            above: values.iter().copied().filter(|value| *value > p95).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_straight_between_neighbours() {
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (q, expected) in [(0.0, 1.0), (0.25, 2.0), (0.5, 4.0), (0.625, 6.0), (0.99, 15.68), (1.0, 16.0)] {
            assert!((quantile(&values, q).unwrap() - expected).abs() < 1e-12, "{q}");
        }
        assert_eq!(quantile(&[7.0], 0.99), Some(7.0));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn a_box_holds_the_middle_half_and_lists_what_is_above_its_whisker() {
        let of = BoxOf::of((0..=100).rev().map(f64::from).collect()).unwrap();
        assert_eq!((of.p5, of.p25, of.median, of.p75, of.p95, of.mean), (5.0, 25.0, 50.0, 75.0, 95.0, 50.0));
        assert_eq!(of.above, [96.0, 97.0, 98.0, 99.0, 100.0]);
        assert_eq!(BoxOf::of(vec![]), None);
        let one = BoxOf::of(vec![3.0]).unwrap();
        assert_eq!((one.p5, one.median, one.p95, one.above.len()), (3.0, 3.0, 3.0, 0));
    }

    #[test]
    fn a_standard_error_is_the_textbooks_where_every_value_is_a_cluster() {
        // Mean 5, sample variance (9 + 1 + 1 + 9) / 3 = 20/3, over 4 values.
        let of = mean_over_clusters(&[("a", 2.0), ("b", 4.0), ("c", 6.0), ("d", 8.0)]).unwrap();
        assert_eq!(of.value, 5.0);
        assert!((of.standard_error.unwrap() - (20.0_f64 / 3.0 / 4.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn values_of_one_cluster_count_as_one_observation() {
        // Every value twice: the mean is the same, and so is what chance may have done to it.
        let once = mean_over_clusters(&[("a", 2.0), ("b", 4.0), ("c", 9.0)]).unwrap();
        let values = [("a", 2.0), ("b", 4.0), ("c", 9.0), ("a", 2.0), ("b", 4.0), ("c", 9.0)];
        let twice = mean_over_clusters(&values).unwrap();
        assert_eq!(once.value, twice.value);
        assert!((once.standard_error.unwrap() - twice.standard_error.unwrap()).abs() < 1e-12);
        assert_eq!(mean_over_clusters(&[("a", 1.0), ("a", 2.0)]).unwrap().standard_error, None);
        assert_eq!(mean_over_clusters(&[]), None);
    }

    #[test]
    fn a_ratio_of_means_has_the_error_of_its_residuals() {
        // 12 of 24; residuals 1 - 4/2, 3 - 8/2, 8 - 12/2 are -1, -1, 2: sqrt(3/2 * 6) / 24.
        let of = ratio_over_clusters(&[("a", 1.0, 4.0), ("b", 3.0, 8.0), ("c", 8.0, 12.0)]).unwrap();
        assert_eq!(of.value, 0.5);
        assert!((of.standard_error.unwrap() - 3.0 / 24.0).abs() < 1e-12);
        assert_eq!(ratio_over_clusters(&[("a", 0.0, 0.0)]), None);
        assert_eq!(ratio_over_clusters(&[]), None);
    }
}

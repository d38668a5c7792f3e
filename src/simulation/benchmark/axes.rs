//! Axes, grids, marks and labels: what the plots have in common.

use super::palette::{Look, Mark};
use super::svg::{Svg, width_of};

pub(super) const GRID: &str = "#e5e7eb";
pub(super) const AXIS: &str = "#9ca3af";

/// From values to pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from_px: f64,
    to_px: f64,
    is_log: bool,
}

impl Scale {
    pub(super) fn linear((low, high): (f64, f64), (from_px, to_px): (f64, f64)) -> Self {
        // One value has a place too: the middle.
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        Self { low, high, from_px, to_px, is_log: false }
    }

    /// Equal ratios get equal lengths. The logarithm only places what is drawn, to a hundredth of a pixel.
    pub(super) fn log((low, high): (f64, f64), (from_px, to_px): (f64, f64)) -> Self {
        Self { is_log: true, ..Self::linear((low.ln(), high.ln()), (from_px, to_px)) }
    }

    pub(super) fn at(&self, value: f64) -> f64 {
        let value = if self.is_log { value.ln() } else { value };
        self.from_px + (value - self.low) / (self.high - self.low) * (self.to_px - self.from_px)
    }
}

/// About so many round numbers (1, 2 or 5 times a power of ten apart) between two.
pub(super) fn ticks(low: f64, high: f64, about: f64) -> Vec<f64> {
    let least = (high - low) / about;
    if !(least.is_finite() && least > 0.0) {
        return vec![low];
    }
    let mut power = 1.0;
    while power > least {
        power /= 10.0;
    }
    while power * 10.0 <= least {
        power *= 10.0;
    }
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|f| f * power).find(|step| *step >= least).unwrap_or(power * 10.0);
    let (first, last) = ((low / step - 1e-9).ceil() as i64, (high / step + 1e-9).floor() as i64);
    (first..=last).map(|i| i as f64 * step).collect()
}

/// The powers of ten between two numbers above 0, and around them: the first is no greater than `low`, the last no smaller than
/// `high`.
pub(super) fn decades(low: f64, high: f64) -> Vec<f64> {
    let mut exponent = 0_i32;
    while power_of_ten(exponent) > low && exponent > -12 {
        exponent -= 1;
    }
    while power_of_ten(exponent + 1) <= low && exponent < 12 {
        exponent += 1;
    }
    let mut decades = vec![power_of_ten(exponent)];
    while decades.last().is_some_and(|last| *last < high) && exponent < 12 {
        exponent += 1;
        decades.push(power_of_ten(exponent));
    }
    decades
}

fn power_of_ten(exponent: i32) -> f64 {
    let product = (0..exponent.abs()).fold(1.0, |product, _| product * 10.0);
    if exponent < 0 { 1.0 / product } else { product }
}

/// The rectangle of a plot's panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Panel {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

impl Panel {
    /// Horizontal grid lines with their numbers at the left.
    pub(super) fn grid_y(&self, svg: &mut Svg, scale: &Scale, ticks: &[(f64, String)]) {
        for (value, label) in ticks {
            let y = scale.at(*value);
            svg.line((self.left, y), (self.right, y), if *value == 0.0 { AXIS } else { GRID }, 1.0);
            svg.text(self.left - 8.0, y + 4.0, "tick end", label);
        }
    }

    /// Vertical grid lines with their numbers below.
    pub(super) fn grid_x(&self, svg: &mut Svg, scale: &Scale, ticks: &[(f64, String)]) {
        for (value, label) in ticks {
            let x = scale.at(*value);
            svg.line((x, self.top), (x, self.bottom), GRID, 1.0);
            svg.text(x, self.bottom + 17.0, "tick middle", label);
        }
    }

    pub(super) fn title_x(&self, svg: &mut Svg, title: &str) {
        svg.text(f64::midpoint(self.left, self.right), self.bottom + 38.0, "axis middle", title);
    }

    /// A title along the left axis, `distance` pixels away from it.
    pub(super) fn title_y(&self, svg: &mut Svg, distance: f64, title: &str) {
        let (x, y) = (self.left - distance, f64::midpoint(self.top, self.bottom));
        let turn = format!("translate({x:.1} {y:.1}) rotate(-90)");
        svg.element("text").word("class", "axis middle").word("transform", &turn).holding(title);
    }
}

/// The drawing's headline, and how to read it, in lines that fit into its width. Three lines have room above 100 pixels.
pub(super) fn headline(svg: &mut Svg, width: f64, title: &str, subtitle: &str) {
    svg.text(20.0, 30.0, "title", title);
    for (i, line) in wrapped(subtitle, width - 40.0).iter().enumerate() {
        svg.text(20.0, 50.0 + 15.0 * i as f64, "subtitle", line);
    }
}

/// The text in lines of at most that many pixels, where words allow it.
fn wrapped(text: &str, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width_of(&format!("{line} {word}"), 12.0) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A strategy's mark.
pub(super) fn mark(svg: &mut Svg, (x, y): (f64, f64), look: Look) {
    let r = if look.is_strong { 5.0 } else { 4.0 };
    let points = |corners: &[(f64, f64)]| {
        let corners: Vec<String> =
            corners.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx * r, y + dy * r)).collect();
        corners.join(" ")
    };
    let element = match look.mark {
        Mark::Circle => svg.element("circle").number("cx", x).number("cy", y).number("r", r),
        Mark::Square => {
            svg.element("polygon").word("points", &points(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]))
        }
        Mark::Diamond => {
            svg.element("polygon").word("points", &points(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]))
        }
        Mark::Up => svg.element("polygon").word("points", &points(&[(0.0, -1.2), (1.15, 0.9), (-1.15, 0.9)])),
        Mark::Down => svg.element("polygon").word("points", &points(&[(0.0, 1.2), (1.15, -0.9), (-1.15, -0.9)])),
    };
    element.word("fill", look.colour).word("stroke", "#fff").number("stroke-width", 1.0).done();
}

/// A line for a strategy through its points, with a mark at each and a bar of so many pixels up and down.
pub(super) fn series(svg: &mut Svg, look: Look, points: &[((f64, f64), f64)]) {
    let line: Vec<String> = points.iter().map(|((x, y), _)| format!("{x:.1},{y:.1}")).collect();
    svg.element("polyline")
        .word("points", &line.join(" "))
        .word("fill", "none")
        .word("stroke", look.colour)
        .number("stroke-width", if look.is_strong { 3.0 } else { 1.8 })
        .word("stroke-linejoin", "round")
        .done();
    for ((x, y), bar) in points {
        if *bar > 0.0 {
            svg.line((*x, y - bar), (*x, y + bar), look.colour, 1.2);
        }
    }
    for (point, _) in points {
        mark(svg, *point, look);
    }
}

/// Names of the series at the right of a panel, each as near to its last point as the others let it be, with a thin line to it.
pub(super) fn end_labels(svg: &mut Svg, panel: &Panel, labels: &[((f64, f64), &str, Look)]) {
    const APART: f64 = 15.0;
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|a, b| labels[*a].0.1.total_cmp(&labels[*b].0.1).then(a.cmp(b)));
    let wanted: Vec<f64> = order.iter().map(|i| labels[*i].0.1).collect();
    let places = spread(&wanted, APART, panel.top, panel.bottom);
    for (i, y) in order.into_iter().zip(places) {
        let ((from_x, from_y), name, look) = labels[i];
        let x = panel.right + 20.0;
        svg.line((from_x + 7.0, from_y), (x - 6.0, y), look.colour, 0.8);
        mark(svg, (x, y), look);
        svg.text(x + 9.0, y + 4.0, if look.is_strong { "label strong" } else { "label" }, name);
    }
}

/// Moves ascending places apart, as little as a pass down and a pass up can, and keeps them between top and bottom if they fit.
fn spread(wanted: &[f64], apart: f64, top: f64, bottom: f64) -> Vec<f64> {
    let mut places = wanted.to_vec();
    let mut least = top;
    for place in &mut places {
        *place = place.max(least);
        least = *place + apart;
    }
    let mut most = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - apart;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within() {
        assert_eq!(ticks(1.0, 3.2, 6.0), [1.0, 1.5, 2.0, 2.5, 3.0]);
        assert_eq!(ticks(-8.0, 43.0, 5.0), [0.0, 20.0, 40.0]);
        assert_eq!(ticks(0.0, 1000.0, 4.0), [0.0, 500.0, 1000.0]);
        assert_eq!(ticks(3.0, 3.0, 4.0), [3.0]);
        assert_eq!(decades(0.002, 15.0), [0.001, 0.01, 0.1, 1.0, 10.0, 100.0]);
        assert_eq!(decades(70.0, 900.0), [10.0, 100.0, 1000.0]);
    }

    #[test]
    fn labels_are_moved_apart_and_stay_in_order() {
        assert_eq!(spread(&[10.0, 50.0, 90.0], 15.0, 0.0, 100.0), [10.0, 50.0, 90.0]);
        assert_eq!(spread(&[50.0, 50.0, 52.0], 15.0, 0.0, 100.0), [50.0, 65.0, 80.0]);
        assert_eq!(spread(&[95.0, 96.0, 97.0], 15.0, 0.0, 100.0), [70.0, 85.0, 100.0]);
        assert_eq!(spread(&[], 15.0, 0.0, 100.0), [0.0; 0]);
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        assert_eq!(wrapped("one two three", 7.0 * 12.0 * 0.58), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensibilities", 10.0), ["incomprehensibilities"]);
        assert_eq!(wrapped("", 10.0), [""; 0]);
    }

    #[test]
    fn a_scale_has_a_place_for_a_single_value() {
        assert_eq!(Scale::linear((1.0, 1.0), (0.0, 100.0)).at(1.0), 50.0);
        assert_eq!(Scale::linear((0.0, 10.0), (100.0, 0.0)).at(2.5), 75.0);
        assert!((Scale::log((1.0, 100.0), (0.0, 100.0)).at(10.0) - 50.0).abs() < 1e-9);
    }
}

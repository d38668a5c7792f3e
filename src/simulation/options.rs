//! What a world may have beyond the rules: each off unless a scenario, or a file for all scenarios, asks for it.

use serde::{Deserialize, Deserializer, Serialize};

/// The options of one scenario. The default is the world of the rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// How long a UAV's report takes to the planner, in seconds. What the UGV finds is known at once.
    pub report_delay_s: f64,
    /// The probability with which a UAV's report never gets to the planner.
    pub report_loss_probability: f64,
    /// How often the UAVs' sensors are wrong; without it they never are.
    pub uav_sensor: Option<Sensor>,
    /// With a sensor that errs: from this probability on, a segment that was reported on counts as blocked.
    pub blocked_above: f64,
    /// With a sensor that errs: below this probability, a segment that was reported on counts as clear.
    pub clear_below: f64,
    /// How long a UAV can fly before its battery is swapped where it started, in seconds; without it, for ever.
    pub uav_endurance_s: Option<f64>,
    /// How long a swap takes, in seconds.
    pub swap_s: f64,
    /// The nodes where the UAVs start, in their order. Those for which there is none start where the UGV does.
    pub uav_starts: Vec<String>,
    /// The wind in which the UAVs fly.
    pub wind: Option<Wind>,
    /// What becomes blocked or free in the course of time, in the order of time.
    pub changes: Vec<Change>,
    /// How fast the UGV is on each segment.
    pub ugv_speeds: UgvSpeedRule,
    /// By how much the UGV is slower on some segments.
    pub ugv_speed_factors: Vec<SpeedFactor>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            report_delay_s: 0.0,
            report_loss_probability: 0.0,
            uav_sensor: None,
            blocked_above: 0.5,
            clear_below: 0.02,
            uav_endurance_s: None,
            swap_s: 0.0,
            uav_starts: Vec::new(),
            wind: None,
            changes: Vec::new(),
            ugv_speeds: UgvSpeedRule::Constant,
            ugv_speed_factors: Vec::new(),
        }
    }
}

/// How often a sensor is wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensor {
    /// The probability with which it misses a blockage.
    pub false_clear: f64,
    /// The probability with which it sees a blockage on a segment that has none.
    pub false_blocked: f64,
}

/// How fast the air moves, and where to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wind {
    /// Metres per second east.
    pub x_mps: f64,
    /// Metres per second north.
    pub y_mps: f64,
}

impl Wind {
    /// Its speed in metres per second.
    pub fn speed_mps(self) -> f64 {
        (self.x_mps * self.x_mps + self.y_mps * self.y_mps).sqrt()
    }
}

/// A segment that becomes blocked or free.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// When, in seconds from the start of the mission.
    pub at_s: f64,
    /// One end of a straight piece of the segment.
    pub a: String,
    /// The other end.
    pub b: String,
    /// Where the segment is blocked from then on, and nowhere else: the fraction of the way from `a` to `b`. Null frees
    /// it.
    #[serde(deserialize_with = "named")]
    pub fraction: Option<f64>,
}

/// A field that may be null but not left out.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    Option::deserialize(deserializer)
}

/// What the UGV's speed on a segment follows from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UgvSpeedRule {
    /// The UGV's speed, everywhere.
    #[default]
    Constant,
    /// No more than the segment's speed limit, where it has one.
    Limits,
}

/// A segment on which the UGV is slower.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeedFactor {
    /// One end of a straight piece of the segment.
    pub a: String,
    /// The other end.
    pub b: String,
    /// What the UGV's speed on all of the segment is multiplied by, above 0 and up to 1.
    pub factor: f64,
}

impl Options {
    /// Whether the options are possible for so many UAVs of that speed.
    ///
    /// # Errors
    /// The first that is not, in words that begin with its name.
    pub fn check(&self, uav_count: usize, uav_speed_mps: f64) -> Result<(), String> {
        let wrong = |field: &str, value: f64, must: &str| Err(format!("{field} is {value}, but must be {must}"));
        for (field, seconds) in [("report_delay_s", self.report_delay_s), ("swap_s", self.swap_s)] {
            if !(seconds.is_finite() && seconds >= 0.0) {
                return wrong(field, seconds, "0 or more");
            }
        }
        if !(0.0..1.0).contains(&self.report_loss_probability) {
            return wrong("report_loss_probability", self.report_loss_probability, "0 to below 1");
        }
        if let Some(Sensor { false_clear, false_blocked }) = self.uav_sensor {
            for (field, rate) in [("false_clear", false_clear), ("false_blocked", false_blocked)] {
                if !(0.0..1.0).contains(&rate) {
                    return wrong(&format!("uav_sensor/{field}"), rate, "0 to below 1");
                }
            }
            if false_clear + false_blocked >= 1.0 {
                return Err(format!(
                    "uav_sensor/false_clear and false_blocked are {false_clear} and {false_blocked}, but a sensor whose rates \
                     add up to 1 or more tells nothing"
                ));
            }
        }
        let Self { blocked_above, clear_below, .. } = *self;
        if !(blocked_above > 0.0 && blocked_above < 1.0) {
            return wrong("blocked_above", blocked_above, "above 0 and below 1");
        }
        if !(clear_below > 0.0 && clear_below < blocked_above) {
            return wrong("clear_below", clear_below, "above 0 and below blocked_above");
        }
        if let Some(endurance_s) = self.uav_endurance_s.filter(|s| !(s.is_finite() && *s > 0.0)) {
            return wrong("uav_endurance_s", endurance_s, "above 0");
        }
        if self.uav_starts.len() > uav_count {
            let named = self.uav_starts.len();
            return Err(format!("uav_starts has {named} nodes, but the scenario's uav_count is {uav_count}"));
        }
        if let Some(wind) = self.wind {
            let wind_mps = wind.speed_mps();
            if !wind_mps.is_finite() || wind_mps >= uav_speed_mps {
                return Err(format!(
                    "wind is {wind_mps} m/s, but must be weaker than the UAVs' speed of {uav_speed_mps} m/s"
                ));
            }
        }
        let mut before_s = 0.0;
        for (i, Change { at_s, fraction, .. }) in self.changes.iter().enumerate() {
            if !(at_s.is_finite() && *at_s >= before_s) {
                return wrong(
                    &format!("changes/{i}/at_s"),
                    *at_s,
                    "0 or more, and no earlier than the change before it",
                );
            }
            before_s = *at_s;
            if let Some(fraction) = fraction.filter(|fraction| !(0.0..=1.0).contains(fraction)) {
                return wrong(&format!("changes/{i}/fraction"), fraction, "0 to 1, or null");
            }
        }
        for (i, SpeedFactor { factor, .. }) in self.ugv_speed_factors.iter().enumerate() {
            if !(*factor > 0.0 && *factor <= 1.0) {
                return wrong(&format!("ugv_speed_factors/{i}/factor"), *factor, "above 0 and up to 1");
            }
        }
        Ok(())
    }
}

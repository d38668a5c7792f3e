//! Forecasts of missions: computed when asked for, kept while nothing changes, and nothing of the log.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::missions::{check_open, check_strategy};
use super::pool::CallOff;
use super::replanner::basis_of;
use super::{App, AppError, clock};
use crate::domain::ids::MissionId;
use crate::domain::network::Network;
use crate::domain::plan::{PlanBasis, StrategyChoice};
use crate::domain::timestamp::Timestamp;
use crate::planning::budget::Budget;
use crate::planning::forecast::{BUDGET_STEPS, Forecast, ForecastOptions, forecast};
use crate::planning::situation::Situation;
use crate::planning::strategy::Rule;

/// How many forecasts are kept. Several people look at the same mission, and most of them ask after each plan.
const KEPT: usize = 64;

/// A mission's forecast, and what it is of.
pub struct MissionForecast {
    /// The log's last event that was taken into account.
    pub seq: u64,
    /// The revision of the knowledge.
    pub revision: u64,
    /// The moment that its seconds count from.
    pub computed_at: Timestamp,
    /// The strategy by which the UAVs scout in it.
    pub strategy: String,
    /// The network that its segments are of.
    pub network: Arc<Network>,
    /// The numbers.
    pub forecast: Arc<Forecast>,
}

/// Everything a forecast follows from, but for the knowledge, which the basis names.
#[derive(Clone, PartialEq)]
struct Question {
    mission: MissionId,
    basis: PlanBasis,
    options: ForecastOptions,
}

/// The forecasts made last.
#[derive(Default)]
pub(super) struct Forecasts {
    kept: Mutex<VecDeque<(Question, Arc<Forecast>)>>,
}

impl Forecasts {
    fn find(&self, question: &Question) -> Option<Arc<Forecast>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(known, _)| known == question).map(|(_, forecast)| Arc::clone(forecast))
    }

    fn keep(&self, question: Question, forecast: &Arc<Forecast>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // What an older basis of the mission said is asked for no more.
        let kind = |q: &Question| (q.mission, q.options, q.basis.strategy.clone());
        kept.retain(|(known, _)| kind(known) != kind(&question));
        kept.truncate(KEPT - 1);
        kept.push_front((question, Arc::clone(forecast)));
    }
}

impl App {
    /// Forecasts a mission that is not over, from where its vehicles were last known to be; as it would go on under another
    /// strategy, with its default parameters, if one is named. Forecasts are made one at a time, on a thread of their own, so that
    /// no plan waits for one.
    ///
    /// # Errors
    /// When there is no such mission or strategy, the mission is over, too many forecasts wait already, or the service is stopping.
    pub async fn forecast_mission(
        &self,
        id: MissionId,
        strategy: Option<String>,
        options: ForecastOptions,
    ) -> Result<MissionForecast, AppError> {
        let cell = self.cell(id).await?;
        let answer = |basis: &PlanBasis, forecast| MissionForecast {
            seq: basis.seq,
            revision: basis.revision,
            computed_at: clock::now(),
            strategy: basis.strategy.name.clone(),
            network: Arc::clone(&cell.network),
            forecast,
        };
        let moment = self.moment(&cell).await?;
        check_open(&moment.mission, None)?;
        let mut basis = basis_of(&moment.network, &moment.mission, &moment.positions);
        if let Some(name) = strategy.filter(|name| *name != basis.strategy.name) {
            let choice = StrategyChoice { name, parameters: serde_json::Map::new() };
            check_strategy(&self.strategies, &choice)
                .map_err(|fault| AppError::invalid("invalid_query", "strategy", fault.message))?;
            basis.strategy = choice;
        }
        let question = Question { mission: id, basis: basis.clone(), options };
        if let Some(found) = self.forecasts.find(&question) {
            return Ok(answer(&basis, found));
        }
        // A strategy that this version does not have is stood in for by one whose UAVs rest.
        let rule = self.strategies.get(&question.basis.strategy.name).map_or(Rule::Rest, |s| s.scouting());
        let called_off = CallOff::default();
        let forecasts = Arc::clone(&self.forecasts);
        let flag = called_off.flag();
        let running = self.forecast_pool.plan(called_off.flag(), move |search, budget| {
            // Somebody may have asked the same while this one waited.
            if let Some(found) = forecasts.find(&question) {
                return found;
            }
            let started = Instant::now();
            let situation = Situation::from_basis(&moment.network, &moment.mission.knowledge, &question.basis);
            *budget = Budget::cancellable(BUDGET_STEPS, flag);
            let made = Arc::new(forecast(&situation, rule, &options, search, budget));
            metrics::histogram!("outrider_forecast_seconds").record(started.elapsed().as_secs_f64());
            if !budget.is_cancelled() {
                forecasts.keep(question, &made);
            }
            made
        });
        tokio::select! {
            made = running => Ok(answer(&basis, made?)),
            () = self.stopping.cancelled() => Err(AppError::ShuttingDown),
        }
    }
}

//! `outrider healthcheck`: for containers, which have no curl.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

#[derive(Debug, Args)]
pub(super) struct HealthcheckConfig {
    /// The readiness URL to ask
    #[arg(long, env = "OUTRIDER_HEALTHCHECK_URL", default_value = "http://127.0.0.1:8080/readyz", value_name = "URL")]
    url: String,

    /// How long to wait for the answer, in seconds
    #[arg(long, default_value_t = 3, value_name = "S")]
    timeout_s: u64,
}

pub(super) async fn run(config: HealthcheckConfig) -> anyhow::Result<ExitCode> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(config.timeout_s)).no_proxy().build()?;
    let answer = client.get(&config.url).send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    println!("{status}: {text}");
    Ok(if status.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

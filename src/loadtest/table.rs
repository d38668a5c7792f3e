//! What a run came to, for people: aligned lines.

use std::fmt::Write as _;

use super::bound::Bound;
use super::histogram::Summary;
use super::report::Report;

/// The report as text.
pub(super) fn render(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_all(report, &mut text);
    text
}

fn write_all(report: &Report, text: &mut String) -> std::fmt::Result {
    let load = serde_json::to_value(report.load).ok().and_then(|name| name.as_str().map(str::to_owned));
    let load = load.unwrap_or_default();
    let early = if report.stopped_early { " (stopped early)" } else { "" };
    writeln!(
        text,
        "{load} load for {:.1} s{early}: {} missions, Outrider {}, {} processors, {}",
        report.measured_s,
        report.settings.missions,
        report.service_version,
        report.processors,
        report.urls.join(" ")
    )?;
    latencies(report, text)?;
    rates(report, text)?;
    if let Some(idle) = &report.idle {
        let per_stream = idle.bytes_per_stream.map_or("?".to_owned(), |bytes| format!("{:.1} kB", bytes / 1e3));
        writeln!(text, "\nidle streams     {:>10}   opened in {:.1} s", idle.streams, idle.opened_in_s)?;
        writeln!(text, "memory of each   {per_stream:>10}   of the service")?;
        let each: Vec<String> = idle.last_has_it_after_ms.iter().map(|ms| format!("{ms:.1}")).collect();
        writeln!(
            text,
            "one event to all {:>7.1} ms   until the last has it (median of {})",
            idle.fan_out_ms,
            each.join(", ")
        )?;
        writeln!(text, "missed it        {:>10}", idle.missed)?;
    }
    flood(report, text)?;
    streams(report, text)?;
    for memory in &report.memory {
        let mb = |bytes: Option<u64>| bytes.map_or("?".to_owned(), |bytes| format!("{:.1} MB", bytes as f64 / 1e6));
        writeln!(
            text,
            "memory           {} before, {} after, {} at the most ({}, from {})",
            mb(memory.before_bytes),
            mb(memory.after_bytes),
            mb(memory.peak_bytes),
            memory.url,
            memory.read_from
        )?;
    }
    for (what, count) in &report.errors {
        writeln!(text, "error            {count:>10}   {what}")?;
    }
    if let Some(why) = &report.bound_left_out {
        writeln!(text, "no bound: {why}")?;
    }
    for requirement in &report.requirements {
        let measured = requirement.measured.map_or("not measured".to_owned(), |value| format!("{value:.3}"));
        let verdict = if requirement.met { "met" } else { "NOT MET" };
        writeln!(text, "required         --{} {}: {measured}, {verdict}", requirement.name, requirement.limit)?;
    }
    for left in &report.left_behind {
        writeln!(text, "left behind: {left}")?;
    }
    let verdict = match (report.violations(), report.passed) {
        (0, true) => "passed: no promise was broken".to_owned(),
        (0, false) => "FAILED: a requirement is not met".to_owned(),
        (broken, _) => format!("FAILED: promises were broken {broken} times"),
    };
    writeln!(text, "{verdict}")
}

fn latencies(report: &Report, text: &mut String) -> std::fmt::Result {
    let mut rows: Vec<(&str, &Summary)> = Vec::new();
    if let Some(reports) = &report.reports {
        rows.push(("report to acknowledged", &reports.acknowledged_after));
        rows.push(("report to subscriber", &reports.on_stream_after));
    }
    if let Some(plans) = &report.plans {
        rows.push(("report to plan on the stream", &plans.on_stream_after));
    }
    if let Some(positions) = &report.positions {
        rows.push(("position to acknowledged", &positions.acknowledged_after));
    }
    if let Some(flood) = &report.flood {
        rows.push(("AMONG BAD REQUESTS:", &flood.answered_after));
        rows.push(("  report to acknowledged", &flood.acknowledged_after));
        rows.push(("  report to plan", &flood.plan_on_stream_after));
    }
    if let Some(reports) = report.reports.as_ref().filter(|reports| reports.client_lag.count > 0) {
        rows.push(("load test's own lag", &reports.client_lag));
    }
    if let Some(bound) = &report.bound {
        let commits = [
            ("BOUND: one durable commit", &bound.commit),
            ("  before the load", &bound.commit_before),
            ("  after the load", &bound.commit_after),
        ];
        rows.extend(commits.into_iter().filter_map(|(name, of)| of.as_ref().map(|of| (name, of))));
    }
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n{:<30}{:>11}{:>11}{:>11}{:>11}{:>9}", "milliseconds", "p50", "p90", "p99", "max", "count")?;
    for (name, of) in rows {
        let Summary { count, p50_ms, p90_ms, p99_ms, max_ms, .. } = of;
        writeln!(text, "{name:<30}{p50_ms:>11.3}{p90_ms:>11.3}{p99_ms:>11.3}{max_ms:>11.3}{count:>9}")?;
    }
    let ratios = &report.ratios;
    for (name, p50, p99) in
        [("acknowledged / bound", ratios.ack_p50, ratios.ack_p99), ("plan / bound", ratios.plan_p50, ratios.plan_p99)]
    {
        if let (Some(p50), Some(p99)) = (p50, p99) {
            writeln!(text, "{name:<30}{p50:>11.2}{:>11}{p99:>11.2}", "")?;
        }
    }
    Ok(())
}

fn rates(report: &Report, text: &mut String) -> std::fmt::Result {
    let Some(reports) = &report.reports else { return Ok(()) };
    writeln!(
        text,
        "\nreports          {:>8.0}/s   {} sent, {} acknowledged, {} failed",
        reports.per_s, reports.sent, reports.acknowledged, reports.failed
    )?;
    if let [_, _, ..] = reports.per_s_each.as_slice() {
        writeln!(text, "  in its parts               {}", in_turn(&reports.per_s_each, 0))?;
    }
    if let Some(Bound { inserts_per_s: Some(per_s), inserts_per_s_each, measured_by, .. }) = &report.bound {
        let by = measured_by.unwrap_or_default();
        writeln!(text, "BOUND: inserts   {per_s:>8.0}/s   by {by}, before and after each part")?;
        writeln!(text, "  in turn                    {}", in_turn(inserts_per_s_each, 0))?;
    }
    if let Some(ratio) = report.ratios.rate {
        writeln!(text, "reports / bound  {ratio:>10.3}")?;
    }
    if let [_, _, ..] = report.ratios.rate_each.as_slice() {
        writeln!(text, "  in its parts               {}", in_turn(&report.ratios.rate_each, 3))?;
    }
    if let Some(plans) = &report.plans {
        writeln!(
            text,
            "plans            {:>10}   {} provisional, {} say that there is no way; {} reports changed nothing, {} were never planned, {} not timed",
            plans.count,
            plans.provisional,
            plans.without_way,
            plans.reports_without_effect,
            plans.reports_never_planned,
            plans.reports_passed_over
        )?;
    }
    if let Some(positions) = &report.positions {
        writeln!(text, "positions        {:>10}   {} failed", positions.sent, positions.failed)?;
    }
    Ok(())
}

fn in_turn(values: &[f64], decimals: usize) -> String {
    let texts: Vec<String> = values.iter().map(|value| format!("{value:.decimals$}")).collect();
    texts.join(", ")
}

fn flood(report: &Report, text: &mut String) -> std::fmt::Result {
    let Some(flood) = &report.flood else { return Ok(()) };
    writeln!(
        text,
        "bad requests     {:>8.0}/s   {} sent, {} left out, {} taken that should have been refused, {} faults",
        flood.bad_requests_per_s, flood.sent, flood.left_out, flood.accepted, flood.faults
    )?;
    for (name, ratio) in [("acknowledged", flood.ack_p99_ratio), ("plan", flood.plan_p99_ratio)] {
        let ratio = ratio.map_or("?".to_owned(), |ratio| format!("{ratio:.2}"));
        writeln!(text, "  p99 among them {ratio:>10}   times that without: {name}")?;
    }
    for (answer, count) in &flood.answers {
        writeln!(text, "  answered       {count:>10}   {answer}")?;
    }
    Ok(())
}

fn streams(report: &Report, text: &mut String) -> std::fmt::Result {
    let of = &report.streams;
    writeln!(
        text,
        "\nsubscribers      {:>10}   ordinary, {} slow, {} vanishing; {} connections, {} of them resumed, {} ended by the service",
        of.ordinary, of.slow, of.vanishing, of.connections, of.resumed, of.ended_by_service
    )?;
    writeln!(
        text,
        "events           {:>10}   and {} snapshots, {} positions, {} heartbeats",
        of.events, of.snapshots, of.positions, of.heartbeats
    )?;
    let broken: u64 = of.violations.values().sum();
    let kinds: Vec<String> = of.violations.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    writeln!(
        text,
        "stream checks    {broken:>10}   violations; {} behind at the end {}",
        of.behind_at_end,
        kinds.join(", ")
    )?;
    for example in &of.examples {
        writeln!(text, "                              {example}")?;
    }
    if let Some(log) = &report.log {
        writeln!(
            text,
            "the log          {:>10}   events; of {} reports {} lost, {} doubled, {} renumbered, {} unknown; {} gaps; {} never acknowledged",
            log.events, log.reports, log.lost, log.doubled, log.renumbered, log.unknown, log.gaps, log.unacknowledged
        )?;
    }
    Ok(())
}

//! The tables of a benchmark, as Markdown and as CSV.

use std::fmt::Write;

use super::results::{Results, Scope};
use super::statistics::{Estimate, mean};
use super::summary::{Row, rows};

/// The rows of everything and of each group, then what each file says of each strategy in a line: the tables to read first.
pub fn overview_markdown(results: &Results) -> String {
    let (files, wide): (Vec<Scope>, Vec<Scope>) =
        results.scopes().into_iter().partition(|scope| matches!(scope, Scope::File(_)));
    let mut text = String::new();
    if !wide.is_empty() {
        text.push_str("All scenarios together, and by group of networks:\n\n");
        push_rows(&mut text, results, &wide);
        text.push('\n');
    }
    let by_file: Vec<Vec<Row>> = files.iter().map(|scope| rows(results, scope)).collect();
    text.push_str("Mean arrival in seconds, by file (bold: the least):\n\n");
    push_matrix(&mut text, results, &by_file, true, &|row| row.arrival_s.map(|s| (-s, format!("{s:.1}"))));
    text.push_str("\nShare won against `ugv_only` in per cent, by file (bold: the most):\n\n");
    let share = |row: &Row| row.share_won.map(|share| (share.value, format!("{:.1}", 100.0 * share.value)));
    push_matrix(&mut text, results, &by_file, false, &share);
    text
}

/// A row for every file and strategy, with all columns.
pub fn files_markdown(results: &Results) -> String {
    let mut text = String::new();
    push_rows(&mut text, results, &(0..results.files.len()).map(Scope::File).collect::<Vec<_>>());
    text
}

/// The same rows as comma-separated values (RFC 4180): those of everything and of the groups, then those of the files. Numbers
/// are written in full.
pub fn csv(results: &Results) -> String {
    let mut text = String::from(
        "scope,strategy,scenarios,not_arrived,mean_arrival_s,mean_clairvoyant_ratio,share_won,share_won_standard_error,best_other,\
         difference_s,difference_standard_error_s,decision_p50_ms,decision_p99_ms\n",
    );
    let number = |value: Option<f64>| value.map_or(String::new(), |value| value.to_string());
    for row in results.scopes().iter().flat_map(|scope| rows(results, scope)) {
        let difference = row.against.map(|against| against.difference_s);
        let fields = [
            results.name(&row.scope),
            results.strategies[row.strategy].clone(),
            row.scenarios.to_string(),
            row.not_arrived.to_string(),
            number(row.arrival_s),
            number(row.ratio),
            number(row.share_won.map(|share| share.value)),
            number(row.share_won.and_then(|share| share.standard_error)),
            row.against.map_or(String::new(), |against| results.strategies[against.other].clone()),
            number(difference.map(|difference| difference.value)),
            number(difference.and_then(|difference| difference.standard_error)),
            number(row.decision_p50_ms),
            number(row.decision_p99_ms),
        ];
        text.push_str(&fields.map(|field| csv_field(&field)).join(","));
        text.push('\n');
    }
    text
}

fn csv_field(text: &str) -> String {
    match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// Between which comments of a document the tables stand.
const BEGIN: &str = "<!-- bench: begin -->";
const END: &str = "<!-- bench: end -->";

/// A document has no place for the tables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it has no line {BEGIN:?} followed by a line {END:?}, between which the tables belong")]
pub struct NoPlace;

/// The document with the text in place of what was between its two marks.
///
/// # Errors
/// When the document does not have them.
pub fn insert(document: &str, text: &str) -> Result<String, NoPlace> {
    let (before, rest) = document.split_once(BEGIN).ok_or(NoPlace)?;
    let (_, after) = rest.split_once(END).ok_or(NoPlace)?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", text.trim()))
}

const MISSING: &str = "–";

fn push_rows(text: &mut String, results: &Results, scopes: &[Scope]) {
    let has_times = results.samples.iter().flat_map(|s| &s.outcomes).any(|outcome| !outcome.decisions_ms.is_empty());
    let times = if has_times { " decision p50 (ms) | decision p99 (ms) |" } else { "" };
    let _ = writeln!(
        text,
        "| scenarios | strategy | mean arrival (s) | mean ratio to clairvoyant | share won (%) | against the best other (s) | \
         not arrived |{times}"
    );
    let _ = writeln!(text, "|---|---|--:|--:|--:|--:|--:|{}", if has_times { "--:|--:|" } else { "" });
    for row in scopes.iter().flat_map(|scope| rows(results, scope)) {
        let number =
            |value: Option<f64>, digits: usize| value.map_or(MISSING.to_owned(), |value| format!("{value:.digits$}"));
        let against = row.against.map_or(MISSING.to_owned(), |against| {
            let than = &results.strategies[against.other];
            format!("{} than {}", signed(against.difference_s), code(than))
        });
        let _ = write!(
            text,
            "| {} ({}) | {} | {} | {} | {} | {against} | {} |",
            cell(&results.name(&row.scope)),
            row.scenarios,
            code(&results.strategies[row.strategy]),
            number(row.arrival_s, 2),
            number(row.ratio, 4),
            row.share_won.map_or(MISSING.to_owned(), per_cent),
            row.not_arrived,
        );
        if has_times {
            let _ = write!(text, " {} | {} |", number(row.decision_p50_ms, 3), number(row.decision_p99_ms, 3));
        }
        text.push('\n');
    }
}

/// A line for each file, a column for each strategy; `of` gives a cell's text, and by what the best of a line is told.
fn push_matrix(
    text: &mut String,
    results: &Results,
    by_file: &[Vec<Row>],
    with_clairvoyant: bool,
    of: &dyn Fn(&Row) -> Option<(f64, String)>,
) {
    let clairvoyant = if with_clairvoyant { " clairvoyant |" } else { "" };
    let strategies: String = results.strategies.iter().map(|strategy| format!(" {} |", code(strategy))).collect();
    let columns = results.strategies.len() + usize::from(with_clairvoyant);
    let _ = writeln!(text, "| file |{clairvoyant}{strategies}");
    let _ = writeln!(text, "|---|{}", "--:|".repeat(columns));
    for line in by_file {
        let Some(first) = line.first() else { continue };
        let _ = write!(text, "| {} |", cell(&results.name(&first.scope)));
        if with_clairvoyant {
            let bound_s = mean(results.samples_of(&first.scope).filter_map(|sample| sample.clairvoyant_s));
            let _ = write!(text, " {} |", bound_s.map_or(MISSING.to_owned(), |s| format!("{s:.1}")));
        }
        let cells: Vec<Option<(f64, String)>> = line.iter().map(of).collect();
        let best = cells.iter().flatten().map(|(value, _)| *value).max_by(f64::total_cmp);
        for cell in cells {
            let _ = match cell {
                None => write!(text, " {MISSING} |"),
                Some((value, figure)) if Some(value) == best => write!(text, " **{figure}** |"),
                Some((_, figure)) => write!(text, " {figure} |"),
            };
        }
        text.push('\n');
    }
}

fn per_cent(share: Estimate) -> String {
    let error = share.standard_error.map_or(String::new(), |error| format!(" ± {:.1}", 100.0 * error));
    format!("{:.1}{error}", 100.0 * share.value)
}

fn signed(difference: Estimate) -> String {
    let error = difference.standard_error.map_or(String::new(), |error| format!(" ± {error:.2}"));
    format!("{:+.2}{error}", difference.value)
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text))
}

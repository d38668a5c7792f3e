//! The rules of the house, checked on the text of `src/` and `tests/`: what each room may import, where SQL may stand, and
//! what no file may have.
//!
//! Code under `#[cfg(test)]` and in `tests/` may import what it likes; the rules about files hold for it too.

use std::fs;
use std::path::Path;

/// A room of the house: a top-level module.
struct Room {
    name: &'static str,
    /// The rooms it may use besides itself.
    uses: &'static [&'static str],
    /// What it may not touch outside the house.
    forbidden: &'static [&'static [&'static str]],
}

// A rule names a path and all below it; a `*` at either end stands for anything there.

/// No async, SQL, HTTP, clock, threads, or randomness that does not come from a seed.
const IMPURE: &[&str] = &[
    "tokio",
    "tokio_util",
    "futures*",
    "async",
    "await",
    "sqlx",
    "axum*",
    "hyper*",
    "http",
    "http_body*",
    "reqwest",
    "tower*",
    "std::net",
    "std::thread",
    "std::time::SystemTime",
    "std::time::Instant",
    "*::SystemTime::now",
    "*::Instant::now",
    "*::OffsetDateTime::now_utc",
    "*::Uuid::now_v7",
    "*::Uuid::new_v4",
    "rand::rng",
    "rand::random*",
    "getrandom",
    "*::thread_rng",
    "*::ThreadRng",
    "*::OsRng",
    "*::SysRng",
    "*::from_entropy",
    "*::from_os_rng",
    "*::try_from_os_rng",
];
/// The standard hash maps order their entries anew in each process. (That nobody iterates over any other, such as those of
/// `rustc_hash`, clippy checks.)
const RANDOM_ORDER: &[&str] = &["*::HashMap", "*::HashSet", "std::collections::hash*", "*::RandomState"];
/// Plain values know nothing of the machine they are on.
const MACHINE: &[&str] = &["std::fs", "std::env", "std::process"];
/// Statements belong to the store.
const SQL: &[&str] = &["sqlx::query*", "sqlx::raw_sql", "sqlx::QueryBuilder", "sqlx::AssertSqlSafe", "sqlx::migrate*"];
/// The API does not speak to the database.
const DATABASE: &[&str] = &["sqlx"];

const ROOMS: &[Room] = &[
    Room { name: "domain", uses: &[], forbidden: &[IMPURE, RANDOM_ORDER, MACHINE] },
    // How an error is written in one line.
    Room { name: "chain", uses: &[], forbidden: &[IMPURE, RANDOM_ORDER, MACHINE] },
    // Which build this is.
    Room { name: "release", uses: &[], forbidden: &[IMPURE, RANDOM_ORDER, MACHINE] },
    Room { name: "planning", uses: &["domain"], forbidden: &[IMPURE, RANDOM_ORDER, MACHINE] },
    Room { name: "simulation", uses: &["planning", "domain"], forbidden: &[IMPURE, RANDOM_ORDER] },
    Room { name: "import", uses: &["domain"], forbidden: &[IMPURE] },
    Room { name: "export", uses: &["domain"], forbidden: &[IMPURE] },
    Room { name: "store", uses: &["domain"], forbidden: &[] },
    Room { name: "engine", uses: &["domain"], forbidden: &[IMPURE, RANDOM_ORDER, MACHINE] },
    Room { name: "app", uses: &["store", "engine", "planning", "import", "domain", "chain"], forbidden: &[SQL] },
    Room { name: "api", uses: &["app", "export", "domain", "chain", "release"], forbidden: &[DATABASE] },
    // A client that is no use case: of the service it knows the API, of the database what a commit costs, of `app` the clock.
    Room { name: "loadtest", uses: &["app", "store", "import", "export", "domain", "chain"], forbidden: &[SQL] },
    // The service's search beside other engines; pgRouting's statements are the store's.
    Room { name: "contest", uses: &["store", "simulation", "planning", "domain", "chain"], forbidden: &[SQL] },
    // The doors: the command line and the demo put everything together, and nobody but `main` uses them.
    Room { name: "commands", uses: ALL, forbidden: &[SQL] },
    Room { name: "demo", uses: ALL, forbidden: &[SQL] },
    Room { name: "main", uses: ALL, forbidden: &[SQL] },
    Room { name: "lib", uses: ALL, forbidden: &[SQL] },
];
const ALL: &[&str] = &[
    "domain",
    "planning",
    "simulation",
    "import",
    "export",
    "store",
    "engine",
    "app",
    "api",
    "commands",
    "demo",
    "contest",
    "loadtest",
    "chain",
    "release",
];

/// How a statement begins.
const STATEMENTS: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE DATABASE ",
    "ALTER TABLE ",
    "DROP ",
    "TRUNCATE ",
    "COPY ",
    "LISTEN ",
    "NOTIFY ",
    "WITH RECURSIVE ",
];
const MAX_LINES: usize = 600;

/// A file's text, taken apart.
#[derive(Default)]
struct Parts {
    /// Words and `::`, braces and other single characters, each with its line.
    tokens: Vec<(usize, String)>,
    literals: Vec<(usize, String)>,
    comments: Vec<(usize, String)>,
}

/// Splits Rust text into code, string literals and comments.
fn take_apart(text: &str) -> Parts {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let (mut parts, mut i, mut line) = (Parts::default(), 0, 1);
    while i < chars.len() {
        let (start, start_line) = (i, line);
        match chars[i] {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && chars[i] != '\n' {
                    i += 1;
                }
                parts.comments.push((start_line, chars[start..i].iter().collect()));
            }
            '/' if at(i + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= chars.len() {
                        break;
                    }
                }
                parts.comments.push((start_line, chars[start..i.min(chars.len())].iter().collect()));
            }
            '"' => {
                i += 1;
                while i < chars.len() && chars[i] != '"' {
                    i += if chars[i] == '\\' { 2 } else { 1 };
                }
                i = (i + 1).min(chars.len());
                parts.literals.push((start_line, chars[start + 1..i.max(start + 2) - 1].iter().collect()));
            }
            // A character such as 'x' or '\n'; otherwise it is a lifetime, whose name follows as a word.
            '\'' if at(i + 1) == '\\' => {
                i += 3;
                while i < chars.len() && chars[i] != '\'' {
                    i += 1;
                }
                i += 1;
            }
            '\'' if at(i + 2) == '\'' => i += 3,
            c if is_word(c) => {
                while is_word(at(i)) {
                    i += 1;
                }
                let word: String = chars[start..i].iter().collect();
                let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
                if ["r", "br", "cr"].contains(&word.as_str()) && at(i + hashes) == '"' {
                    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                    let open = i + hashes + 1;
                    let length =
                        chars[open..].windows(close.len()).position(|w| w == close).unwrap_or(chars.len() - open);
                    parts.literals.push((start_line, chars[open..open + length].iter().collect()));
                    i = (open + length + close.len()).min(chars.len());
                } else {
                    parts.tokens.push((line, word));
                }
            }
            ':' if at(i + 1) == ':' => {
                parts.tokens.push((line, "::".to_owned()));
                i += 2;
            }
            c => {
                if !c.is_whitespace() {
                    parts.tokens.push((line, c.to_string()));
                }
                i += 1;
            }
        }
        let end = i.min(chars.len());
        line += chars[start..end].iter().filter(|c| **c == '\n').count();
    }
    parts
}

/// The tokens without the modules that stand under `#[cfg(test)]`, and the first line of such a module.
fn without_tests(tokens: &[(usize, String)]) -> (Vec<(usize, String)>, usize) {
    let marker = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let (mut kept, mut i, mut first) = (Vec::new(), 0, usize::MAX);
    while i < tokens.len() {
        if tokens.len() - i > marker.len() && marker.iter().zip(&tokens[i..]).all(|(m, (_, token))| m == token) {
            first = first.min(tokens[i].0);
            let mut depth = 0;
            while i < tokens.len() {
                match tokens[i].1.as_str() {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    _ => {}
                }
                let ended = depth == 0 && ["}", ";"].contains(&tokens[i].1.as_str());
                i += 1;
                if ended {
                    break;
                }
            }
        } else {
            kept.push(tokens[i].clone());
            i += 1;
        }
    }
    (kept, first)
}

/// All paths that the code names, from the crate's root on: `use` trees spread out, `super` and `self` resolved. A single
/// word counts as a path of one.
fn paths(tokens: &[(usize, String)], file_module: &[String]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // For each open brace, the module it opens, or the `use` prefix it continues.
    let mut modules: Vec<Option<String>> = Vec::new();
    let mut prefixes: Vec<Vec<String>> = Vec::new();
    let mut i = 0;
    let word = |i: usize| tokens.get(i).map_or("", |(_, token)| token.as_str());
    let is_word = |i: usize| word(i).starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let mut in_use = false;
    while i < tokens.len() {
        if !is_word(i) {
            match word(i) {
                "{" if in_use => prefixes.push(prefixes.last().cloned().unwrap_or_default()),
                "}" if in_use => drop(prefixes.pop()),
                ";" => (in_use, prefixes) = (false, Vec::new()),
                "{" => modules.push((i > 1 && word(i - 2) == "mod").then(|| word(i - 1).to_owned())),
                "}" => drop(modules.pop()),
                _ => {}
            }
            i += 1;
            continue;
        }
        if word(i) == "use" {
            in_use = true;
            i += 1;
            continue;
        }
        let line = tokens[i].0;
        let mut path = vec![word(i).to_owned()];
        i += 1;
        while word(i) == "::" && is_word(i + 1) {
            path.push(word(i + 1).to_owned());
            i += 2;
        }
        let inline = modules.iter().flatten().cloned();
        let here: Vec<String> = file_module.iter().cloned().chain(inline).collect();
        if in_use {
            let prefix = prefixes.last().cloned().unwrap_or_default();
            path = prefix.into_iter().chain(path).collect();
            if word(i) == "::" && word(i + 1) == "{" {
                prefixes.push(path);
                i += 2;
                continue;
            }
        }
        found.push((line, resolve(&path, &here).join("::")));
    }
    found
}

fn resolve(path: &[String], here: &[String]) -> Vec<String> {
    let mut base = match path[0].as_str() {
        "super" | "self" => here.to_vec(),
        "crate" | "outrider" => vec![],
        _ => return path.to_vec(),
    };
    let mut from_root = vec!["crate".to_owned()];
    for step in path {
        match step.as_str() {
            "super" => drop(base.pop()),
            "self" | "crate" | "outrider" => {}
            _ => base.push(step.clone()),
        }
    }
    from_root.append(&mut base);
    from_root
}

/// The module that a file in `src/` holds: `domain/network/mod.rs` is `domain::network`.
fn module_of(file: &str) -> Vec<String> {
    let stem = file.trim_end_matches(".rs").trim_end_matches("/mod");
    stem.split('/').map(str::to_owned).collect()
}

/// Whether the path breaks the rule.
fn falls_under(path: &str, rule: &str) -> bool {
    if let Some(end) = rule.strip_prefix("*::") {
        return format!("::{path}::").contains(&format!("::{end}::"));
    }
    match rule.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => path.strip_prefix(rule).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")),
    }
}

/// Everything that a file breaks. `file` is its path from the root of the repository.
fn faults(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| faults.push(format!("{file}:{line}: {what}"));
    let lines = text.lines().count();
    if lines > MAX_LINES {
        fault(lines, format!("has {lines} lines, more than {MAX_LINES}: split it by subject"));
    }
    if !text.starts_with("//!") {
        fault(1, "does not begin with a `//!` line that says what it is about".to_owned());
    }
    let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".rs");
    if file.split('/').chain([stem]).any(|part| ["util", "utils", "common", "helpers", "misc"].contains(&part)) {
        fault(1, "is named after no subject".to_owned());
    }
    let parts = take_apart(text);
    for (line, comment) in &parts.comments {
        let left = ["TODO", "FIXME", "XXX"]
            .into_iter()
            .find(|mark| comment.split(|c: char| !c.is_alphanumeric()).any(|word| word == *mark));
        if let Some(mark) = left {
            fault(*line, format!("{mark}: do it, or open an issue"));
        }
    }
    for pair in parts.tokens.windows(2) {
        if ["todo", "unimplemented", "dbg"].contains(&pair[0].1.as_str()) && pair[1].1 == "!" {
            fault(pair[0].0, format!("{}! is not for code that is done", pair[0].1));
        }
    }
    let Some(in_src) = file.strip_prefix("src/").filter(|_| stem != "tests") else { return faults };

    let module = module_of(in_src);
    let (tokens, tests_from) = without_tests(&parts.tokens);
    let Some(room) = ROOMS.iter().find(|room| room.name == module[0]) else {
        fault(1, format!("`{}` is no room of the house plan: give it a line in ROOMS", module[0]));
        return faults;
    };
    let within: &[String] = if ["main", "lib"].contains(&room.name) { &[] } else { &module };
    for (line, path) in paths(&tokens, within) {
        let used = path.strip_prefix("crate::").and_then(|rest| rest.split("::").next()).unwrap_or(room.name);
        if used != room.name && ALL.contains(&used) && !room.uses.contains(&used) {
            fault(line, format!("`{}` may not use `{used}` ({path})", room.name));
        }
        let mut rules = room.forbidden.iter().flat_map(|rules| rules.iter());
        if let Some(rule) = rules.find(|rule| falls_under(&path, rule)) {
            fault(line, format!("`{}` may not touch `{rule}` ({path})", room.name));
        }
    }
    if room.name != "store" {
        for (line, literal) in parts.literals.iter().filter(|(line, _)| *line < tests_from) {
            if STATEMENTS.iter().any(|begin| literal.trim_start().starts_with(begin)) {
                fault(*line, format!("SQL stands only in `store`: {literal:?}"));
            }
        }
    }
    faults
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_house_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src"), &mut found);
    files(&root.join("tests"), &mut found);
    found.sort();
    assert!(found.len() > 20, "the files were not found");
    let check = |path: &std::path::PathBuf| {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        faults(&name, &fs::read_to_string(path).unwrap())
    };
    let faults: Vec<String> = found.iter().flat_map(check).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Checks what is found in a file of this content after its first doc line; an empty expectation means nothing.
#[track_caller]
fn check(file: &str, content: &str, expected: &str) {
    let found = faults(file, &format!("//! A sample.\n{content}"));
    if expected.is_empty() {
        assert!(found.is_empty(), "{content}\n{found:?}");
    } else {
        assert!(found.iter().any(|fault| fault.contains(expected)), "{content}\nnot found: {expected}\n{found:?}");
    }
}

#[test]
fn pure_rooms_touch_nothing_impure() {
    for (content, rule) in [
        ("use tokio::sync::mpsc;", "tokio"),
        ("fn f() { futures_util::future::ready(1); }", "futures*"),
        ("use {std::fmt, sqlx::PgPool};", "sqlx"),
        ("use axum::Json;", "axum*"),
        ("use std::{collections::BTreeMap, time::{Duration, SystemTime}};", "std::time::SystemTime"),
        ("use std::time::Instant as Moment;", "std::time::Instant"),
        ("use std::time;\nfn f() { time::Instant::now(); }", "Instant::now"),
        ("fn f() { time::OffsetDateTime::now_utc(); }", "now_utc"),
        ("use std::net::IpAddr;", "std::net"),
        ("fn f() { std::thread::yield_now(); }", "std::thread"),
        ("fn f() { rand::rng(); }", "rand::rng"),
        ("fn f() { let x: u8 = rand::random(); }", "rand::random*"),
        ("fn f() { ChaCha8Rng::from_entropy(); }", "from_entropy"),
        ("fn f() { ChaCha8Rng::from_os_rng(); }", "from_os_rng"),
        ("use rand::rngs::OsRng;", "OsRng"),
        ("fn f() { uuid::Uuid::now_v7(); }", "now_v7"),
        ("fn f() { Uuid::new_v4(); }", "new_v4"),
        ("async fn f() {}", "async"),
    ] {
        for room in ["domain", "planning", "import"] {
            check(&format!("src/{room}/sample.rs"), content, &format!("`{room}` may not touch `"));
            check(&format!("src/{room}/sample.rs"), content, rule);
        }
        check("src/commands.rs", content, "");
    }
    for (content, rule) in [
        ("use std::collections::{BTreeMap, HashMap};", "HashMap"),
        ("fn f() { std::collections::HashSet::new(); }", "HashSet"),
        ("use std::fs::File;", "std::fs"),
    ] {
        check("src/domain/sample.rs", content, rule);
        check("src/planning/sample.rs", content, rule);
    }
    check("src/import/sample.rs", "use std::fs::File;\nuse rustc_hash::FxHashMap;", "");
}

#[test]
fn rooms_use_only_those_behind_them() {
    for (file, content, expected) in [
        ("src/domain/a.rs", "use crate::planning::search;", "`domain` may not use `planning`"),
        ("src/domain/mod.rs", "use super::store::X;", "`domain` may not use `store`"),
        ("src/domain/network/a.rs", "use super::super::super::app::X;", "`domain` may not use `app`"),
        ("src/planning/a.rs", "use crate::{domain::x, import::y};", "`planning` may not use `import`"),
        ("src/import/a.rs", "fn f() { crate::store::save(); }", "`import` may not use `store`"),
        ("src/store/a.rs", "use crate::planning::strategy::Strategies;", "`store` may not use `planning`"),
        ("src/store/local/a.rs", "use crate::api;", "`store` may not use `api`"),
        ("src/app/mod.rs", "use crate::api::Problem;", "`app` may not use `api`"),
        ("src/api/a.rs", "use crate::store::MIGRATOR;", "`api` may not use `store`"),
        ("src/api/a.rs", "use crate::planning::search;", "`api` may not use `planning`"),
        ("src/api/a.rs", "use crate::commands;", "`api` may not use `commands`"),
        ("src/api/a.rs", "use sqlx::PgPool;", "`api` may not touch `sqlx`"),
        ("src/kitchen.rs", "", "`kitchen` is no room"),
        ("src/planning/a.rs", "use crate::domain::plan::Decision;\nuse super::search;", ""),
        ("src/app/a.rs", "use crate::{store, planning, domain};\nuse tokio::time;", ""),
        ("src/api/a.rs", "use crate::app::App;\nuse crate::domain::ids::MissionId;", ""),
        ("src/main.rs", "use outrider::{api, commands};", ""),
        ("src/domain/a.rs", "#[cfg(test)]\nmod tests { use super::*; use crate::import; use std::time::Instant; }", ""),
        ("src/domain/a.rs", "mod inner { use super::super::store; }\nuse super::store;", ""),
    ] {
        check(file, content, expected);
    }
}

#[test]
fn sql_stands_only_in_the_store() {
    let call = "fn f() { sqlx::query_as(TEXT); }";
    let text = "const TEXT: &str = \"\n    SELECT 1\";";
    let raw = "const TEXT: &str = r#\"INSERT INTO \"missions\" VALUES (1)\"#;";
    for content in [call, "use sqlx::{PgPool, QueryBuilder};", text, raw] {
        check(
            "src/app/a.rs",
            content,
            if content.contains("TEXT: ") { "SQL stands only in" } else { "may not touch `sqlx::" },
        );
        check("src/store/a.rs", content, "");
    }
    check("src/app/a.rs", "/// SELECT 1\nconst TEXT: &str = \"Select a strategy\";\nuse sqlx::PgPool;", "");
}

#[test]
fn every_file_is_short_documented_and_done() {
    let mark = |rest: &str| format!("// TO{rest}");
    check("src/app/a.rs", &mark("DO: later"), "do it");
    check("tests/it/a.rs", "/* FIX\u{4d}E */", "do it");
    check("src/app/a.rs", "// XXXL and todos are words.", "");
    check("src/app/a.rs", "fn f() { todo!() }", "todo!");
    check("src/app/a.rs", "#[cfg(test)]\nmod tests { fn f() { dbg!(1); } }", "dbg!");
    check("src/app/a.rs", "fn f() { unimplemented!(\"x\") }", "unimplemented!");
    check("src/app/a.rs", "const A: &str = \"todo!() // TO\\\"DO\"; const B: char = '\"'; // fine", "");
    check("src/app/helpers.rs", "", "named after no subject");
    check("src/app/a.rs", &"\n".repeat(599), "");
    check("src/app/a.rs", &"\n".repeat(600), "more than 600");
    assert!(faults("src/app/a.rs", "fn f() {}\n").iter().any(|fault| fault.contains("does not begin with")));
}

//! Has the crate built again when a migration or a file of the page is added, so that `sqlx::migrate!` and `rust_embed` see it,
//! says what to do where the page itself is not built, and tells the program which commit it is of.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=dashboard/dist");
    if !Path::new("dashboard/dist/index.html").is_file() {
        println!(
            "cargo::error=the page is not built: dashboard/dist is missing. Run `make page`, which needs Node 20.19 or newer"
        );
    }
    println!("cargo:rustc-env=OUTRIDER_COMMIT={}", commit());
}

/// The commit of a release: what the environment says, else what the repository says. No clock and no path of this machine goes
/// into the program, so that the same sources give the same program.
fn commit() -> String {
    println!("cargo:rerun-if-env-changed=OUTRIDER_COMMIT");
    let told = std::env::var("OUTRIDER_COMMIT").unwrap_or_default();
    if !told.is_empty() {
        assert!(is_name(&told), "OUTRIDER_COMMIT {told:?} is not the name of a commit");
        return told;
    }
    // A debug build that named its commit would be made anew after every one.
    if std::env::var("PROFILE").as_deref() != Ok("release") {
        return "development".to_owned();
    }
    head(Path::new(".git")).filter(|commit| is_name(commit)).unwrap_or_else(|| "unknown".to_owned())
}

fn is_name(commit: &str) -> bool {
    (7..=64).contains(&commit.len()) && commit.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What HEAD of the repository points to, read as git keeps it.
fn head(git: &Path) -> Option<String> {
    let git = if git.is_file() {
        // A further worktree: the file names its folder.
        PathBuf::from(read(git)?.strip_prefix("gitdir:")?.trim())
    } else {
        git.to_owned()
    };
    // Branches are those of the repository that the worktree is of.
    let shared = match read(&git.join("commondir")) {
        Some(path) => git.join(path.trim()),
        None => git.clone(),
    };
    let head = read(&git.join("HEAD"))?;
    let Some(name) = head.trim().strip_prefix("ref:") else { return Some(head.trim().to_owned()) };
    let name = name.trim();
    if let Some(commit) = read(&shared.join(name)) {
        return Some(commit.trim().to_owned());
    }
    // A branch that has not moved since git put all of them into one file. When it moves, it gets a file of its own.
    println!("cargo:rerun-if-changed={}", shared.join("refs/heads").display());
    let packed = read(&shared.join("packed-refs"))?;
    let line = packed.lines().find(|line| line.split_whitespace().nth(1) == Some(name))?;
    line.split_whitespace().next().map(str::to_owned)
}

/// The file's text; the build is made anew when it changes.
fn read(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo:rerun-if-changed={}", path.display());
    Some(text)
}

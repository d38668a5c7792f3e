//! Has the crate built again when a migration or a file of the page is added, so that `sqlx::migrate!` and `rust_embed` see it, and
//! says what to do where the page itself is not built.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=dashboard/dist");
    if !Path::new("dashboard/dist/index.html").is_file() {
        println!(
            "cargo::error=the page is not built: dashboard/dist is missing. Run `make page`, which needs Node 20.19 or newer"
        );
    }
}

//! Has the crate built again when a migration is added, so that `sqlx::migrate!` sees it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}

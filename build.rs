//! Has the crate built again when a migration or a file of the page is added, so that `sqlx::migrate!` and `rust_embed` see it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=dashboard");
}

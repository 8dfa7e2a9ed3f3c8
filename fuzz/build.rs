//! Compiles the C half of the differential target.

fn main() {
    println!("cargo::rerun-if-changed=src/macros.c");
    cc::Build::new().file("src/macros.c").warnings(true).compile("macros");
}

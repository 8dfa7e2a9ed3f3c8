use super::*;

fn all() -> Vec<Constant> {
    (0..count() as i64).map(|index| at(index).expect("an index within the count")).collect()
}

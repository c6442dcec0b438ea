//! How often property tests try, and with which seed.

use std::{
    hash::{BuildHasher, RandomState},
    io::Write,
};

use proptest::{prelude::ProptestConfig, test_runner::RngSeed};

/// The seed where nothing else is asked for: a test then tries the same each time.
const USUAL_SEED: u64 = 20_200_412;

/// How many times more cases a nightly run tries.
const NIGHTLY: u32 = 40;

/// The configuration of a property test that usually tries `cases` cases, with the same seed each time.
///
/// `CI` in the environment takes a fresh seed, which is printed; `PROPTEST_RNG_SEED` takes that one again.
/// `KERNELCI_NIGHTLY` tries forty times as many cases; `PROPTEST_CASES` tries that many.
#[allow(unreachable_pub, reason = "the tests of the common crate include this file as a module of their own")]
pub fn property(cases: u32) -> ProptestConfig {
    let is_set = |name| std::env::var_os(name).is_some();
    let given = ProptestConfig::default();
    let cases = match (is_set("PROPTEST_CASES"), is_set("KERNELCI_NIGHTLY")) {
        (true, _) => given.cases,
        (false, true) => cases.saturating_mul(NIGHTLY),
        (false, false) => cases,
    };
    let seed = match given.rng_seed {
        RngSeed::Fixed(seed) => seed,
        // A new hasher has random keys.
        RngSeed::Random if is_set("CI") => RandomState::new().hash_one(cases),
        RngSeed::Random => USUAL_SEED,
    };
    let _ = writeln!(std::io::stderr(), "{cases} cases; again with PROPTEST_RNG_SEED={seed}");
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..given }
}

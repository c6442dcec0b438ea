//! The number of cases and the seed of property tests.

use std::{
    hash::{BuildHasher, RandomState},
    io::Write,
};

use proptest::{prelude::ProptestConfig, test_runner::RngSeed};

/// The default seed, with which a test always tries the same cases.
const DEFAULT_SEED: u64 = 20_200_412;

/// The factor by which a nightly run tries more cases.
const NIGHTLY_FACTOR: u32 = 40;

/// The configuration of a property test with `cases` cases and the same seed each time. With `CI` in the environment, a
/// new seed is used and printed; `PROPTEST_RNG_SEED` sets a seed. `KERNELCI_NIGHTLY` tries forty times as many cases;
/// `PROPTEST_CASES` sets their number.
#[allow(unreachable_pub, reason = "the tests of the common crate include this file as a module of their own")]
pub fn property(cases: u32) -> ProptestConfig {
    let is_set = |name| std::env::var_os(name).is_some();
    let given = ProptestConfig::default();
    let cases = match (is_set("PROPTEST_CASES"), is_set("KERNELCI_NIGHTLY")) {
        (true, _) => given.cases,
        (false, true) => cases.saturating_mul(NIGHTLY_FACTOR),
        (false, false) => cases,
    };
    let seed = match given.rng_seed {
        RngSeed::Fixed(seed) => seed,
        // A new hasher has random keys.
        RngSeed::Random if is_set("CI") => RandomState::new().hash_one(cases),
        RngSeed::Random => DEFAULT_SEED,
    };
    let _ = writeln!(std::io::stderr(), "{cases} cases; again with PROPTEST_RNG_SEED={seed}");
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..given }
}

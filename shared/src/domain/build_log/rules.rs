//! What a line of a build log is: one table of rules, each with an example that is its test.

use std::sync::LazyLock;

use regex::bytes::{RegexSet, RegexSetBuilder};

/// What a rule says of the lines that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// A section mismatch.
    Mismatch,
    /// An error only where the log has no other.
    LastResort,
    /// Nothing, although a later rule matches.
    Ignored,
    /// make enters a folder.
    Entering,
}

use Verdict::{Entering, Error, Ignored, LastResort, Mismatch, Warning};

/// A rule of the table.
pub(super) struct Rule {
    pub(super) verdict: Verdict,
    /// A regular expression without Unicode.
    pub(super) pattern: &'static str,
    /// A line that this rule is the first to match.
    pub(super) example: &'static str,
}

impl Rule {
    /// What the rule makes of a line, in words.
    fn meaning(&self) -> &'static str {
        match self.verdict {
            Error => "error",
            Warning => "warning",
            Mismatch => "mismatch",
            LastResort => "error, where the log has no other",
            Ignored => "nothing",
            Entering => "nothing; the folder is taken off the paths that follow",
        }
    }
}

/// What the rules make of a line each, in the order of the rules: the meaning in words, and the line.
pub fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    RULES.iter().map(|rule| (rule.meaning(), rule.example))
}

const fn rule(verdict: Verdict, pattern: &'static str, example: &'static str) -> Rule {
    Rule { verdict, pattern, example }
}

/// The beginning of a line, with or without a time stamp: `12:30:01`, `[   1.5]`, `2024-05-01T12:30:01.123Z`.
macro_rules! start {
    ($rest:literal) => {
        concat!(r"^(?:[\[(]?\s*\d[\d:.,TZ+/ -]*[\])]?\s+)?", $rest)
    };
}

/// The rules in their order: the first that matches a line decides.
pub(super) const RULES: [Rule; 31] = [
    rule(Entering, ": Entering directory ", "make[1]: Entering directory '/build'"),
    // Compilers, assemblers, rustc, Python and most scripts. `error:` is also in `fatal error:` and `ld.lld: error:`.
    rule(Error, "[eE]rror:", "a.c:1:2: error: expected ';' before '}' token"),
    rule(Error, r"error\[E\d+\]", "error[E0425]: cannot find value `a` in this scope"),
    // modpost, checkers and scripts of the kernel.
    rule(Error, start!("ERROR"), "12:30:01 ERROR: modpost: \"a\" [b.ko] undefined!"),
    // dtc.
    rule(Error, r"^\S+: ERROR \(", "a.dts:12.3-14.5: ERROR (duplicate_label): /b: Duplicate label 'c'"),
    rule(Error, "FATAL(?: ERROR)?:", "FATAL: modpost: Section mismatches detected."),
    // Linkers.
    rule(Error, "(?i)undefined reference", "a.c:(.text+0x4): undefined reference to `b'"),
    rule(Error, "multiple definition of", "a.o:(.data+0x0): multiple definition of `b'; c.o: first defined here"),
    rule(Warning, r"(?i)\bld(?:\.[a-z]+)?: warning:", "arm-ld: warning: a.o has a LOAD segment with RWX permissions"),
    rule(Ignored, r"\bld(?:\.[a-z]+)?: .*: in function ", "arm-linux-gnueabi-ld: a.o: in function `b':"),
    rule(Error, r"(?:^|[\s/-])ld(?:\.[a-z]+)?: ", "/usr/bin/ld: cannot find -lelf"),
    // Tools that are missing or too old.
    rule(Error, "(?i)gcc doesn't support", "Makefile:1: gcc doesn't support -mfoo"),
    rule(Error, "(?i)command not found", "make: lzop: Command not found"),
    rule(Error, start!("(?i:/bin/[a-z]*sh)\\b"), "12:30:01 /bin/zsh: 1: tools/objtool/fixdep: Permission denied"),
    rule(Error, r"^\S.*: not found\s*$", "scripts/a.sh: 12: bc: not found"),
    rule(Mismatch, "(?i)section mismatch", "WARNING: modpost: vmlinux: section mismatch in reference: a+0x1 -> b"),
    // Warnings that kernels are known to give on every build and that nobody acts on.
    rule(
        Ignored,
        "(?i)todo: return_address should use unwind tables",
        "a.c:1: warning: #warning \"TODO: return_address should use unwind tables\"",
    ),
    rule(Ignored, "(?i)nptl on non mmu needs fixing", "a.S:1: warning: #warning \"NPTL on non MMU needs fixing\""),
    rule(Ignored, "(?i)sparse checking disabled for this file", "warning: sparse checking disabled for this file"),
    // What compilers say about warnings.
    rule(Ignored, r"\d warnings?(?: and \d+ errors?)? generated", "2 warnings and 1 error generated."),
    rule(Ignored, "all warnings being treated as errors", "cc1: all warnings being treated as errors"),
    rule(Ignored, r"(?:^|[\s:])note: ", "a.h:1:2: note: in expansion of macro 'warning:'"),
    // What make and kconfig say with three stars.
    rule(Ignored, r"\*\*\* Default configuration is based on", "*** Default configuration is based on 'defconfig'"),
    rule(Ignored, r"\*\*\* (?:End of |Execute )", "*** Execute 'make' to start the build or try 'make help'."),
    rule(Ignored, r"\(ignored\)\s*$", "make[1]: [Makefile:3: clean] Error 1 (ignored)"),
    rule(Ignored, r"\*\*\* Waiting for unfinished jobs", "make[5]: *** Waiting for unfinished jobs...."),
    rule(Warning, r"(?i)^[#* ]*\*\*\* *warning\b", "*** WARNING *** a.h is deprecated"),
    rule(LastResort, r"(?:^|\s)\*\*\* ?\S", "make[1]: *** [Makefile:10: vmlinux] Error 2"),
    // Warnings of compilers, linkers, modpost, dtc, kconfig, make and scripts.
    rule(Warning, "(?i)#warning\\b", "<stdin>:1:2: #warning syscall bpf not implemented"),
    rule(
        Warning,
        r#"(?i)(?:^|[\s:(<>"'`*])warning\s?[:(\[!]"#,
        "a.dtb: Warning (reg_format): property has invalid length",
    ),
    rule(Warning, start!(r"(?i:warning)(?:[\s,]|$)"), "warning 1 of 2"),
];

static SET: LazyLock<RegexSet> = LazyLock::new(|| compile().unwrap_or_else(|_| RegexSet::empty()));

fn compile() -> Result<RegexSet, regex::Error> {
    RegexSetBuilder::new(RULES.iter().map(|rule| rule.pattern)).unicode(false).build()
}

/// What the first rule says that matches the line.
pub(super) fn verdict(line: &[u8]) -> Option<Verdict> {
    let first = SET.matches(line).iter().next()?;
    RULES.get(first).map(|rule| rule.verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_the_first_to_match_its_example() {
        let set = compile().unwrap();
        for (place, rule) in RULES.iter().enumerate() {
            let first = set.matches(rule.example.as_bytes()).iter().next();
            assert_eq!(first, Some(place), "{}: {}", rule.pattern, rule.example);
        }
    }

    #[test]
    fn lines_of_a_verdict() {
        let lines: [(Option<Verdict>, &[&str]); 5] = [
            (
                Some(Error),
                &[
                    "a.s:4: Error: bad instruction",
                    "fatal error: linux/a.h: No such file or directory",
                    "clang: error: argument unused during compilation: '-pie'",
                    "ld.lld: error: undefined symbol: a",
                    "ERROR",
                    "ERRORS were found",
                    "FATAL ERROR: Unable to parse input tree",
                    "a.c: Undefined Reference to `b'",
                    "GCC DOESN'T SUPPORT this",
                    "/bin/sh: 1: bc: not found",
                    "/bin/bash: line 3: a: No such file or directory",
                    "/BIN/SH: 1: a",
                    "/bin/ksh: foo: not found",
                    "00:00:14 a.h:1:2: error: cannot use keyword 'false' as enumeration constant",
                    "warning: error: Section mismatch",
                    "error: #error \"NPTL on non MMU needs fixing\"",
                ],
            ),
            (
                Some(Mismatch),
                &[
                    "WARNING: a.o(.text+0x1): Section mismatch in reference",
                    "Section mismatch",
                    "SECTION MISMATCH",
                    "WARNING: modpost: Found 1 section mismatch(es).",
                    "Section mismatch: NPTL on non MMU needs fixing",
                ],
            ),
            (
                Some(Warning),
                &[
                    "a.c:1:2: warning: unused variable 'a'",
                    "WARNING: modpost: missing MODULE_LICENSE()",
                    "Warning (reg_format): a",
                    "arch/arm/Kconfig:12:warning: defaults for choice values not supported",
                    ".config:10720:warning: override: CPU_BIG_ENDIAN changes choice state",
                    "Makefile:257: warning: overriding recipe for target 'a'",
                    "warning: unused variable: `a`",
                    "00:00:14 WARNING: unmet direct dependencies detected for A",
                ],
            ),
            (
                Some(LastResort),
                &[
                    "*** The present kernel configuration has modules disabled.",
                    "*** Can't find default configuration \"arch/riscv/configs/a_defconfig\"!",
                    "make: *** No rule to make target 'a'.  Stop.",
                    "00:00:14 make[5]: *** [scripts/Makefile.build:289: a.o] Error 1",
                ],
            ),
            (
                None,
                &[
                    "",
                    "a ERROR in the middle and in capitals",
                    "eRror: ",
                    "undefined  reference",
                    "gcc does not support",
                    "command was not found",
                    "a /bin/sh",
                    "/usr/bin/bash: a",
                    "  CC      lib/error.o",
                    "  CC      lib/warning.o",
                    "gcc -Werror=unknown-warning-option -c a.c",
                    "install -m 755 run.sh WARNING.sh /tmp/linux",
                    "  LD      vmlinux",
                    "warn: a",
                ],
            ),
        ];
        for (expected, lines) in lines {
            for line in lines {
                assert_eq!(verdict(line.as_bytes()), expected, "{line}");
            }
        }
    }
}

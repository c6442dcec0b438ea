use std::error::Error;
use std::io::Write;

use flate2::Compression;
use flate2::write::{GzEncoder, MultiGzDecoder};
use proptest::prelude::*;

use super::*;

type Outcome = Result<(), Box<dyn Error>>;

const SAMPLE: &str = "  CC      init/main.o\r\n\
    drivers/a.c:1:2: warning: unused variable \u{2018}a\u{2019} [-Wunused-variable]\r\n\
    \n\
    drivers/b.c:3: Error: bad instruction `foo r0'\n\
    WARNING: vmlinux.o(.text+0x1): Section mismatch in reference from b() to c()\n\
    /bin/sh: 1: lzop: not found\n\
    make[1]: *** [all] Error 2\n\
    \t<stdin>:1:2: warning: #warning syscall bpf not implemented";

fn read(log: &[u8]) -> Result<LogLines, LogError> {
    read_in_chunks(log, usize::MAX)
}

fn read_in_chunks(log: &[u8], size: usize) -> Result<LogLines, LogError> {
    let mut reader = LogReader::new();
    for chunk in log.chunks(size) {
        reader.push(chunk)?;
    }
    reader.finish()
}

fn gzip(log: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(log)?;
    encoder.finish()
}

fn counts(lines: &LogLines) -> [u64; 3] {
    [lines.errors_count, lines.warnings_count, lines.mismatches_count]
}

/// What was found, without the line that stands in for an error of a build that failed.
fn found(log: &[u8]) -> Result<LogLines, LogError> {
    Ok(LogLines { last_line: String::new(), ..read(log)? })
}

#[test]
fn lists_keep_the_order_of_the_log_and_repeated_lines() -> Outcome {
    let lines = read(b"error: 2\nwarning 1\nerror: 1\nfine\nerror: 2\nSection mismatch\nwarning 1\n")?;
    assert_eq!(lines.errors, ["error: 2", "error: 1", "error: 2"]);
    assert_eq!(lines.warnings, ["warning 1", "warning 1"]);
    assert_eq!(lines.mismatches, ["Section mismatch"]);
    assert_eq!(counts(&lines), [3, 2, 1]);
    Ok(())
}

#[test]
fn sample_with_both_line_ends_and_no_final_one() -> Outcome {
    let lines = read(SAMPLE.as_bytes())?;
    let [error, shell] = ["drivers/b.c:3: Error: bad instruction `foo r0'", "/bin/sh: 1: lzop: not found"];
    assert_eq!(lines.errors, [error, shell]);
    assert_eq!(
        lines.warnings,
        [
            "drivers/a.c:1:2: warning: unused variable \u{2018}a\u{2019} [-Wunused-variable]",
            "<stdin>:1:2: warning: #warning syscall bpf not implemented",
        ]
    );
    assert_eq!(lines.mismatches, ["WARNING: vmlinux.o(.text+0x1): Section mismatch in reference from b() to c()"]);
    assert_eq!(read(format!("{SAMPLE}\n").as_bytes())?, lines);
    Ok(())
}

#[test]
fn logs_without_lines() -> Outcome {
    for log in ["", "\n", "\r\n\r\n", "x", "\u{1f}", "fine"] {
        assert_eq!(found(log.as_bytes())?, LogLines::default(), "{log:?}");
        assert_eq!(found(&gzip(log.as_bytes())?)?, LogLines::default(), "{log:?}");
    }
    Ok(())
}

#[test]
fn invalid_utf8_stays_readable() -> Outcome {
    let lines = read(b"a\xff\xfe.c: error: \xe2\x80\nb \xc3\xa4 warning: \xf0\n")?;
    assert_eq!(lines.errors, ["a\u{fffd}\u{fffd}.c: error: \u{fffd}"]);
    assert_eq!(lines.warnings, ["b \u{e4} warning: \u{fffd}"]);
    Ok(())
}

#[test]
fn control_characters_but_tab_are_removed_from_what_is_stored() -> Outcome {
    let lines = read("\u{1b} \u{1b}[1ma.c:\terror:\0 b\u{7f}\u{85}c\r\r\n".as_bytes())?;
    assert_eq!(lines.errors, ["a.c:\terror: bc"]);
    assert_eq!(found(b"err\0or: a\n\x1bERROR\n")?, LogLines::default(), "the raw line decides");
    Ok(())
}

#[test]
fn a_long_line_is_cut_and_its_rest_skipped() -> Outcome {
    let start = "error: ";
    let mut log = format!("{start}{}", "x".repeat(LINE_LIMIT - start.len()));
    let cut = log.clone();
    log.push_str(&" error: ".repeat(100_000));
    log.push_str("\nerror: next\n");
    for size in [1000, LINE_LIMIT - 1, LINE_LIMIT, LINE_LIMIT + 1, usize::MAX] {
        let lines = read_in_chunks(log.as_bytes(), size)?;
        assert_eq!(lines.errors, [cut.as_str(), "error: next"]);
        assert_eq!(lines.errors_count, 2);
    }
    let beyond = format!("{}error:\n", "x".repeat(LINE_LIMIT - 5));
    assert_eq!(found(beyond.as_bytes())?, LogLines::default());
    let within = format!("{}error:\r\n", "x".repeat(LINE_LIMIT - 6));
    assert_eq!(read(within.as_bytes())?.errors, [within.trim_end()]);
    Ok(())
}

#[test]
fn stored_text_stops_at_its_limit_and_counts_go_on() -> Outcome {
    let long = format!("error: {}\n", "x".repeat(32_761));
    let mut reader = LogReader::new();
    reader.push(b"warning 1\n")?;
    for _ in 0..400 {
        reader.push(long.as_bytes())?;
    }
    reader.push(b"error: short\nwarning 2\nSection mismatch\n")?;
    let lines = reader.finish()?;
    assert_eq!(counts(&lines), [401, 2, 1]);
    assert_eq!(lines.errors.len(), STORED_TEXT_LIMIT / (long.len() - 1));
    assert_eq!(lines.warnings, ["warning 1", "warning 2"]);
    assert_eq!(lines.mismatches, ["Section mismatch"]);
    Ok(())
}

#[test]
fn stored_lines_stop_at_their_limit_and_counts_go_on() -> Outcome {
    let lines = read("ERROR\nwarning\n".repeat(60_000).as_bytes())?;
    assert_eq!(counts(&lines), [60_000, 60_000, 0]);
    assert_eq!((lines.errors.len(), lines.warnings.len()), (STORED_LINES_LIMIT, STORED_LINES_LIMIT));
    Ok(())
}

#[test]
fn a_carriage_return_ends_a_line() -> Outcome {
    let lines = read(b"10%\r20%\rerror: a\rwarning: b\r\n")?;
    assert_eq!(
        (lines.errors.as_slice(), lines.warnings.as_slice()),
        (&["error: a".to_owned()][..], &["warning: b".to_owned()][..])
    );
    Ok(())
}

#[test]
fn what_make_says_is_an_error_where_there_is_no_other() -> Outcome {
    let log = "*** Modules are disabled.\nmake: *** [Makefile:1: modules] Error 1\n";
    assert_eq!(read(log.as_bytes())?.errors, ["*** Modules are disabled.", "make: *** [Makefile:1: modules] Error 1"]);
    assert_eq!(read(format!("{log}a.c: error: b\n").as_bytes())?.errors, ["a.c: error: b"]);
    let lines = read("make: *** [a] Error 1\n".repeat(100_000).as_bytes())?;
    assert_eq!((lines.errors.len(), lines.errors_count), (LAST_RESORT_LINES, 10));
    Ok(())
}

#[test]
fn a_build_that_failed_has_an_error() -> Outcome {
    let failed = |log: &str| -> Result<LogLines, LogError> {
        let mut lines = read(log.as_bytes())?;
        lines.build_failed();
        Ok(lines)
    };
    assert_eq!(failed("a\nKilled\n\n")?.errors, ["Killed"]);
    assert_eq!((failed("")?.errors, failed("")?.errors_count), (vec![EMPTY_LOG.to_owned()], 1));
    assert_eq!(failed("error: a\nKilled\n")?.errors, ["error: a"]);
    Ok(())
}

#[test]
fn the_logs_of_a_build_together_have_the_limits_of_one() -> Outcome {
    let log = "error: a\nwarning: b\n".repeat(30_000);
    let mut all = read(log.as_bytes())?;
    all.append(read(log.as_bytes())?);
    assert_eq!(counts(&all), [60_000, 60_000, 0]);
    assert_eq!((all.errors.len(), all.warnings.len()), (STORED_LINES_LIMIT, STORED_LINES_LIMIT));
    Ok(())
}

/// Logs of builds that failed, each with a part of what is among its first three errors.
const CAUSES: [(&str, &str); 10] = [
    ("001", "error: label at end of compound statement"),
    ("002", "*** The present kernel configuration has modules disabled."),
    ("004", "undefined reference to `__bad_cmpxchg'"),
    ("006", "*** Can't find default configuration \"arch/riscv/configs/nommu_k210_defconfig\"!"),
    ("008", "larger than 1024 bytes"),
    ("011", "multiple definition of `screen_info'"),
    ("013", "clang: error: argument unused during compilation: '-pie'"),
    ("014", "fatal error: bits/libc-header-start.h: No such file or directory"),
    ("016", "undefined reference to `stackleak_track_stack'"),
    ("018", "cannot use keyword \u{2018}false\u{2019} as enumeration constant"),
];

#[test]
#[ignore = "KERNELCI_CASES names the folder with logs of real builds"]
fn the_cause_is_among_the_first_errors_of_real_logs() -> Outcome {
    let folder = std::path::PathBuf::from(std::env::var("KERNELCI_CASES")?);
    for (log, cause) in CAUSES {
        let lines = read(&std::fs::read(folder.join(format!("logs/kbuild_{log}.log.gz")))?)?;
        let first = lines.errors.iter().take(3);
        assert!(first.clone().any(|line| line.contains(cause)), "{log}: {:?}", first.collect::<Vec<_>>());
        assert!(log != "013" || (330..=350).contains(&lines.warnings_count), "{:?}", counts(&lines));
    }
    for (log, expected) in [("section-mismatch-lowercase", [0, 0, 1]), ("zsh", [2, 0, 0]), ("dotdot", [0, 2, 0])] {
        let lines = read(&std::fs::read(folder.join(format!("log-{log}.log")))?)?;
        assert_eq!(counts(&lines), expected, "{log}");
        assert!(lines.warnings.windows(2).all(|pair| matches!(pair, [one, other] if one == other)), "{log}");
    }
    Ok(())
}

#[test]
fn a_log_of_100_megabytes() -> Outcome {
    let mut block = "  CC      drivers/net/ethernet/vendor/some_driver.o\n".repeat(1000);
    block.push_str("a.c:1: error: a\na.c:2: warning: b\nWARNING: c: Section mismatch in d\n");
    let log = block.bytes().cycle();
    let repeats = 100_000_000 / block.len();
    // A chunk is cut from a window one chunk longer than the block, so that chunks end anywhere in the lines.
    let window: Vec<u8> = log.take(block.len() + 64 * 1024).collect();
    let (mut reader, mut offset, mut left) = (LogReader::new(), 0, block.len() * repeats);
    while left > 0 {
        let length = left.min(64 * 1024);
        reader.push(window.get(offset..offset + length).ok_or("the window is too short")?)?;
        offset = (offset + length) % block.len();
        left -= length;
    }
    let (lines, expected) = (reader.finish()?, u64::try_from(repeats)?);
    assert_eq!(counts(&lines), [expected, expected, expected]);
    assert_eq!(lines.errors.len(), repeats);
    Ok(())
}

#[test]
fn chunks_of_every_size_give_the_same_plain_and_gzip() -> Outcome {
    let whole = read(SAMPLE.as_bytes())?;
    let compressed = gzip(SAMPLE.as_bytes())?;
    for size in 1..=SAMPLE.len() {
        assert_eq!(read_in_chunks(SAMPLE.as_bytes(), size)?, whole, "chunks of {size}");
        assert_eq!(read_in_chunks(&compressed, size)?, whole, "gzip in chunks of {size}");
    }
    Ok(())
}

#[test]
fn gzip_members_are_one_log() -> Outcome {
    let plain = read(SAMPLE.as_bytes())?;
    for at in 0..=SAMPLE.len() {
        let (first, second) = SAMPLE.as_bytes().split_at(at);
        let compressed = [gzip(first)?, gzip(b"")?, gzip(second)?].concat();
        for size in [1, 7, usize::MAX] {
            let lines = read_in_chunks(&compressed, size)?;
            assert_eq!(lines, plain, "divided at {at}, chunks of {size}");
        }
    }
    Ok(())
}

#[test]
fn truncated_gzip_is_an_error() -> Outcome {
    let member = gzip(SAMPLE.as_bytes())?;
    let two = [&member[..], &member].concat();
    for length in (2..two.len()).filter(|length| *length != member.len()) {
        let (truncated, _) = two.split_at(length);
        for size in [1, usize::MAX] {
            let result = read_in_chunks(truncated, size);
            assert!(matches!(result, Err(LogError::Damaged(_))), "{length} bytes");
        }
    }
    Ok(())
}

#[test]
fn damaged_gzip_is_an_error_to_the_end() -> Outcome {
    let member = gzip(SAMPLE.as_bytes())?;
    let two = [&member[..], &member].concat();
    // A change of the first two bytes makes the log plain text. Bytes 3 to 9 of a header are flags, time and system,
    // where a change need not make the stream invalid.
    let in_first = 10..member.len();
    let in_second = (0..3).chain(10..member.len()).map(|at| member.len() + at);
    for at in std::iter::once(2).chain(in_first).chain(in_second) {
        let mut damaged = two.clone();
        *damaged.get_mut(at).ok_or("no such byte")? ^= 0x55;
        let mut reader = LogReader::new();
        for chunk in damaged.chunks(5) {
            // What a caller does that overlooks the error: it must not get lines for it in the end.
            let _ = reader.push(chunk);
        }
        let _ = reader.push(&member);
        assert!(reader.finish().is_err(), "byte {at} of {}", two.len());
    }
    for rest in [&b"garbage"[..], b"\0", b"\x1f\x8b"] {
        let followed = [&member[..], rest].concat();
        assert!(matches!(read(&followed), Err(LogError::Damaged(_))), "{rest:?}");
    }
    Ok(())
}

#[test]
fn gzip_with_too_much_text_is_an_error_to_the_end() -> Outcome {
    let text = SAMPLE.repeat(500);
    let length = u64::try_from(text.len())?;
    for (limit, fits) in [(length, true), (length - 1, false), (10, false)] {
        let input = Input::Gzip(Box::new(MultiGzDecoder::new(DecompressedText::new(limit))));
        let mut reader = LogReader { input };
        let pushed = reader.push(&gzip(text.as_bytes())?);
        assert!(limit > 10 || matches!(pushed, Err(LogError::TooLong)));
        let finished = reader.finish();
        assert!(if fits { finished.is_ok() } else { matches!(finished, Err(LogError::TooLong)) });
    }
    Ok(())
}

#[test]
fn a_decompression_bomb_is_contained() -> Outcome {
    let bomb = gzip(&vec![b'x'; 4 * 1024 * 1024])?;
    let log = [gzip(b"error: ")?, bomb, gzip(b"\nwarning")?].concat();
    let lines = read(&log)?;
    assert_eq!(lines.errors.iter().map(String::len).sum::<usize>(), LINE_LIMIT);
    assert_eq!(counts(&lines), [1, 1, 0]);
    Ok(())
}

const PIECES: &str = "\n|\r\n|\r|error:|Error:|ERROR|/bin/sh|Section mismatch|warning:| |\t|Command not found|\
    undefined reference|gcc doesn't support|\u{1f}|NPTL on non MMU needs fixing";

/// Logs made of the pieces that matter, in any order.
fn logs() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(PIECES.split('|').collect::<Vec<_>>()).prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(crate::property::property(256))]

    #[test]
    fn any_chunks_give_the_same_as_one_push(
        log in logs(),
        sizes in prop::collection::vec(0_usize..20, 0..60),
        compressed in any::<bool>(),
    ) {
        prop_assume!(!log.starts_with(&GZIP_MAGIC));
        let whole = read(&log)?;
        let log = if compressed { gzip(&log)? } else { log };
        let (mut reader, mut rest) = (LogReader::new(), log.as_slice());
        for size in sizes {
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            reader.push(chunk)?;
            rest = after;
        }
        reader.push(rest)?;
        prop_assert_eq!(reader.finish()?, whole);
    }

    #[test]
    fn any_bytes_after_the_gzip_magic_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&[&GZIP_MAGIC[..], &[8, 0, 0, 0, 0, 0, 0, 0], &bytes].concat());
        let _ = read(&[&GZIP_MAGIC[..], &bytes].concat());
    }
}

//! The version of a kernel, as the name of its revision tells it.

/// The kernel version in `git_describe_v`, or else in `git_describe`: `v4.1.14-rc8-1234-gabc` is `4.1.14-rc8`,
/// `v4.1-12-gabc` is `4.1`.
///
/// A release candidate is kept only behind three numbers: `v5.6-rc1` is recorded as `5.6`.
///
/// A day of linux-next (`next-20210304`) has no version here, whatever tag it lies behind: that tag belongs to the
/// release before the one that the tree is for. What is recorded for such a tree came from its sender.
#[must_use]
pub fn kernel_version(git_describe_v: Option<&str>, git_describe: Option<&str>) -> Option<String> {
    if git_describe.is_some_and(is_linux_next) {
        return None;
    }
    git_describe_v.and_then(version_in).or_else(|| git_describe.and_then(version_in)).map(str::to_owned)
}

fn is_linux_next(describe: &str) -> bool {
    describe.strip_prefix("next-").is_some_and(|day| day.starts_with(|first: char| first.is_ascii_digit()))
}

fn version_in(describe: &str) -> Option<&str> {
    let text = describe.strip_prefix('v').unwrap_or(describe);
    let (mut end, mut numbers) = (digits_at(text, 0), 1);
    if end == 0 {
        return None;
    }
    while text.get(end..).is_some_and(|rest| rest.starts_with('.')) {
        let after = digits_at(text, end + 1);
        if after == end + 1 {
            break;
        }
        (end, numbers) = (after, numbers + 1);
    }
    if numbers >= 3 {
        end = candidate_end(text, end).unwrap_or(end);
    }
    let whole_word = !text.get(end..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    text.get(..end).filter(|_| numbers >= 2 && whole_word)
}

fn candidate_end(text: &str, start: usize) -> Option<usize> {
    let digits = start + "-rc".len();
    let end = digits_at(text, digits);
    (text.get(start..digits)? == "-rc" && end > digits).then_some(end)
}

/// Where the digits that start at `start` end; `start` itself if there are none.
fn digits_at(text: &str, start: usize) -> usize {
    let digits = text.bytes().skip(start).take_while(u8::is_ascii_digit).count();
    start + digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Option<String> {
        kernel_version(Some(text), None)
    }

    #[test]
    fn a_tag_or_what_lies_behind_it_tells_the_version() {
        let table = [
            ("v4.1.14-rc8-1234-gabc", Some("4.1.14-rc8")),
            ("v4.1-12-gabc", Some("4.1")),
            ("v4.1", Some("4.1")),
            ("4.1.14", Some("4.1.14")),
            ("v4.1.14-rc8", Some("4.1.14-rc8")),
            ("v4.1.14-rc", Some("4.1.14")),
            ("v4.1.14+", Some("4.1.14")),
            ("v2.6.32.61-3-gabc", Some("2.6.32.61")),
            ("v4.1.", Some("4.1")),
            ("v4", None),
            ("v4.x", None),
            ("v4.1beta", None),
            ("v4.1.14-rc8x", None),
            ("renesas-devel-2020-01-02-v5.5-rc4", None),
            ("vv4.1", None),
            ("v", None),
            ("", None),
            ("é4.1", None),
        ];
        for (text, version) in table {
            assert_eq!(of(text).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn the_verbose_text_wins_over_the_short_one() {
        assert_eq!(kernel_version(Some("v4.2-1-gabc"), Some("v4.1")).as_deref(), Some("4.2"));
        assert_eq!(kernel_version(Some("topic-1-gabc"), Some("v4.1")).as_deref(), Some("4.1"));
        assert_eq!(kernel_version(None, Some("v4.1-1-gabc")).as_deref(), Some("4.1"));
        assert_eq!(kernel_version(Some("v4.1-1-gabc"), Some("topic-7")).as_deref(), Some("4.1"));
        assert_eq!(kernel_version(None, None), None);
    }

    #[test]
    fn a_day_of_linux_next_has_none() {
        assert_eq!(kernel_version(Some("v5.12-rc1-1897-gf5427c2460eb"), Some("next-20210304")), None);
        assert_eq!(kernel_version(Some("next-20200203-0-g2c4c6cb67aba"), Some("next-20200203")), None);
        assert_eq!(kernel_version(Some("v5.12-1-gabc"), Some("next-steps")).as_deref(), Some("5.12"));
    }

    /// Every combination in the jobs and builds of the seed, but for: the days of linux-next (whose version no text
    /// holds), the one version that is a number and the one that is null, both odd on purpose.
    #[test]
    fn recorded_versions_are_derived() {
        let rows: Vec<(String, Option<String>, String)> =
            serde_json::from_str::<Vec<[Option<String>; 3]>>(include_str!("tests/recorded/versions.json"))
                .expect("rows of three")
                .into_iter()
                .map(|[verbose, short, version]| (verbose.expect("a text"), short, version.expect("a version")))
                .collect();
        assert_eq!(rows.len(), 48);
        for (verbose, short, version) in rows {
            let derived = kernel_version(Some(&verbose), short.as_deref());
            assert_eq!(derived.as_deref(), Some(version.as_str()), "{verbose}");
        }
    }

    proptest! {
        #![proptest_config(crate::property::property(256))]

        #[test]
        fn a_version_is_where_the_text_starts(text in "v?[0-9.rc\\-a-zé]{0,24}") {
            if let Some(version) = of(&text) {
                let bare = text.strip_prefix('v').unwrap_or(&text);
                prop_assert!(bare.starts_with(&version));
                prop_assert!(version.contains('.'));
            }
        }
    }
}

//! What the headers of a request ask for.

/// Whether an `Accept` header asks for the one version there is, or for none in particular.
pub fn wants_known_version(accept: Option<&str>) -> bool {
    accept.unwrap_or_default().split(',').all(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.strip_prefix("application/v") {
            Some(version) if version.starts_with(|digit: char| digit.is_ascii_digit()) => version == "1",
            _ => true,
        }
    })
}

/// Whether an `Accept` header asks for HTML, and for no JSON rather than that.
pub fn wants_html(accept: Option<&str>) -> bool {
    let quality = |wanted: &str| -> f64 {
        let ranges = accept.unwrap_or_default().split(',').map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            (kind, quality.map_or(1.0, |quality| quality.trim().parse().unwrap_or(0.0)))
        });
        ranges.filter(|(kind, _)| kind == wanted).map(|(_, quality)| quality).fold(0.0, f64::max)
    };
    quality("text/html") > quality("application/json").max(quality("application/v1"))
}

/// Whether an `Accept-Encoding` header takes gzip.
pub fn accepts_gzip(accept_encoding: Option<&str>) -> bool {
    let mut any = None;
    for coding in accept_encoding.unwrap_or_default().split(',') {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let wanted = quality.is_none_or(|quality| quality.trim().parse::<f64>().is_ok_and(|quality| quality > 0.0));
        match name.as_str() {
            "gzip" | "x-gzip" => return wanted,
            "*" => any = Some(wanted),
            _ => {}
        }
    }
    any.unwrap_or(false)
}

/// Whether an `If-None-Match` header names the entity tag, weakly or not, or any tag.
pub fn matches_etag(if_none_match: Option<&str>, etag: &str) -> bool {
    let Some(header) = if_none_match else { return false };
    header.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_one_or_none_is_known() {
        for accept in [
            None,
            Some(""),
            Some("*/*"),
            Some("application/json"),
            Some("application/v1"),
            Some("text/html, application/v1;q=0.5"),
            Some("application/vnd.api+json"),
        ] {
            assert!(wants_known_version(accept), "{accept:?}");
        }
        for accept in ["application/v2", "Application/V2", "application/v10", "application/v1.1", "*/*, application/v3"]
        {
            assert!(!wants_known_version(Some(accept)), "{accept}");
        }
    }

    #[test]
    fn html_is_wanted_where_it_is_asked_for() {
        for accept in [
            "text/html",
            "Text/HTML; charset=utf-8",
            "text/html,application/xml;q=0.9,*/*;q=0.8",
            "application/json;q=0.5, text/html",
        ] {
            assert!(wants_html(Some(accept)), "{accept}");
        }
        for accept in [
            "",
            "*/*",
            "application/json",
            "text/html;q=0",
            "application/json, text/html;q=0.9",
            "application/v1, text/html",
        ] {
            assert!(!wants_html(Some(accept)), "{accept}");
        }
        assert!(!wants_html(None));
    }

    #[test]
    fn gzip_is_taken_where_it_is_wanted() {
        for header in ["gzip", "GZIP", "deflate, gzip", "gzip;q=0.5", "*", "br;q=1.0, gzip; q=0.8, *;q=0.1"] {
            assert!(accepts_gzip(Some(header)), "{header}");
        }
        for header in ["", "identity", "gzip;q=0", "gzip; q=0.0", "deflate", "*;q=0", "*, gzip;q=0"] {
            assert!(!accepts_gzip(Some(header)), "{header}");
        }
        assert!(!accepts_gzip(None));
    }

    #[test]
    fn tags_match_weakly() {
        assert!(matches_etag(Some("\"b\", W/\"a\""), "\"a\"") && matches_etag(Some("*"), "\"a\""));
        assert!(!matches_etag(Some("\"b\""), "\"a\"") && !matches_etag(None, "\"a\""));
    }
}

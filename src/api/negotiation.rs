//! Which of several formats a client gets: `?format=` if it says so, else by its `Accept` header (RFC 9110, section 12.5.1).

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// A format and its media type.
pub(super) type Offer<F> = (F, &'static str);

/// The format to answer in. Of those that the client likes best the first one offered is taken; a client that says nothing
/// takes anything.
pub(super) fn choose<F: Copy>(
    asked: Option<F>,
    headers: &HeaderMap,
    offers: &[Offer<F>],
    what: &str,
) -> Result<F, Problem> {
    if let Some(format) = asked {
        return Ok(format);
    }
    let lines = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let accept = lines.collect::<Vec<_>>().join(",");
    let ranges = if accept.trim().is_empty() { vec![Range::everything()] } else { read(&accept) };
    let mut best: Option<(f64, F)> = None;
    for (format, media_type) in offers {
        let essence = media_type.split(';').next().unwrap_or_default();
        let fits = ranges.iter().filter(|range| range.covers(essence));
        // The most specific range that covers a type says how much it is liked.
        let quality = fits.max_by_key(|range| range.specificity()).map_or(0.0, |range| range.quality);
        if quality > best.map_or(0.0, |(least, _)| least) {
            best = Some((quality, *format));
        }
    }
    best.map(|(_, format)| format).ok_or_else(|| {
        let types: Vec<&str> = offers.iter().map(|(_, media_type)| *media_type).collect();
        let message = format!("{what} is to be had as {}", types.join(", "));
        Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", message.clone()).at("Accept", message)
    })
}

/// One media range of an `Accept` header.
struct Range<'a> {
    kind: &'a str,
    quality: f64,
}

impl Range<'_> {
    fn everything() -> Self {
        Self { kind: "*/*", quality: 1.0 }
    }

    fn covers(&self, essence: &str) -> bool {
        match self.kind.strip_suffix("/*") {
            Some("*") => true,
            Some(top) => essence.split('/').next().is_some_and(|kind| kind.eq_ignore_ascii_case(top)),
            None => self.kind.eq_ignore_ascii_case(essence),
        }
    }

    fn specificity(&self) -> u8 {
        match self.kind {
            "*/*" => 0,
            kind if kind.ends_with("/*") => 1,
            _ => 2,
        }
    }
}

fn read(accept: &str) -> Vec<Range<'_>> {
    let ranges = accept.split(',').filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().filter(|kind| !kind.is_empty())?;
        let quality = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        // What cannot be read as a quality is no reason to like something less.
        let quality = quality.and_then(|text| text.trim().parse::<f64>().ok()).filter(|q| (0.0..=1.0).contains(q));
        Some(Range { kind, quality: quality.unwrap_or(1.0) })
    });
    ranges.collect()
}

/// A text in a format; with a file's name, a browser saves it under that.
pub(super) fn document(media_type: &'static str, text: impl Into<Vec<u8>>, file: Option<String>) -> Response {
    let mut response = ([(header::CONTENT_TYPE, media_type)], text.into()).into_response();
    let disposition = file.map(|name| format!("attachment; filename=\"{name}\""));
    if let Some(value) = disposition.and_then(|text| header::HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERS: [Offer<char>; 3] =
        [('j', "application/json"), ('g', "application/geo+json"), ('c', "text/csv; charset=utf-8")];

    fn chosen(accept: &str) -> Option<char> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        choose(None, &headers, &OFFERS, "it").ok()
    }

    #[test]
    fn the_most_liked_format_is_given_and_of_equals_the_first() {
        for (accept, expected) in [
            ("*/*", Some('j')),
            ("", Some('j')),
            ("application/*", Some('j')),
            ("text/*", Some('c')),
            ("text/csv", Some('c')),
            ("text/html, TEXT/CSV;q=0.1", Some('c')),
            ("application/geo+json, */*;q=0.1", Some('g')),
            ("application/json;q=0.5, application/geo+json;q=0.6", Some('g')),
            ("*/*, application/json;q=0", Some('g')),
            ("application/geo+json;q=0", None),
            ("text/html", None),
            ("application/geo+json; profile=x; q=0.2", Some('g')),
        ] {
            assert_eq!(chosen(accept), expected, "{accept}");
        }
        assert_eq!(choose(Some('c'), &HeaderMap::new(), &OFFERS, "it").ok(), Some('c'));
    }
}

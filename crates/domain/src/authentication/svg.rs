//! SVG Tiny PS: the profile of SVG that BIMI takes for a logo.
//!
//! ```
//! use warden_domain::authentication::svg::{LogoProblem, check};
//!
//! let logo = br#"<svg xmlns="http://www.w3.org/2000/svg" version="1.2" baseProfile="tiny-ps">
//!     <title>Example</title></svg>"#;
//! assert_eq!(check(logo), Ok(()));
//! assert_eq!(check(b"\x89PNG"), Err(LogoProblem::NotSvg));
//! ```

use xmlparser::{ElementEnd, Token, Tokenizer};

/// Receivers take no larger logo, in bytes.
pub const MOST_BYTES: usize = 32 * 1024;
/// Reasons listed at most.
const MOST_REASONS: usize = 8;

/// Why a file is no logo for BIMI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoProblem {
    /// It is no SVG at all.
    NotSvg,
    /// It is an SVG of another profile; each reason is a phrase.
    NotTinyPs(Vec<String>),
}

/// Checks a logo.
///
/// # Errors
/// [`LogoProblem`], where it is not SVG Tiny PS.
pub fn check(body: &[u8]) -> Result<(), LogoProblem> {
    let Ok(text) = std::str::from_utf8(body) else { return Err(LogoProblem::NotSvg) };
    let mut reader = SvgReader::default();
    for token in Tokenizer::from(text.trim_start_matches('\u{feff}')) {
        let Ok(token) = token else {
            if !reader.has_root {
                return Err(LogoProblem::NotSvg);
            }
            reader.reason("it is no well-formed XML".to_owned());
            break;
        };
        reader.read(&token)?;
    }
    if !reader.has_root {
        return Err(LogoProblem::NotSvg);
    }
    reader.finish(body.len())
}

#[derive(Default)]
struct SvgReader {
    has_root: bool,
    /// Elements that are open.
    depth: usize,
    element: String,
    has_title: bool,
    version: Option<String>,
    profile: Option<String>,
    reasons: Vec<String>,
}

impl SvgReader {
    fn reason(&mut self, reason: String) {
        if self.reasons.len() < MOST_REASONS && !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }

    fn read(&mut self, token: &Token<'_>) -> Result<(), LogoProblem> {
        match token {
            Token::ElementStart { local, .. } => self.element(local.as_str())?,
            Token::Attribute { prefix, local, value, .. } => {
                self.attribute(prefix.as_str(), local.as_str(), value.as_str());
            }
            Token::ElementEnd { end, .. } => match end {
                ElementEnd::Open => self.depth += 1,
                ElementEnd::Close(..) => self.depth = self.depth.saturating_sub(1),
                ElementEnd::Empty => {}
            },
            Token::EntityDeclaration { .. } => {
                self.reason("it declares entities".to_owned());
            }
            Token::Declaration { .. }
            | Token::ProcessingInstruction { .. }
            | Token::Comment { .. }
            | Token::DtdStart { .. }
            | Token::EmptyDtd { .. }
            | Token::DtdEnd { .. }
            | Token::Text { .. }
            | Token::Cdata { .. } => {}
        }
        Ok(())
    }

    fn element(&mut self, name: &str) -> Result<(), LogoProblem> {
        const FORBIDDEN: [&str; 13] = [
            "script",
            "image",
            "foreignObject",
            "animate",
            "animateColor",
            "animateMotion",
            "animateTransform",
            "set",
            "audio",
            "video",
            "animation",
            "handler",
            "listener",
        ];
        if !self.has_root {
            if name != "svg" {
                return Err(LogoProblem::NotSvg);
            }
            self.has_root = true;
        } else if FORBIDDEN.contains(&name) {
            self.reason(format!("it has the element {name}"));
        } else if name == "title" && self.depth == 1 {
            self.has_title = true;
        }
        name.clone_into(&mut self.element);
        Ok(())
    }

    fn attribute(&mut self, prefix: &str, name: &str, value: &str) {
        let is_root = self.depth == 0 && self.element == "svg";
        match name {
            "version" if is_root => self.version = Some(value.to_owned()),
            "baseProfile" if is_root => self.profile = Some(value.to_owned()),
            "x" | "y" if is_root && prefix.is_empty() => {
                self.reason(format!("its root element has the attribute {name}"));
            }
            "href" if !value.starts_with('#') => {
                self.reason("it refers to something outside of the file".to_owned());
            }
            _ if name.starts_with("on") && prefix.is_empty() => {
                self.reason(format!("it has the event attribute {name}"));
            }
            _ => {}
        }
    }

    fn finish(mut self, bytes: usize) -> Result<(), LogoProblem> {
        if self.version.as_deref() != Some("1.2") {
            self.reason("version is not \"1.2\"".to_owned());
        }
        if self.profile.as_deref() != Some("tiny-ps") {
            self.reason("baseProfile is not \"tiny-ps\"".to_owned());
        }
        if !self.has_title {
            self.reason("it has no title element directly below svg".to_owned());
        }
        if bytes > MOST_BYTES {
            self.reason(format!("it has {bytes} bytes; receivers take {MOST_BYTES} at most"));
        }
        if self.reasons.is_empty() { Ok(()) } else { Err(LogoProblem::NotTinyPs(self.reasons)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logo(root: &str, content: &str) -> String {
        format!("<?xml version=\"1.0\"?>\n<svg {root}>{content}</svg>")
    }

    #[test]
    fn each_rule_of_the_profile_is_checked() {
        const ROOT: &str = r#"version="1.2" baseProfile="tiny-ps""#;
        let large = format!("<title>x</title><!--{}-->", "x".repeat(MOST_BYTES));
        for (root, content, reason) in [
            (ROOT, "<title>x</title><path d=\"M0 0\"/>", None),
            (r#"baseProfile="tiny-ps""#, "<title>x</title>", Some("version")),
            (r#"version="1.2""#, "<title>x</title>", Some("baseProfile")),
            (ROOT, "<g><title>x</title></g>", Some("title")),
            (ROOT, "<title>x</title><script>1</script>", Some("script")),
            (ROOT, "<title>x</title><image href=\"#a\"/>", Some("image")),
            (ROOT, "<title>x</title><use href=\"#a\"/>", None),
            (ROOT, "<title>x</title><use xlink:href=\"https://e/x\"/>", Some("outside")),
            (ROOT, "<title>x</title><g onclick=\"f()\"/>", Some("onclick")),
            (
                r#"version="1.2" baseProfile="tiny-ps" x="0""#,
                "<title>x</title>",
                Some("attribute x"),
            ),
            (ROOT, "<title>x</title><rect x=\"0\" y=\"0\"/>", None),
            (ROOT, large.as_str(), Some("bytes")),
            (ROOT, "<title>x</title><g", Some("well-formed")),
        ] {
            match (check(logo(root, content).as_bytes()), reason) {
                (Ok(()), None) => {}
                (Err(LogoProblem::NotTinyPs(reasons)), Some(word)) => {
                    assert!(reasons.iter().any(|r| r.contains(word)), "{content}: {reasons:?}");
                    assert_eq!(reasons.len(), 1, "{content}: {reasons:?}");
                }
                (other, _) => panic!("{content}: {other:?}"),
            }
        }
    }

    #[test]
    fn other_files_are_no_svg() {
        for body in [&b"\x89PNG\r\n"[..], b"", b"<html></html>", b"hello", b"<"] {
            assert_eq!(check(body), Err(LogoProblem::NotSvg), "{body:?}");
        }
    }
}

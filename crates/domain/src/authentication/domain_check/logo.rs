//! The BIMI logo, where it was fetched.

use super::DomainReport;
use crate::authentication::svg;
use crate::finding::Finding;

/// A logo as it came over HTTPS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// The content type of the answer.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// The outcome of fetching a logo: why it failed, in one phrase.
pub type LogoFetch = Result<Logo, String>;

pub(super) fn check(url: &str, fetched: Option<&LogoFetch>, report: &mut DomainReport) {
    let logo = match fetched {
        None => {
            report.add(Finding::info("bimi-svg-not-checked", url).text(format!(
                "The logo {url} was not fetched, so whether it can be read and is SVG Tiny PS is not \
                 known. --fetch looks at it."
            )));
            return;
        }
        Some(Err(why)) => {
            report.add(Finding::error("bimi-svg-unreachable", url).text(format!(
                "The logo {url} cannot be fetched: {why}. It must be readable by everybody, over \
                 https, without a redirect to a login."
            )));
            return;
        }
        Some(Ok(logo)) => logo,
    };
    match svg::check(&logo.body) {
        Ok(()) => {}
        Err(svg::LogoProblem::NotSvg) => {
            let finding = Finding::error("bimi-not-svg", url);
            let finding = match &logo.content_type {
                Some(content_type) => finding.found(content_type),
                None => finding,
            };
            report.add(
                finding.text(format!(
                    "What {url} answers with is no SVG. BIMI shows SVG Tiny PS only."
                )),
            );
        }
        Err(svg::LogoProblem::NotTinyPs(why)) => {
            report.add(Finding::error("bimi-svg-not-tiny-ps", url).found(why.join("; ")).text(
                format!(
                    "The logo {url} is an SVG, but not of the profile Tiny PS: {}. Export it again \
                     with a converter for BIMI.",
                    why.join("; ")
                ),
            ));
        }
    }
}

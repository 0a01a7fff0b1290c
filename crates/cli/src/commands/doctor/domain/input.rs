//! The domains of the command line.

use std::fs;

use anyhow::{Context, bail};
use warden_domain::address::normalize_domain;

use crate::frame::output::printable;

/// Reads names and `@FILE`s; the names come normalized, each once, in order.
pub(super) fn domains(arguments: &[String]) -> anyhow::Result<Vec<String>> {
    let mut domains = Vec::new();
    for argument in arguments {
        let Some(path) = argument.strip_prefix('@') else {
            add(argument, &mut domains)?;
            continue;
        };
        let text = fs::read_to_string(path)
            .with_context(|| format!("the file {} cannot be read", printable(path)))?;
        for line in text.trim_start_matches('\u{feff}').lines() {
            let name = line.split('#').next().unwrap_or_default().trim();
            if !name.is_empty() {
                add(name, &mut domains)
                    .with_context(|| format!("in the file {}", printable(path)))?;
            }
        }
    }
    if domains.is_empty() {
        bail!("no domain is named");
    }
    Ok(domains)
}

fn add(name: &str, domains: &mut Vec<String>) -> anyhow::Result<()> {
    let Some(domain) = normalize_domain(name).filter(|domain| !domain.starts_with('[')) else {
        if let Some((_, domain)) = name.rsplit_once('@') {
            bail!("{} is an address; give its domain: {}", printable(name), printable(domain));
        }
        bail!("{} is no domain name", printable(name));
    };
    if !domains.contains(&domain) {
        domains.push(domain);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Vec<String>, String> {
        let arguments: Vec<String> = arguments.iter().map(|&name| name.to_owned()).collect();
        domains(&arguments).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn names_are_normalized_and_come_once() {
        assert_eq!(
            read(&["Example.COM.", "example.com", "b\u{fc}cher.example"]).unwrap(),
            ["example.com", "xn--bcher-kva.example"]
        );
    }

    #[test]
    fn what_is_no_domain_is_named() {
        for (name, words) in [
            ("a@example.com", "give its domain: example.com"),
            ("exa mple.com", "no domain name"),
            ("", "no domain name"),
            ("[192.0.2.1]", "no domain name"),
            ("a..example", "no domain name"),
            ("@no/such/file", "cannot be read"),
        ] {
            let error = read(&[name]).unwrap_err();
            assert!(error.contains(words), "{name}: {error}");
        }
    }
}

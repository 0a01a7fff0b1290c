use warden_domain::finding::RecordToPublish;
use warden_domain::setup::SectionKind;

use super::*;

const HOSTILE: &str = "<script>alert(1)</script>\"'\u{202e}\u{1b}[31m&amp;";

fn diagnosis(findings: Vec<Finding>) -> Diagnosis {
    Diagnosis { policy: "policy-none-domain".to_owned(), findings, logo_url: None }
}

fn section(kind: SectionKind, name: &str, findings: Vec<Finding>) -> Section {
    Section { kind, name: name.to_owned(), region: "eu-central-1".to_owned(), findings }
}

fn page() -> String {
    let record =
        RecordToPublish::mx("mail.example.com", 10, "feedback-smtp.eu-central-1.amazonses.com");
    let domains = [
        (
            "example.com".to_owned(),
            diagnosis(vec![
                Finding::info("dkim-ok", "example.com").text("DKIM is right."),
                Finding::error("mailfrom-mx-missing", "mail.example.com")
                    .text("There is no MX record.")
                    .publish(record),
            ]),
        ),
        ("fine.example.org".to_owned(), diagnosis(vec![])),
    ];
    let setup = [
        section(
            SectionKind::Topic,
            HOSTILE,
            vec![
                Finding::warning("topic-without-subscription", HOSTILE)
                    .text(HOSTILE)
                    .found(HOSTILE)
                    .command(HOSTILE),
            ],
        ),
        section(SectionKind::Queue, "suppress", vec![Finding::info("queue-ok", "q").text("Fine.")]),
    ];
    render("eu-central-1", &domains, &setup).unwrap()
}

#[test]
fn every_domain_is_a_row_and_every_finding_a_link_to_its_meaning() {
    let page = page();
    for name in ["example.com", "fine.example.org"] {
        assert!(page.contains(&format!("\">{name}</a></th>")), "{name}");
    }
    for code in ["dkim-ok", "mailfrom-mx-missing", "topic-without-subscription", "queue-ok"] {
        assert!(page.contains(&format!("href=\"#code-{code}\"")), "{code}");
        assert!(page.contains(&format!("id=\"code-{code}\"")), "{code}");
    }
    assert!(page.contains("1 error, 1 warning"));
}

#[test]
fn every_link_leads_to_a_place_on_the_page() {
    let page = page();
    let targets: Vec<&str> =
        page.split("href=\"").skip(1).filter_map(|p| p.split('"').next()).collect();
    assert!(targets.len() > 10);
    for target in targets {
        let id = target.strip_prefix('#').unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "{target}");
    }
}

#[test]
fn records_and_commands_can_be_copied() {
    let page = page();
    let value = "data-copy=\"10 feedback-smtp.eu-central-1.amazonses.com\"";
    assert!(page.contains(value) && page.contains("data-copy=\"mail.example.com\""));
}

#[test]
fn names_from_outside_are_text_and_nothing_else() {
    let page = page();
    assert!(!page.contains("<script>alert"));
    assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}'));
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(page.contains("&#60;script&#62;alert(1)"));
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let page = page();
    for part in ["src=", "@import", "url(", "<link", "http://", "https://"] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.contains("Content-Security-Policy"));
}

//! Whatever DNS and SES answer, a diagnosis ends, and neither its questions nor its findings grow
//! without bound.

use proptest::prelude::*;
use proptest::sample::select;
use warden_domain::authentication::bimi::BimiRecord;
use warden_domain::authentication::dkim::DkimKey;
use warden_domain::authentication::domain_check::{
    Diagnosis, IdentityFacts, IdentityState, MailFrom, SesFacts, codes, diagnose,
};
use warden_domain::authentication::spf::SpfRecord;
use warden_domain::authentication::svg;
use warden_domain::dns::{Book, DnsRecord, Lookup, MailExchange, Question, RecordType};

/// Questions and rounds that any domain may take at most.
const MOST_QUESTIONS: usize = 200;
const MOST_ROUNDS: usize = 60;

/// Texts put together from what records hold, and anything at all between.
fn text() -> impl Strategy<Value = String> {
    let words = vec![
        "v=spf1",
        "include:",
        "include:example.com",
        "include:a.example.com",
        "redirect=",
        "redirect=b.example.com",
        "a:%{d}",
        "exists:%{i}.x",
        "mx",
        "ptr",
        "+all",
        "-all",
        "~all",
        "?all",
        "v=DMARC1",
        "v=dmarc1",
        "p=reject",
        "p=none",
        "sp=none",
        "np=reject",
        "psd=y",
        "psd=n",
        "t=y",
        "pct=5",
        "rua=mailto:a@example.net",
        "rua=a",
        "adkim=s",
        "aspf=s",
        "v=BIMI1",
        "l=https://e.example/a.svg",
        "l=",
        "a=https://e.example/a.pem",
        "v=DKIM1",
        "k=rsa",
        "p=",
        "p=QUJD",
        ";",
        ",",
        " ",
        "\"",
        "=",
        ":",
        "(",
        "tokenone.dkim.amazonses.com",
    ];
    let part = prop_oneof![8 => select(words).prop_map(str::to_owned), 1 => "\\PC{0,6}"];
    (prop::collection::vec(part, 0..12), select(vec!["", " ", "; "]))
        .prop_map(|(parts, between)| parts.join(between))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec![
            "example.com",
            "a.example.com",
            "tokenone.dkim.amazonses.com",
            "feedback-smtp.eu-west-1.amazonses.com",
            "tokenone.dkim.amazonses.com.example.com",
            "",
        ])
        .prop_map(str::to_owned),
        "[a-z.]{0,20}",
    ]
}

fn answer() -> impl Strategy<Value = Lookup<DnsRecord>> {
    prop_oneof![
        4 => prop::collection::vec(text().prop_map(DnsRecord::Text), 1..3).prop_map(Lookup::found),
        2 => name().prop_map(|target| Lookup::found([DnsRecord::Alias(target)])),
        2 => prop::collection::vec(name(), 1..3).prop_map(|hosts| {
            let record = |host| DnsRecord::Exchange(MailExchange { preference: 10, host });
            Lookup::found(hosts.into_iter().map(record))
        }),
        2 => Just(Lookup::NoRecords),
        2 => Just(Lookup::NoSuchName),
        1 => Just(Lookup::Failed("SERVFAIL".to_owned())),
    ]
}

fn identity_states() -> impl Strategy<Value = IdentityState> {
    let identity = (
        select(vec!["example.com", "Example.COM", "news.example.com", "a@example.com", "\u{1b}"]),
        any::<bool>(),
        any::<bool>(),
        select(vec!["SUCCESS", "PENDING", "FAILED", "NOT_STARTED", "NEW", ""]),
        prop::collection::vec(select(vec!["tokenone", "tokentwo", "", "a.b"]), 0..5),
        select(vec!["AWS_SES", "EXTERNAL", "AWS_SES_EU_WEST_1", "AWS_SES_", ""]),
        prop::option::of((select(vec!["mail.example.com", "example.com", " "]), any::<bool>())),
    )
        .prop_map(|(name, is_verified, is_signing, status, tokens, origin, mail_from)| {
            IdentityFacts {
                name: name.to_owned(),
                is_verified,
                verification_error: None,
                is_signing,
                dkim_status: status.to_owned(),
                tokens: tokens.into_iter().map(str::to_owned).collect(),
                hosted_zone: None,
                origin: origin.to_owned(),
                key_length: None,
                mail_from: mail_from.map(|(domain, rejects_on_failure)| MailFrom {
                    domain: domain.to_owned(),
                    status: status.to_owned(),
                    rejects_on_failure,
                }),
            }
        });
    prop_oneof![
        6 => identity.clone().prop_map(|identity| IdentityState::Domain(Box::new(identity))),
        1 => prop::collection::vec(identity, 0..3).prop_map(IdentityState::Addresses),
        1 => Just(IdentityState::NotFound),
        1 => Just(IdentityState::NotRead("denied".to_owned())),
    ]
}

/// Runs a diagnosis in which the answers go round; those that do not fit the type are none.
fn diagnosed(domain: &str, facts: &SesFacts, answers: &[Lookup<DnsRecord>]) -> Diagnosis {
    let mut book = Book::default();
    let mut rounds = 0;
    loop {
        rounds += 1;
        assert!(rounds <= MOST_ROUNDS, "asks for ever");
        let diagnosis = diagnose(domain, facts, &book, None);
        let questions = book.take_questions();
        if questions.is_empty() {
            return diagnosis;
        }
        for question in questions {
            let answer = answers.get(book.len() % answers.len().max(1));
            book.insert(question, answer.cloned().unwrap_or(Lookup::NoRecords));
        }
        assert!(book.len() <= MOST_QUESTIONS, "{} questions", book.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_diagnosis_ends_with_known_codes(
        domain in select(vec!["example.com", "news.example.com", "a.b.c.d.e.f.g.h.example.com", "com"]),
        identity_state in identity_states(),
        answers in prop::collection::vec(answer(), 1..12),
    ) {
        let facts = SesFacts { identity_state, ..SesFacts::not_read("eu-west-1", "") };
        let diagnosis = diagnosed(domain, &facts, &answers);
        for finding in &diagnosis.findings {
            let code = codes::find(finding.code);
            prop_assert_eq!(code.map(|code| code.severity), Some(finding.severity), "{}", finding.code);
            prop_assert!(finding.text.chars().count() <= 2_001);
        }
        prop_assert!(diagnosis.findings.len() < 150, "{} findings", diagnosis.findings.len());
        prop_assert!(diagnosis.policy.starts_with("policy-"));
        // A failed look-up is never reported as a missing record.
        let failed: Vec<&str> = diagnosis.findings.iter()
            .filter(|finding| finding.code == "dns-servfail")
            .map(|finding| finding.subject.as_str())
            .collect();
        let of_one_look_up = ["dkim-token-missing", "byodkim-txt-missing", "dmarc-missing"];
        for finding in diagnosis.findings.iter().filter(|f| of_one_look_up.contains(&f.code)) {
            let is_failed = failed.contains(&finding.subject.as_str());
            prop_assert!(!is_failed, "{}", finding.code);
        }
    }

    #[test]
    fn any_text_is_a_record_or_none(text in prop_oneof![text(), "\\PC{0,200}"]) {
        let _ = SpfRecord::parse(&text);
        let _ = DkimKey::parse(&text).and_then(|key| key.rsa_bits());
        let _ = BimiRecord::parse(&text);
        let _ = svg::check(text.as_bytes());
    }

    #[test]
    fn all_questions_are_names_of_the_types_that_exist(answers in prop::collection::vec(answer(), 1..6)) {
        let facts = SesFacts::not_read("eu-west-1", "denied");
        let mut book = Book::default();
        for answer in answers {
            diagnose("example.com", &facts, &book, None);
            for question in book.take_questions() {
                prop_assert_eq!(&question.name, &question.name.to_lowercase());
                prop_assert!(!question.name.ends_with('.') || question.name.ends_with(".."));
                let types = [RecordType::Txt, RecordType::Cname, RecordType::Mx, RecordType::Address];
                prop_assert!(types.contains(&question.record_type));
                book.insert(Question::new(&question.name, question.record_type), answer.clone());
            }
        }
    }
}

/// A record of one character over and over, as long as DNS lets it be and longer.
#[test]
fn a_million_of_anything_is_read_in_one_go() {
    for part in ["(", "\"", ";", "=", " ", "a ", "%", "%{", "a=", "include:a.b ", "<", "&", "<a "] {
        let long = part.repeat(1_000_000 / part.len());
        for text in [long.clone(), format!("v=spf1 {long}"), format!("v=DMARC1; {long}")] {
            let _ = SpfRecord::parse(&text);
            let _ = DkimKey::parse(&text);
            let _ = BimiRecord::parse(&text);
        }
        let _ = BimiRecord::parse(&format!("v=BIMI1; {long}"));
        let _ = svg::check(long.as_bytes());
        let facts = SesFacts::not_read("eu-west-1", "denied");
        let record = DnsRecord::Text(format!("v=spf1 {}", long.get(..60_000).unwrap_or(&long)));
        diagnosed("example.com", &facts, &[Lookup::found([record])]);
    }
}

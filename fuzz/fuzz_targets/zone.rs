//! Any answers of DNS make a diagnosis that ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_domain::authentication::domain_check::{
    IdentityFacts, IdentityState, SesFacts, diagnose,
};
use warden_domain::dns::{Book, DnsRecord, Lookup, MailExchange, RecordType};

fuzz_target!(|input: (Vec<String>, String, bool)| {
    let (texts, token, brings_own_key) = input;
    let identity = IdentityFacts {
        name: "example.com".to_owned(),
        tokens: vec![token],
        origin: if brings_own_key { "EXTERNAL" } else { "AWS_SES" }.to_owned(),
        ..IdentityFacts::default()
    };
    let facts = SesFacts {
        identity_state: IdentityState::Domain(Box::new(identity)),
        ..SesFacts::not_read("eu-west-1", "")
    };
    let mut book = Book::default();
    for _ in 0..60 {
        diagnose("news.example.com", &facts, &book, None);
        let questions = book.take_questions();
        if questions.is_empty() {
            return;
        }
        for question in questions {
            let text = texts.get(book.len() % texts.len().max(1)).cloned();
            let answer = match (text, question.record_type) {
                (None, _) => Lookup::NoSuchName,
                (Some(text), _) if text == "!" => Lookup::Failed(text),
                (Some(text), RecordType::Txt) => Lookup::found([DnsRecord::Text(text)]),
                (Some(text), RecordType::Cname) => Lookup::found([DnsRecord::Alias(text)]),
                (Some(host), RecordType::Mx) => {
                    Lookup::found([DnsRecord::Exchange(MailExchange { preference: 10, host })])
                }
                (Some(_), RecordType::Address) => Lookup::NoRecords,
            };
            book.insert(question, answer);
        }
    }
    panic!("the diagnosis asks for ever");
});

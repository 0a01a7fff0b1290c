//! The diagnosis of a sender domain: SES and DNS are read side by side, in rounds, until no
//! question is open. The judgement is
//! [`warden_domain::authentication::domain_check`]'s, which is pure.

mod ses;
pub mod show;

use aws_config::SdkConfig;
use warden_aws::{Connection, RateLimiter};
use warden_domain::authentication::domain_check::{Diagnosis, LogoFetch, SesFacts, diagnose};
use warden_domain::dns::{Book, Lookup};

use self::ses::IdentityReader;
use crate::frame::dns::Dns;
use crate::frame::fetch;

/// SES answers these calls about once a second for the whole account.
pub const CALLS_A_SECOND: f64 = 1.0;
/// DNS queries for one domain at most. A usual domain takes about twenty.
const MOST_QUERIES: usize = 64;

/// Judges domains with one resolver and one limiter for SES.
pub struct Doctor {
    region: String,
    ses: IdentityReader,
    dns: Dns,
    fetches_logo: bool,
}

impl Doctor {
    /// A doctor for the configuration's account and Region. All calls of SES keep to `pace`.
    ///
    /// Credentials may be missing: then SES is not read, and DNS is judged all the same.
    pub fn new(config: &SdkConfig, pace: RateLimiter, dns: Dns, fetches_logo: bool) -> Self {
        let connection = Connection::from_sdk(config);
        let region = connection.region().to_owned();
        Self { ses: IdentityReader::new(&connection, pace), region, dns, fetches_logo }
    }

    /// The Region that SES is asked in.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Judges one domain, which must be normalized. What fails on the way is part of the diagnosis.
    pub async fn diagnose(&self, domain: &str) -> Diagnosis {
        let mut book = Book::default();
        let not_read = SesFacts::not_read(&self.region, "not asked yet");
        // SES takes one call a second, so DNS is queried meanwhile.
        let (facts, _) = futures_util::join!(
            self.ses.facts(domain),
            self.complete(domain, &not_read, &mut book)
        );
        let diagnosis = self.complete(domain, &facts, &mut book).await;
        match &diagnosis.logo_url {
            Some(url) if self.fetches_logo => {
                let logo: LogoFetch = fetch::logo(url).await;
                diagnose(domain, &facts, &book, Some(&logo))
            }
            Some(_) | None => diagnosis,
        }
    }

    /// Looks up what the diagnosis asks for, until it asks for nothing more.
    async fn complete(&self, domain: &str, facts: &SesFacts, book: &mut Book) -> Diagnosis {
        loop {
            let diagnosis = diagnose(domain, facts, book, None);
            let mut questions = book.take_questions();
            if questions.is_empty() {
                return diagnosis;
            }
            let left = MOST_QUERIES.saturating_sub(book.len());
            let unasked = questions.split_off(left.min(questions.len()));
            let answers = self.dns.look_up_all(&questions).await;
            for (question, answer) in questions.into_iter().zip(answers) {
                book.insert(question, answer);
            }
            for question in unasked {
                let why = format!("not asked, because the domain took {MOST_QUERIES} queries");
                book.insert(question, Lookup::Failed(why));
            }
        }
    }
}

//! Which messages were asked for, and what is said of those that were not found.

use std::time::Duration;

use jiff::Timestamp;
use warden_aws::operator::DeadLetter;

use super::queues::FOR_A_REDRIVE;
use crate::frame::output::write_stderr;
use crate::frame::terminal::counted;

/// The ids that were asked for, and how much of it was found so far.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// Ids or how they begin; none stands for all messages.
    ids: &'a [String],
    found: Vec<bool>,
    hidden: u64,
}

impl<'a> Asked<'a> {
    pub(super) fn new(ids: &'a [String]) -> Self {
        Self { ids, found: vec![false; ids.len()], hidden: 0 }
    }

    /// Whether a message was asked for. Every id that it begins with is found thereby.
    pub(super) fn takes(&mut self, letter: &DeadLetter) -> bool {
        let mut is_asked = self.ids.is_empty();
        for (id, found) in self.ids.iter().zip(&mut self.found) {
            if letter.id.starts_with(id.as_str()) {
                (is_asked, *found) = (true, true);
            }
        }
        is_asked
    }

    /// Notes that another reader hides so many messages.
    pub(super) fn add_hidden(&mut self, hidden: u64) {
        self.hidden += hidden;
    }

    /// Whether everything that was asked for could be looked at.
    pub(super) fn is_complete(&self) -> bool {
        let has_all = self.found.iter().all(|found| *found);
        has_all && (self.hidden == 0 || !self.ids.is_empty())
    }

    /// The answer where no message was found.
    pub(super) fn none(&self, region: &str) -> String {
        if self.hidden > 0 {
            format!("No dead letter is visible in {region}; {}.", self.hidden_words())
        } else if self.ids.is_empty() {
            format!("No dead letters in {region}.")
        } else {
            format!("No dead letter in {region} has an id that was asked for.")
        }
    }

    /// Says on standard error what was not found.
    pub(super) fn say_missing(&self) {
        for (id, _) in self.ids.iter().zip(&self.found).filter(|(_, found)| !**found) {
            write_stderr(format_args!("no id begins with {id}"));
        }
        if !self.is_complete() && self.hidden > 0 {
            write_stderr(self.hidden_words());
        }
    }

    /// SQS does not say who hides a message and until when. This command hides none longer than
    /// for a redrive.
    fn hidden_words(&self) -> String {
        let longest = Duration::from_secs(FOR_A_REDRIVE.unsigned_abs().into());
        let until = Timestamp::now() + longest;
        let are = counted(self.hidden, "is", "are");
        let until = until.strftime("%H:%M");
        format!("{are} hidden by another reader until {until} UTC at the latest")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(id: &str) -> DeadLetter {
        DeadLetter {
            id: id.to_owned(),
            receipt: String::new(),
            body: String::new(),
            sent_ms: None,
            source_queue: None,
            attributes: Default::default(),
        }
    }

    #[test]
    fn one_message_answers_every_id_that_it_begins_with() {
        let ids = ["aaaa".to_owned(), "aaaa-1".to_owned()];
        let mut asked = Asked::new(&ids);
        assert!(!asked.takes(&letter("bbbb")) && !asked.is_complete());
        assert!(asked.takes(&letter("aaaa-1")) && asked.is_complete());
    }

    #[test]
    fn hidden_messages_leave_an_answer_incomplete() {
        let mut asked = Asked::new(&[]);
        assert_eq!(asked.none("x"), "No dead letters in x.");
        asked.add_hidden(2);
        assert!(!asked.is_complete());
        let said = asked.none("x");
        assert!(said.starts_with("No dead letter is visible in x; 2 are hidden by another"));
    }
}

//! What receivers answered in the last hour, as the journal holds it.

use std::collections::BTreeMap;

use warden_aws::Journal;
use warden_domain::journal::{DecisionRecord, HistoryTarget};
use warden_domain::operate::resume::{ClassTexts, Counted, ReplyTexts};

use crate::frame::decisions::Decisions;
use crate::frame::exit::action;
use crate::frame::history::now_millis;

/// Pages of a megabyte that are read of the journal: about 400,000 decisions. A person waits for
/// them, and the decisions of one hour are in no order of time.
const MOST_PAGES: usize = 200;
/// The time that is asked about, in seconds.
const HOUR: i64 = 3_600;
/// Answers that are shown of each class.
const LISTED: usize = 3;

/// Reads the answers to the target's mail that bounced in the last hour: a Scan of the journal.
pub(super) async fn read_texts(journal: Option<&Journal>, target: &HistoryTarget) -> ReplyTexts {
    let Some(journal) = journal else {
        return ReplyTexts::NotKnown("there is no journal to read it from".to_owned());
    };
    let now = now_millis() / 1000;
    let mut decisions = Decisions::default();
    let read = journal
        .scan_decisions(now - HOUR, now + 60, Some(MOST_PAGES), |item| {
            decisions.add_where(item, |record| is_about(record, target));
        })
        .await;
    match read {
        Ok(is_whole) => ReplyTexts::Read { classes: by_class(&decisions), is_part: !is_whole },
        Err(error) => ReplyTexts::NotKnown(format!(
            "the journal's decisions could not be read ({error}; it needs {})",
            action(error.operation)
        )),
    }
}

fn is_about(record: &DecisionRecord, target: &HistoryTarget) -> bool {
    match target {
        HistoryTarget::Account | HistoryTarget::Address(_) => true,
        HistoryTarget::ConfigurationSet(name) => record.configuration_set == *name,
        // arn:aws:ses:eu-central-1:111122223333:tenant/NAME/tn-…
        HistoryTarget::Tenant(arn) => arn.split('/').nth(1) == Some(record.tenant.as_str()),
    }
}

/// The most frequent answers of each class, the class with most bounces first.
fn by_class(decisions: &Decisions) -> Vec<ClassTexts> {
    let mut texts: BTreeMap<&str, Vec<Counted>> = BTreeMap::new();
    for text in decisions.texts.values() {
        texts.entry(&text.class).or_default().push((text.text.clone(), text.count));
    }
    let mut classes: Vec<(u64, ClassTexts)> = texts
        .into_iter()
        .map(|(class, mut texts)| {
            texts.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
            let sum = |texts: &[Counted]| texts.iter().map(|(_, count)| count).sum::<u64>();
            let bounces = sum(&texts);
            texts.truncate(LISTED);
            let others = bounces - sum(&texts);
            (bounces, ClassTexts { class: class.to_owned(), texts, others })
        })
        .collect();
    classes.sort_by_key(|(bounces, _)| std::cmp::Reverse(*bounces));
    classes.into_iter().map(|(_, texts)| texts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::decisions::TextCount;

    #[test]
    fn classes_with_most_bounces_come_first_with_three_answers_each() {
        let mut decisions = Decisions::default();
        for (id, class, text, count) in [
            ("1", "recipient_gone", "no such user", 9),
            ("2", "recipient_gone", "unknown", 2),
            ("3", "recipient_gone", "disabled", 1),
            ("4", "recipient_gone", "closed", 1),
            ("5", "content_rejected", "spam", 20),
        ] {
            let text = TextCount {
                count,
                class: class.to_owned(),
                status: String::new(),
                text: text.to_owned(),
            };
            decisions.texts.insert(id.to_owned(), text);
        }
        let classes = by_class(&decisions);
        assert_eq!(classes[0].class, "content_rejected");
        let texts: Vec<&str> = classes[1].texts.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["no such user", "unknown", "closed"]);
        assert_eq!(classes[1].others, 1);
    }
}

//! What receivers answered in the last hour, for a person who decides about a resume.

use crate::finding::Finding;

/// A name and a count.
pub type Counted = (String, u64);

/// What receivers answered in the last hour to mail that bounced with one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassTexts {
    /// The code of the class.
    pub class: String,
    /// The most frequent answers, without addresses, and how often each came.
    pub texts: Vec<Counted>,
    /// Bounces of the class with other answers.
    pub others: u64,
}

/// The answers of the last hour, as far as they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyTexts {
    /// By class, most bounces first; `is_part` where the journal was too large to be read whole.
    Read {
        /// The classes.
        classes: Vec<ClassTexts>,
        /// Whether only a part of the journal was read.
        is_part: bool,
    },
    /// Why they are not known.
    NotKnown(String),
}

impl ReplyTexts {
    /// What a person has to know of them: a finding a class.
    pub(super) fn findings(&self, subject: String) -> Vec<Finding> {
        let (classes, is_part) = match self {
            Self::Read { classes, is_part } => (classes, *is_part),
            Self::NotKnown(why) => {
                return vec![Finding::info("texts-unknown", subject).text(format!(
                    "What receivers answered is not known: {why}. SES's bounce events hold it as \
                     diagnosticCode, where a queue, a bucket or a log group keeps them; ses-warden \
                     explain reads one answer."
                ))];
            }
        };
        let part = if is_part { ", in the part of the journal that was read" } else { "" };
        if classes.is_empty() {
            return vec![Finding::info("texts-none", subject).text(format!(
                "The journal holds no answer of a receiver to mail that bounced in the last \
                 hour{part}."
            ))];
        }
        let quoted = |(text, count): &Counted| {
            let text = if text.is_empty() { "(no text)" } else { text };
            format!("{count} × {text}")
        };
        classes
            .iter()
            .map(|one| {
                let mut answers: Vec<String> = one.texts.iter().map(quoted).collect();
                answers.extend((one.others > 0).then(|| format!("{} × others", one.others)));
                Finding::info("reply-texts", one.class.clone()).found(answers.join(" | ")).text(
                    format!(
                        "What receivers answered to the last hour's bounces of class {}{part}:",
                        one.class
                    ),
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_receivers_stand_by_class() {
        let found = |texts: &ReplyTexts| texts.findings("account".to_owned());
        assert_eq!(found(&ReplyTexts::NotKnown("no journal".to_owned()))[0].code, "texts-unknown");
        let texts = vec![("550 5.1.1 no such user".to_owned(), 7), (String::new(), 2)];
        let gone = ClassTexts { class: "recipient_gone".to_owned(), texts, others: 3 };
        let finding = found(&ReplyTexts::Read { classes: vec![gone], is_part: true }).remove(0);
        assert_eq!(finding.code, "reply-texts");
        assert_eq!(
            finding.found.as_deref(),
            Some("7 × 550 5.1.1 no such user | 2 × (no text) | 3 × others")
        );
        assert!(finding.text.contains("class recipient_gone, in the part"), "{}", finding.text);
        let none = ReplyTexts::Read { classes: Vec::new(), is_part: false };
        assert_eq!(found(&none)[0].code, "texts-none");
    }
}

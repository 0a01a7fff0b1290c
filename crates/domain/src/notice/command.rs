//! Commands of the AWS CLI that an operator can copy from a notice.
//!
//! The names in them come from alarms, tags and metrics, which others can write: each is quoted for
//! a POSIX shell, and none can begin another option, command or line.

use super::Place;
use super::quote::turns;
use crate::guard::record::Target;

/// The commands that end a pause, one for each name that can stand in a command.
pub(super) fn resume(target: &Target, place: Option<&Place>) -> Vec<String> {
    switch(target, true, place)
}

/// The commands that pause.
pub(super) fn pause(target: &Target, place: Option<&Place>) -> Vec<String> {
    switch(target, false, place)
}

fn switch(target: &Target, on: bool, place: Option<&Place>) -> Vec<String> {
    let flag = if on { "--sending-enabled" } else { "--no-sending-enabled" };
    match target {
        Target::Account => {
            vec![command(&format!("sesv2 put-account-sending-attributes {flag}"), place)]
        }
        Target::Sets(sets) => sets
            .iter()
            .filter_map(|set| {
                let set = option("--configuration-set-name", set)?;
                let words = format!("sesv2 put-configuration-set-sending-options {set} {flag}");
                Some(command(&words, place))
            })
            .collect(),
        Target::Tenant(arn) => option("--reputation-entity-reference", arn)
            .map(|arn| {
                let status = if on { "ENABLED" } else { "DISABLED" };
                let words = "sesv2 update-reputation-entity-customer-managed-status";
                let words = format!(
                    "{words} --reputation-entity-type RESOURCE {arn} --sending-status {status}"
                );
                command(&words, place)
            })
            .into_iter()
            .collect(),
    }
}

/// A command of the AWS CLI, for this place.
pub(super) fn command(words: &str, place: Option<&Place>) -> String {
    match place {
        Some(place) => format!("aws {words} --region {}", place.region),
        None => format!("aws {words}"),
    }
}

/// An option and its value. One that begins with a dash is joined to its option: apart, the AWS CLI
/// would read it as another option.
fn option(name: &str, value: &str) -> Option<String> {
    let between = if value.starts_with('-') { '=' } else { ' ' };
    Some(format!("{name}{between}{}", shell_word(value)?))
}

/// A text as one word of a POSIX shell; `None` where it is empty or cannot stand on one line.
fn shell_word(text: &str) -> Option<String> {
    if text.is_empty() || text.chars().any(|c| c.is_control() || turns(c)) {
        return None;
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    if text.chars().all(is_plain) {
        return Some(text.to_owned());
    }
    Some(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a POSIX shell makes of a line: its words, as far as these commands use its grammar.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut chars) = (Vec::new(), String::new(), line.chars());
        while let Some(c) = chars.next() {
            match c {
                ' ' => words.push(std::mem::take(&mut word)),
                '\'' => word.extend(chars.by_ref().take_while(|c| *c != '\'')),
                '\\' => word.extend(chars.next()),
                c if c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c) => word.push(c),
                c => panic!("{c:?} means something to a shell in {line}"),
            }
        }
        words.push(word);
        words
    }

    const HOSTILE: [&str; 16] = [
        "a; rm -rf ~",
        "$(reboot)",
        "`reboot`",
        "a b",
        "it's",
        "'; reboot; '",
        "\"$HOME\"",
        "a\\",
        "a|b>c<d&e",
        "*",
        "~root",
        "#",
        "!!",
        "{a,b}",
        "sét",
        "\u{1F4E7}",
    ];

    #[test]
    fn every_name_stays_one_word() {
        for name in HOSTILE {
            let set = Target::Sets(vec![name.to_owned()]);
            for line in [resume(&set, None), pause(&set, None)].concat() {
                let words = words(&line);
                assert_eq!(words.len(), 6, "{line}");
                assert_eq!(
                    (words[3].as_str(), words[4].as_str()),
                    ("--configuration-set-name", name)
                );
            }
            let arn = format!("arn:aws:ses:x:1:tenant/{name}");
            let line = resume(&Target::Tenant(arn.clone()), None).concat();
            assert_eq!(words(&line)[6], arn);
        }
    }

    #[test]
    fn a_name_is_no_option() {
        for name in ["--profile", "-x", "--no-sending-enabled", "-; reboot"] {
            let line = resume(&Target::Sets(vec![name.to_owned()]), None).concat();
            assert_eq!(words(&line)[3], format!("--configuration-set-name={name}"), "{line}");
        }
    }

    #[test]
    fn a_name_that_cannot_stand_on_one_line_is_in_no_command() {
        for name in ["", "a\nreboot", "a\rb", "a\u{1b}[2Jb", "a\u{202e}b", "a\u{2028}b", "a\0b"] {
            let sets = Target::Sets(vec![name.to_owned(), "news".to_owned()]);
            let lines = resume(&sets, None);
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(lines.concat().contains("--configuration-set-name news "));
            assert!(resume(&Target::Tenant(name.to_owned()), None).is_empty());
        }
    }

    #[test]
    fn plain_names_stand_as_they_are() {
        let place = Place { account: "111122223333".into(), region: "eu-central-1".into() };
        assert_eq!(
            resume(&Target::Sets(vec!["marketing".into()]), Some(&place)),
            ["aws sesv2 put-configuration-set-sending-options --configuration-set-name marketing \
              --sending-enabled --region eu-central-1"]
        );
    }
}

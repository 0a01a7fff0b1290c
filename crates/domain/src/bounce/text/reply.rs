//! SMTP reply codes and enhanced status codes within a reply.

use super::leading_status;

/// What may stand in front of a code: quotes, brackets and marks.
const MARKS: &[char] =
    &['\'', '"', '(', '[', '<', '{', '#', '*', '=', ':', ';', '>', '-', '`', '“', '‘'];

/// Words after which a number of three digits is a reply code.
const BEFORE_A_CODE: &[&str] = &[
    "smtp",
    "smtp;",
    "error",
    "code",
    "said",
    "said:",
    "reply",
    "response",
    "returned",
    "status",
    "<<<",
    "responded",
    "with",
    "server",
    "reason",
];

/// Words after which a number in the form of a status is a version.
const BEFORE_A_VERSION: &[&str] = &["version", "release", "build", "revision"];

/// Words that count or measure what stands before them.
const UNITS: &[&str] = &[
    "kb",
    "mb",
    "gb",
    "bytes",
    "kbytes",
    "mbytes",
    "messages",
    "mails",
    "emails",
    "recipients",
    "seconds",
    "minutes",
    "hours",
    "days",
    "connections",
    "users",
    "times",
    "per",
];

/// The codes met so far.
#[derive(Default)]
pub(super) struct Replies {
    /// First digit of the first reply code.
    pub(super) first: Option<u8>,
    /// Whether any code was of class 4.
    pub(super) is_transient: bool,
    /// The first code, which each line of a long reply repeats.
    repeated: Option<[u8; 3]>,
    is_past_start: bool,
}

impl Replies {
    /// The token without the codes at its start, which are noted.
    pub(super) fn strip_codes<'a>(&mut self, before: &str, token: &'a str, after: &str) -> &'a str {
        // Most tokens are words.
        if !token.bytes().any(|byte| byte.is_ascii_digit()) {
            self.is_past_start = self.is_past_start || token.contains(char::is_alphanumeric);
            return token;
        }
        let mut rest = token;
        if let Some((code, behind)) = reply_code(token)
            && self.is_reply(before, token, code, behind, after)
        {
            self.note(code);
            rest = behind;
        }
        let bare = rest.trim_start_matches(MARKS);
        if let Some((status, behind)) = leading_status(bare) {
            let is_version = is_before_a_version(before);
            if !is_version {
                self.is_transient |= status.is_transient();
                rest = behind;
            }
        }
        self.is_past_start = self.is_past_start || rest.contains(char::is_alphanumeric);
        rest
    }

    fn note(&mut self, code: [u8; 3]) {
        let [class, ..] = code;
        if self.first.is_none() {
            self.first = Some(class - b'0');
            self.repeated = Some(code);
        }
        self.is_transient |= class == b'4';
    }

    /// Whether a number of three digits stands where replies have their code.
    fn is_reply(
        &self,
        before: &str,
        token: &str,
        code: [u8; 3],
        behind: &str,
        after: &str,
    ) -> bool {
        if self.repeated == Some(code) {
            return true;
        }
        let is_amount =
            behind.is_empty() && UNITS.iter().any(|unit| after.eq_ignore_ascii_case(unit));
        if is_amount {
            return !self.is_past_start;
        }
        // `[421]` at the end of a text is a mark of the receiver's own.
        if behind.starts_with([']', ')', '}']) {
            return !self.is_past_start && before.is_empty();
        }
        let [class, ..] = code;
        let is_same_class = |text: &str| {
            leading_status(text.trim_start_matches(MARKS))
                .is_some_and(|(status, _)| status.class + b'0' == class)
        };
        !self.is_past_start
            || (behind.starts_with('-') && !behind.starts_with("-0"))
            || is_same_class(behind)
            || (behind.is_empty() && is_same_class(after))
            || token.starts_with(|c: char| MARKS.contains(&c) && c != '-' && c != '#')
            || before.ends_with([':', ';', '(', '[', '"', '\'', '<', '“', '‘'])
            || BEFORE_A_CODE.iter().any(|word| before.eq_ignore_ascii_case(word))
    }
}

fn is_before_a_version(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphabetic());
    BEFORE_A_VERSION.iter().any(|known| bare.eq_ignore_ascii_case(known))
}

/// Three digits of a reply code at the start of a token, and what follows them.
fn reply_code(token: &str) -> Option<([u8; 3], &str)> {
    let bare = token.trim_start_matches(MARKS);
    let (code, behind) = bare.split_at_checked(3)?;
    let code: [u8; 3] = code.as_bytes().try_into().ok()?;
    let is_code = matches!(code, [b'2' | b'4' | b'5', b'0'..=b'9', b'0'..=b'9']);
    let goes_on = behind.starts_with(|c: char| c.is_alphanumeric() || c == '@' || c == '%')
        || (behind.starts_with(['.', ',', '/', ':'])
            && behind.chars().nth(1).is_some_and(|c| c.is_ascii_digit()));
    (is_code && !goes_on).then_some((code, behind))
}

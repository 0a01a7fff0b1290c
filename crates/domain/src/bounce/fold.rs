//! Letters without case and accents, and everything else as a space.
//!
//! Shared with the build script, so that the words of a rule and the words of a reply are
//! brought into the same form by the same code.

/// Stands in normalised text for the end of a sentence.
pub(crate) const SENTENCE_END: char = '.';

/// Stands in normalised text for a host name, an IP address or a link.
pub(crate) const HOST: char = '~';

/// Appends the letters and digits of `text`, in lower case and without accents. Runs of
/// anything else become one space. Returns nothing; `out` never ends in two spaces.
pub(crate) fn push_folded(out: &mut String, text: &str) {
    // Most of a reply is in lower case already: such runs are appended whole.
    let is_plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut rest = text;
    while !rest.is_empty() {
        let plain = rest.bytes().position(|byte| !is_plain(&byte)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at_checked(plain).unwrap_or((rest, ""));
        out.push_str(run);
        let mut chars = behind.chars();
        if let Some(c) = chars.next() {
            push_char(out, c);
        }
        rest = chars.as_str();
    }
}

/// Appends a space, unless there is one or nothing is there yet.
pub(crate) fn push_space(out: &mut String) {
    if !out.ends_with(' ') {
        out.push(' ');
    }
}

/// Appends the end of a sentence.
pub(crate) fn push_sentence_end(out: &mut String) {
    push_space(out);
    out.push(SENTENCE_END);
    out.push(' ');
}

/// Brings a text of the rule table into the form of normalised replies. A space at its start
/// or end (or a character that is read as a space) marks the edge of a word and stays.
pub(crate) fn folded_needle(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == HOST {
            out.push(HOST);
        } else {
            push_char(&mut out, c);
        }
    }
    out
}

fn push_char(out: &mut String, c: char) {
    if c.is_ascii() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else {
            push_space(out);
        }
        return;
    }
    if let Some(plain) = without_accent(c) {
        out.push_str(plain);
    } else if is_mark(c) {
        // A combining accent, a joiner or a soft hyphen: part of the letter before it.
    } else if matches!(c, '。' | '！' | '？' | '．') {
        push_sentence_end(out);
    } else if c.is_alphanumeric() {
        out.extend(c.to_lowercase().filter(|lower| !is_mark(*lower)));
    } else if is_letter_mark(c) {
        out.push(c);
    } else {
        push_space(out);
    }
}

/// Characters that change no letter: combining accents, soft hyphens, zero-width joiners.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}')
}

/// Vowel signs and the like, without which words of these scripts fall apart.
fn is_letter_mark(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{dff}' | '\u{e00}'..='\u{eff}' | '\u{3099}' | '\u{309a}' | '\u{30fc}')
}

/// Latin letters with accents, as receivers that write ASCII spell them.
fn without_accent(c: char) -> Option<&'static str> {
    Some(match c {
        'à'..='å' | 'À'..='Å' | 'ā' | 'Ā' | 'ă' | 'Ă' | 'ą' | 'Ą' | 'ạ' | 'ả' | 'ấ' | 'ầ' | 'ậ' => {
            "a"
        }
        'æ' | 'Æ' => "ae",
        'ç' | 'Ç' | 'ć' | 'Ć' | 'č' | 'Č' | 'ĉ' | 'Ĉ' => "c",
        'ď' | 'Ď' | 'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'è'..='ë' | 'È'..='Ë' | 'ē' | 'Ē' | 'ė' | 'Ė' | 'ę' | 'Ę' | 'ě' | 'Ě' | 'ế' | 'ề' | 'ệ' => {
            "e"
        }
        'ğ' | 'Ğ' | 'ģ' | 'Ģ' => "g",
        'ì'..='ï' | 'Ì'..='Ï' | 'ī' | 'Ī' | 'į' | 'Į' | 'ı' | 'İ' | 'ị' => "i",
        'ķ' | 'Ķ' => "k",
        'ł' | 'Ł' | 'ľ' | 'Ľ' | 'ĺ' | 'Ĺ' | 'ļ' | 'Ļ' => "l",
        'ñ' | 'Ñ' | 'ń' | 'Ń' | 'ň' | 'Ň' | 'ņ' | 'Ņ' => "n",
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' | 'ō' | 'Ō' | 'ő' | 'Ő' | 'ộ' | 'ồ' | 'ọ' => {
            "o"
        }
        'œ' | 'Œ' => "oe",
        'ŕ' | 'Ŕ' | 'ř' | 'Ř' => "r",
        'ś' | 'Ś' | 'š' | 'Š' | 'ş' | 'Ş' | 'ș' | 'Ș' => "s",
        'ß' | 'ẞ' => "ss",
        'ё' | 'Ё' => "е",
        'ť' | 'Ť' | 'ţ' | 'Ţ' | 'ț' | 'Ț' => "t",
        'ù'..='ü' | 'Ù'..='Ü' | 'ū' | 'Ū' | 'ů' | 'Ů' | 'ű' | 'Ű' | 'ų' | 'Ų' | 'ư' | 'ụ' | 'ủ' => {
            "u"
        }
        'ý' | 'ÿ' | 'Ý' | 'Ÿ' => "y",
        'ź' | 'Ź' | 'ž' | 'Ž' | 'ż' | 'Ż' => "z",
        _ => return None,
    })
}

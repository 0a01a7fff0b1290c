//! What stands between two semicolons of an Authentication-Results field.

use super::super::scan::FieldToken;

/// `key=value`.
#[derive(Debug)]
pub(super) struct Pair {
    /// In lower case.
    pub(super) key: String,
    pub(super) value: String,
    /// A quoted string is a part of the value.
    pub(super) is_quoted: bool,
}

/// One result of an Authentication-Results field: what stands between two semicolons.
#[derive(Debug, Default)]
pub(super) struct ResultPart {
    /// Words in front of the first pair.
    pub(super) leading: Vec<String>,
    pub(super) pairs: Vec<Pair>,
    pub(super) comments: Vec<String>,
    pub(super) quoted: Vec<String>,
}

impl ResultPart {
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.pairs.is_empty()
            && matches!(self.leading.as_slice(), [only] if only.eq_ignore_ascii_case(word))
    }

    /// Blanks and comments are allowed around `=`, `.` and `/`, so a pair may be several words.
    pub(super) fn read(tokens: &[FieldToken]) -> Self {
        let mut part = Self::default();
        let mut key = String::new();
        let mut is_value_due = false;
        for token in tokens {
            let (text, is_quoted, bare_prefix) = match token {
                FieldToken::Comment(text) => {
                    part.comments.push(text.clone());
                    continue;
                }
                FieldToken::Separator(_) => continue,
                FieldToken::Word { text, is_quoted, bare_prefix } => {
                    (text, *is_quoted, *bare_prefix)
                }
            };
            if is_quoted {
                part.quoted.push(text.clone());
            }
            if is_value_due {
                let key = std::mem::take(&mut key);
                part.pairs.push(Pair { key, value: text.clone(), is_quoted });
                is_value_due = false;
                continue;
            }
            let bare = text.get(..bare_prefix).unwrap_or_default();
            match bare.find('=') {
                Some(at) => {
                    let (name, rest) = text.split_at(at);
                    let value = rest.get(1..).unwrap_or_default();
                    if !key.is_empty() && !joins(&key, name) {
                        part.stray(std::mem::take(&mut key));
                    }
                    key.push_str(&name.to_ascii_lowercase());
                    if value.is_empty() && !is_quoted {
                        is_value_due = true;
                    } else {
                        let key = std::mem::take(&mut key);
                        part.pairs.push(Pair { key, value: value.to_owned(), is_quoted });
                    }
                }
                None => {
                    if !key.is_empty() && !joins(&key, text) {
                        part.stray(std::mem::take(&mut key));
                    }
                    if is_quoted {
                        part.stray(text.clone());
                    } else {
                        key.push_str(&text.to_lowercase());
                    }
                }
            }
        }
        if is_value_due {
            part.pairs.push(Pair { key, value: String::new(), is_quoted: false });
        } else if !key.is_empty() {
            part.stray(key);
        }
        part
    }

    /// A word that is no pair: in front of the first it leads; behind one it may be the address
    /// of a display name in `header.from`.
    fn stray(&mut self, word: String) {
        match self.pairs.last_mut() {
            None => self.leading.push(word),
            Some(pair) if pair.key.ends_with(".from") || pair.key.starts_with("smtp.") => {
                pair.value.push(' ');
                pair.value.push_str(&word);
            }
            Some(_) => {}
        }
    }
}

/// Whether two words are one key: `header` and `.d`, `header.` and `d`, `dkim` and nothing.
fn joins(key: &str, next: &str) -> bool {
    next.is_empty() || key.ends_with(['.', '/']) || next.starts_with(['.', '/'])
}

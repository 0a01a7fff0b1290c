//! Settings from the environment, parsed once.
//!
//! Names begin with `WARDEN_`. An invalid value or an unknown name stops the function at init; the
//! error lists all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use warden_domain::bounce::Rulebook;

/// The variable that sets the level of our own log lines.
pub const LOG_VARIABLE: &str = "WARDEN_LOG";

/// A snapshot of environment variables.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// Returns the variables of this process. Nothing else reads them.
    pub fn of_process() -> Self {
        let text = |(key, value): (std::ffi::OsString, std::ffi::OsString)| {
            (key.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        };
        Self(std::env::vars_os().map(text).collect())
    }

    /// Returns an environment of the given variables, for tests.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(pairs.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
    }

    /// Returns a variable's value. An empty one counts as unset, because a template cannot leave a
    /// variable out.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Returns a reader of the `WARDEN_` settings.
    pub fn reader(&self) -> Reader<'_> {
        Reader { environment: self, known: BTreeSet::from([LOG_VARIABLE]), faults: Vec::new() }
    }
}

/// Reads settings and collects their errors.
pub struct Reader<'a> {
    environment: &'a Environment,
    known: BTreeSet<&'static str>,
    faults: Vec<String>,
}

impl Reader<'_> {
    /// Reads a setting with a default. The error of `parse` says in a few words what the value must
    /// be; this method adds the name of the setting.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.known.insert(name);
        match self.environment.get(name).map(parse) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(what)) => {
                self.faults.push(format!("{name} {what}."));
                default
            }
        }
    }

    /// Reads a required setting; `None` after an error, which [`Reader::finish`] returns.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.known.insert(name);
        match self.environment.get(name).map(parse) {
            Some(Ok(value)) => Some(value),
            Some(Err(what)) => {
                self.faults.push(format!("{name} {what}."));
                None
            }
            None => {
                self.faults.push(format!("{name} must be set."));
                None
            }
        }
    }

    /// Reads a comma-separated list and leaves out empty entries.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        mut parse: impl FnMut(&str) -> Result<T, String>,
    ) -> Vec<T> {
        self.optional(name, Vec::new(), |text| {
            text.split(',')
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .map(&mut parse)
                .collect()
        })
    }

    /// Records an error that concerns several settings together; `sentence` is its text.
    pub fn fault(&mut self, sentence: &str) {
        self.faults.push(sentence.to_owned());
    }

    /// Finishes reading and returns all errors.
    ///
    /// # Errors
    /// One sentence for each value that is wrong and each `WARDEN_` name that no
    /// setting has.
    pub fn finish(mut self) -> Result<(), SettingErrors> {
        for name in self.environment.0.keys() {
            if name.starts_with("WARDEN_") && !self.known.contains(name.as_str()) {
                let known: Vec<&str> = self.known.iter().copied().collect();
                self.faults.push(format!(
                    "{name} is no setting of this function; it knows {}.",
                    known.join(", ")
                ));
            }
        }
        if self.faults.is_empty() { Ok(()) } else { Err(SettingErrors(self.faults)) }
    }
}

/// Reads an operator's own bounce rules. The path is relative to the function's folder, or
/// absolute, such as `/opt/rules.toml` for a file in a layer.
///
/// # Errors
/// What is wrong with the file.
pub fn rule_file(path: &str) -> Result<Rulebook, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("names a file that cannot be read: {path} ({error})"))?;
    Rulebook::with_own(&text)
        .map_err(|error| format!("names a rule file with a fault: {path}, {error}"))
}

/// Parses a setting that is `on` or `off`.
///
/// # Errors
/// What it must be.
pub fn on_or_off(word: &str) -> Result<bool, String> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off".to_owned()),
    }
}

/// Parses a CloudWatch namespace: 1 to 255 characters that CloudWatch accepts, not starting with a
/// colon, and not one of AWS's namespaces.
///
/// # Errors
/// What the value must be.
pub fn namespace(text: &str) -> Result<String, String> {
    let allowed = |b: u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/' | b'#' | b':' | b' ')
    };
    if text.len() > 255
        || !text.bytes().all(allowed)
        || text.starts_with(':')
        || text.starts_with("AWS/")
    {
        return Err(
            "must be a CloudWatch namespace of letters, digits and . - _ / # that does not begin with AWS/".into()
        );
    }
    Ok(text.to_owned())
}

/// The errors of the settings, one sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingErrors(Vec<String>);

impl SettingErrors {
    /// Creates errors from sentences.
    pub fn new(sentences: Vec<String>) -> Self {
        Self(sentences)
    }

    /// Combines two results: both values, or the errors of both.
    ///
    /// # Errors
    /// The errors of either, or of both.
    pub fn none_in<A, B>(one: Result<A, Self>, other: Result<B, Self>) -> Result<(A, B), Self> {
        match (one, other) {
            (Ok(one), Ok(other)) => Ok((one, other)),
            (Err(faults), Ok(_)) | (Ok(_), Err(faults)) => Err(faults),
            (Err(mut faults), Err(more)) => {
                faults.0.extend(more.0);
                Err(faults)
            }
        }
    }
}

impl fmt::Display for SettingErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl std::error::Error for SettingErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<u32, String> {
        text.parse().map_err(|_| "must be a whole number".to_owned())
    }

    #[test]
    fn a_rule_file_that_is_missing_or_wrong_is_a_sentence() {
        let file = std::env::temp_dir().join(format!("rules-{}.toml", std::process::id()));
        let path = file.to_str().unwrap();
        let read = |path: &str| {
            let environment = Environment::of([("WARDEN_RULES", path)]);
            let mut reader = environment.reader();
            reader.optional("WARDEN_RULES", Rulebook::default(), rule_file);
            reader.finish().map_err(|errors| errors.to_string())
        };
        assert!(read("/nowhere/rules.toml").unwrap_err().contains("cannot be read"));
        std::fs::write(&file, "[[rule]]\nid = \"mine\"\nfault = \"dead\"\nany = [\"x\"]\n")
            .unwrap();
        let sentence = read(path).unwrap_err();
        std::fs::write(&file, "[[rule]]\nid = \"mine\"\nfault = \"policy\"\nany = [\"x\"]\n")
            .unwrap();
        let sound = read(path);
        std::fs::remove_file(&file).unwrap();
        for word in ["WARDEN_RULES", path, "rule \"mine\"", "\"dead\" is no fault"] {
            assert!(sentence.contains(word), "{sentence}");
        }
        assert_eq!(sound, Ok(()));
    }

    #[test]
    fn values_defaults_and_lists() {
        let environment =
            Environment::of([("WARDEN_A", " 7 "), ("WARDEN_LIST", "1, ,2,"), ("WARDEN_EMPTY", "")]);
        let mut reader = environment.reader();
        assert_eq!(reader.optional("WARDEN_A", 1, number), 7);
        assert_eq!(reader.optional("WARDEN_B", 1, number), 1);
        assert_eq!(reader.optional("WARDEN_EMPTY", 5, number), 5);
        assert_eq!(reader.list("WARDEN_LIST", number), [1, 2]);
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn faults_of_two_sources_come_together() {
        let faults = |text: &str| Err::<(), _>(SettingErrors::new(vec![text.to_owned()]));
        assert_eq!(SettingErrors::none_in(Ok(1), Ok(2)), Ok((1, 2)));
        assert_eq!(SettingErrors::none_in(faults("A."), Ok(2)).unwrap_err().to_string(), "A.");
        assert_eq!(SettingErrors::none_in(Ok(1), faults("B.")).unwrap_err().to_string(), "B.");
        assert_eq!(
            SettingErrors::none_in(faults("A."), faults("B.")).unwrap_err().to_string(),
            "A. B."
        );
    }

    #[test]
    fn namespaces_of_aws_and_odd_ones_are_refused() {
        assert_eq!(namespace("Team/SesWarden"), Ok("Team/SesWarden".to_owned()));
        for odd in ["AWS/SES", ":x", "n\u{e4}me"] {
            assert!(namespace(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn all_faults_come_at_once_and_name_the_variable() {
        let environment =
            Environment::of([("WARDEN_A", "x"), ("WARDEN_TYPO", "1"), ("OTHER", "y")]);
        let mut reader = environment.reader();
        reader.optional("WARDEN_A", 1, number);
        assert_eq!(reader.required("WARDEN_NEEDED", number), None);
        let faults = reader.finish().unwrap_err().to_string();
        assert_eq!(
            faults,
            "WARDEN_A must be a whole number. WARDEN_NEEDED must be set. WARDEN_TYPO is no setting of this function; \
             it knows WARDEN_A, WARDEN_LOG, WARDEN_NEEDED."
        );
    }
}

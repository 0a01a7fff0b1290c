//! Settings of suppress.

mod journal;

use warden_domain::bounce::Rulebook;
use warden_domain::suppression::{
    ComplaintSuspects, MislabelledTransient, Policy, PolicyOverrides, PolicyRule, Protected,
};
use warden_lambda::settings::{Reader, SettingErrors};

/// How many addresses one environment can put by single calls in five minutes at [`DEFAULT_PACE`],
/// with a margin: an address takes two calls.
const DEFAULT_THRESHOLD: usize = 30;

/// Calls to SES per second in one environment. SES takes about one a second for the whole account.
/// The two environments that read the queue and the import run make 0.9 together, which leaves a
/// share for guard.
const DEFAULT_PACE: f64 = 0.3;

/// Most addresses that the function removes from the list in a day.
const DEFAULT_RESCUE_AT_MOST: usize = 1000;
/// Hours without a bounce of the same class for the same domain.
const DEFAULT_RESCUE_QUIET_HOURS: i64 = 24;

/// What happens to addresses that SES listed for a bounce the sender caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RescueMode {
    /// suppress records them for `ses-warden rescue`.
    Report,
    /// The scheduled run removes them from the list, with proof.
    Remove,
}

/// How addresses are rescued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RescueSettings {
    /// Whether the function removes addresses.
    pub mode: RescueMode,
    /// Most addresses to remove in a day.
    pub at_most: usize,
    /// Hours without a bounce of the same class for the same domain.
    pub quiet_hours: i64,
}

pub use journal::JournalSettings;

/// The settings of suppress, from the environment.
#[derive(Debug)]
pub struct Settings {
    /// Which addresses are suppressed.
    pub policy: Policy,
    /// Calls to SES per second.
    pub calls_per_second: f64,
    /// The bucket where addresses wait for import jobs.
    pub bucket: Option<String>,
    /// Most addresses to put one by one; more wait for an import job.
    pub threshold: usize,
    /// Regions that get a copy of each entry.
    pub further_regions: Vec<String>,
    /// How addresses are rescued.
    pub rescue: RescueSettings,
    /// The journal; without it the first bounce decides.
    pub journal: Option<JournalSettings>,
    /// The CloudWatch namespace of our own metrics.
    pub namespace: String,
}

impl Settings {
    /// Reads `WARDEN_SES_CALLS_PER_SECOND`, `WARDEN_PROTECTED_ADDRESSES`,
    /// `WARDEN_COMPLAINT_SUSPECTS`, `WARDEN_MISLABELLED_TRANSIENT`, `WARDEN_POLICY`,
    /// `WARDEN_BUCKET`, `WARDEN_IMPORT_THRESHOLD`, `WARDEN_FURTHER_REGIONS`,
    /// `WARDEN_RESCUE_MODE`, `WARDEN_RESCUE_AT_MOST`, `WARDEN_RESCUE_QUIET_HOURS`,
    /// `WARDEN_NAMESPACE`, `WARDEN_RULES`, `WARDEN_SECOND_READER` and those of
    /// [`JournalSettings`].
    ///
    /// # Errors
    /// One sentence for each variable that is wrong or unknown.
    pub fn read(mut reader: Reader<'_>) -> Result<Self, SettingErrors> {
        let calls_per_second =
            reader.optional("WARDEN_SES_CALLS_PER_SECOND", DEFAULT_PACE, calls_per_second);
        let complaint_suspects =
            reader.optional("WARDEN_COMPLAINT_SUSPECTS", ComplaintSuspects::Suppress, |word| {
                match word {
                    "suppress" => Ok(ComplaintSuspects::Suppress),
                    "report" => Ok(ComplaintSuspects::Report),
                    _ => Err("must be suppress or report".to_owned()),
                }
            });
        let mislabelled_transient =
            reader.optional("WARDEN_MISLABELLED_TRANSIENT", MislabelledTransient::Spare, |word| {
                match word {
                    "spare" => Ok(MislabelledTransient::Spare),
                    "suppress" => Ok(MislabelledTransient::Suppress),
                    _ => Err("must be spare or suppress".to_owned()),
                }
            });
        let overrides = reader.optional("WARDEN_POLICY", PolicyOverrides::default(), |list| {
            PolicyOverrides::parse(list.split(',').map(str::trim).filter(|entry| !entry.is_empty())).map_err(|entry| {
                let known: Vec<&str> = PolicyRule::ALL.iter().map(|rule| rule.code()).collect();
                format!(
                    "must be a comma-separated list such as mailbox_full=suppress,fraud=spare; {entry} is none. \
                     It knows {}",
                    known.join(", ")
                )
            })
        });
        let protected =
            reader.optional("WARDEN_PROTECTED_ADDRESSES", Protected::default(), |list| {
                Protected::parse(list.split(',').map(str::trim).filter(|entry| !entry.is_empty()))
                    .map_err(|_| {
                        "must be a comma-separated list of addresses or @domains".to_owned()
                    })
            });
        let bucket = reader.optional("WARDEN_BUCKET", None, |name| bucket(name).map(Some));
        let threshold = reader.optional("WARDEN_IMPORT_THRESHOLD", DEFAULT_THRESHOLD, |text| {
            match text.parse() {
                Ok(n) if n <= 1000 => Ok(n),
                _ => Err("must be a whole number up to 1000".to_owned()),
            }
        });
        let further_regions = reader.list("WARDEN_FURTHER_REGIONS", region);
        let namespace = reader.optional(
            "WARDEN_NAMESPACE",
            "SesWarden".to_owned(),
            warden_lambda::settings::namespace,
        );
        let rescue = rescue(&mut reader);
        if rescue.mode == RescueMode::Remove && bucket.is_none() {
            reader.fault("WARDEN_RESCUE_MODE=remove needs WARDEN_BUCKET.");
        }
        let rulebook = reader.optional(
            "WARDEN_RULES",
            Rulebook::default(),
            warden_lambda::settings::rule_file,
        );
        let journal = journal::read(&mut reader);
        let reads_twice =
            reader.optional("WARDEN_SECOND_READER", true, warden_lambda::settings::on_or_off);
        let rulebook = if reads_twice { rulebook } else { rulebook.without_second_reader() };
        if !further_regions.is_empty() && bucket.is_none() {
            // A Region that is down must not delay the others, so its entries need a place to wait
            // in.
            reader.fault("WARDEN_FURTHER_REGIONS needs WARDEN_BUCKET.");
        }
        reader.finish()?;
        Ok(Self {
            bucket,
            threshold,
            further_regions,
            rescue,
            journal,
            namespace,
            policy: Policy {
                complaint_suspects,
                mislabelled_transient,
                overrides,
                protected,
                rulebook,
            },
            calls_per_second,
        })
    }
}

fn rescue(reader: &mut Reader<'_>) -> RescueSettings {
    let mode = reader.optional("WARDEN_RESCUE_MODE", RescueMode::Report, |word| match word {
        "report" => Ok(RescueMode::Report),
        "remove" => Ok(RescueMode::Remove),
        _ => Err("must be report or remove".to_owned()),
    });
    let at_most =
        reader.optional("WARDEN_RESCUE_AT_MOST", DEFAULT_RESCUE_AT_MOST, |text| {
            match text.parse() {
                Ok(n) if n <= 1_000_000 => Ok(n),
                _ => Err("must be a whole number up to 1000000".to_owned()),
            }
        });
    let quiet_hours =
        reader.optional("WARDEN_RESCUE_QUIET_HOURS", DEFAULT_RESCUE_QUIET_HOURS, |text| match text
            .parse()
        {
            Ok(n) if (0..=168).contains(&n) => Ok(n),
            _ => Err("must be a whole number of hours up to 168".to_owned()),
        });
    RescueSettings { mode, at_most, quiet_hours }
}

fn calls_per_second(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(n) if n.is_finite() && n > 0.0 && n <= 1000.0 => Ok(n),
        _ => Err("must be a number above 0 and at most 1000".to_owned()),
    }
}

fn bucket(name: &str) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    if (3..=63).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(name.to_owned())
    } else {
        Err("must be the name of a bucket".to_owned())
    }
}

fn region(name: &str) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.bytes().all(allowed) && name.split('-').count() >= 3 {
        Ok(name.to_owned())
    } else {
        Err("must be a comma-separated list of Regions, such as eu-west-1,us-east-1".to_owned())
    }
}

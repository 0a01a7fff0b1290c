//! Settings of suppress.

use warden_domain::suppression::{ComplaintSuspects, MislabelledTransient, Policy, Protected};
use warden_lambda::settings::{Reader, SettingErrors};

/// What the environment says.
#[derive(Debug)]
pub struct Settings {
    /// Which addresses are suppressed.
    pub policy: Policy,
    /// Calls to SES in one second.
    pub calls_per_second: f64,
}

impl Settings {
    /// Reads `WARDEN_SES_CALLS_PER_SECOND`, `WARDEN_PROTECTED_ADDRESSES`,
    /// `WARDEN_COMPLAINT_SUSPECTS` and `WARDEN_MISLABELLED_TRANSIENT`.
    ///
    /// # Errors
    /// One sentence for each variable that is wrong or unknown.
    pub fn read(mut reader: Reader<'_>) -> Result<Self, SettingErrors> {
        let calls_per_second = reader.optional("WARDEN_SES_CALLS_PER_SECOND", 1.0, calls_per_second);
        let complaint_suspects =
            reader.optional("WARDEN_COMPLAINT_SUSPECTS", ComplaintSuspects::Suppress, |word| match word {
                "suppress" => Ok(ComplaintSuspects::Suppress),
                "report" => Ok(ComplaintSuspects::Report),
                _ => Err("must be suppress or report".to_owned()),
            });
        let mislabelled_transient =
            reader.optional("WARDEN_MISLABELLED_TRANSIENT", MislabelledTransient::Spare, |word| match word {
                "spare" => Ok(MislabelledTransient::Spare),
                "suppress" => Ok(MislabelledTransient::Suppress),
                _ => Err("must be spare or suppress".to_owned()),
            });
        let protected = reader.optional("WARDEN_PROTECTED_ADDRESSES", Protected::default(), |list| {
            Protected::parse(list.split(',').map(str::trim).filter(|entry| !entry.is_empty()))
                .map_err(|_| "must be a comma-separated list of addresses or @domains".to_owned())
        });
        reader.finish()?;
        Ok(Self { policy: Policy { complaint_suspects, mislabelled_transient, protected }, calls_per_second })
    }
}

fn calls_per_second(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(n) if n.is_finite() && n > 0.0 && n <= 1000.0 => Ok(n),
        _ => Err("must be a number above 0 and at most 1000".to_owned()),
    }
}

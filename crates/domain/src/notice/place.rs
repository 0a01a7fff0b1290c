//! The account and Region of a notice.

/// An account in a Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The twelve digits.
    pub account: String,
    /// The Region's code, as `eu-central-1`.
    pub region: String,
}

impl Place {
    /// Of the ARN of an alarm (`arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`); `None` where it
    /// is none.
    pub fn of_arn(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        let (_, region, account) = (parts.nth(2)?, parts.next()?, parts.next()?);
        let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        // Both become part of commands.
        let fits = !region.is_empty() && region.len() <= 32 && region.chars().all(is_code);
        let counts = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        (fits && counts).then(|| Self { account: account.to_owned(), region: region.to_owned() })
    }
}

/// The place in a sentence.
pub(super) fn sentence(place: Option<&Place>) -> String {
    match place {
        Some(place) => format!("Account {}, Region {}.", place.account, place.region),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_off_an_arn() {
        let place =
            Place::of_arn("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:a:b").unwrap();
        assert_eq!(
            (place.region.as_str(), place.account.as_str()),
            ("eu-central-1", "111122223333")
        );
        for arn in [
            "",
            "arn",
            "arn:aws:cloudwatch::111122223333:alarm:a",
            "arn:aws:cloudwatch:x;y:111122223333:alarm:a",
        ] {
            assert_eq!(Place::of_arn(arn), None, "{arn}");
        }
    }
}

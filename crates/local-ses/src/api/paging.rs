//! Pages of lists: sizes, and tokens that hold the last key seen.

use crate::wire::WireError;
use aws_smithy_types::base64;

const TOKEN_PREFIX: &str = "after:";

/// Reads a page size; the default is the largest page.
///
/// # Errors
///
/// BadRequestException outside 1 to `maximum`.
pub(crate) fn size(asked: Option<i64>, maximum: usize) -> Result<usize, WireError> {
    match asked {
        None => Ok(maximum),
        Some(size) => {
            usize::try_from(size).ok().filter(|size| (1..=maximum).contains(size)).ok_or_else(
                || WireError::bad_request(format!("PageSize must be between 1 and {maximum}.")),
            )
        }
    }
}

/// The token that continues after a key.
pub(crate) fn token(key: &str) -> String {
    base64::encode(format!("{TOKEN_PREFIX}{key}"))
}

/// The key a token continues after.
///
/// # Errors
///
/// BadRequestException for a token that is none of ours.
pub(crate) fn key(token: &str) -> Result<String, WireError> {
    base64::decode(token)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix(TOKEN_PREFIX).map(str::to_owned))
        .ok_or_else(|| {
            WireError::bad_request("The specified request includes an invalid or expired token.")
        })
}

/// One page of a sorted list of names, and the token of the next.
///
/// # Errors
///
/// As `size` and `key`.
pub(crate) fn page_of_names(
    names: impl Iterator<Item = String>,
    page_size: Option<i64>,
    next_token: Option<&str>,
    maximum: usize,
) -> Result<(Vec<String>, Option<String>), WireError> {
    let size = size(page_size, maximum)?;
    let after = next_token.map(key).transpose()?;
    let mut rest = names.filter(|name| after.as_ref().is_none_or(|after| name > after));
    let page: Vec<String> = rest.by_ref().take(size).collect();
    let next = rest.next().and_then(|_| page.last().map(|last| token(last)));
    Ok((page, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another() {
        let names = || ["a", "b", "c"].into_iter().map(str::to_owned);
        let (page, next) = page_of_names(names(), Some(2), None, 1000).unwrap();
        assert_eq!(page, ["a", "b"]);
        let (page, next) = page_of_names(names(), Some(2), next.as_deref(), 1000).unwrap();
        assert_eq!((page, next), (vec!["c".to_owned()], None));
    }

    #[test]
    fn foreign_tokens_and_sizes_out_of_range_are_refused() {
        assert_eq!(key("???").unwrap_err().code, "BadRequestException");
        assert_eq!(key(&base64::encode("x")).unwrap_err().code, "BadRequestException");
        assert!(size(Some(0), 1000).is_err());
        assert!(size(Some(1001), 1000).is_err());
        assert_eq!(size(None, 1000), Ok(1000));
    }
}

//! Who makes the calls.

use crate::Connection;
use crate::error::CallError;
use crate::members::missing;

/// The identity whose credentials the connection uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The account's twelve digits.
    pub account: String,
    /// ARN of the user, or of the session of a role.
    pub arn: String,
}

/// GetCallerIdentity. It needs no permission.
///
/// # Errors
/// [`CallError`], also where the answer names nobody.
pub async fn caller(connection: &Connection) -> Result<Caller, CallError> {
    const OPERATION: &str = "GetCallerIdentity";
    let answer = aws_sdk_sts::Client::new(connection.sdk()).get_caller_identity().send().await;
    let answer = answer.map_err(|error| CallError::of(OPERATION, &error))?;
    Ok(Caller {
        account: answer.account.ok_or_else(|| missing(OPERATION, "Account"))?,
        arn: answer.arn.ok_or_else(|| missing(OPERATION, "Arn"))?,
    })
}

/// ListAccountAliases: the account's name, as it stands in the address of its sign-in page. `None`
/// where it has none. An account has one at most.
///
/// # Errors
/// [`CallError`].
pub async fn account_alias(connection: &Connection) -> Result<Option<String>, CallError> {
    let answer = aws_sdk_iam::Client::new(connection.sdk()).list_account_aliases().send().await;
    let answer = answer.map_err(|error| CallError::of("ListAccountAliases", &error))?;
    Ok(answer.account_aliases.into_iter().next().filter(|alias| !alias.is_empty()))
}

//! The commands that replace stolen credentials, by the kind of the identity. They are shown, and
//! never run.

use serde::Serialize;

use crate::finding::quoted;
use crate::metrics::caller_identity;

/// Users that the SES console makes for SMTP begin so.
const SMTP_USER: &str = "ses-smtp-user.";

/// What kind of credentials an identity has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// A user that the SES console made for SMTP.
    SmtpUser,
    /// An IAM user, with access keys; SMTP passwords may be derived from them.
    User,
    /// A role, whose sessions can be ended.
    Role,
    /// The account's root.
    Root,
    /// A bare name, of a user or of a role: events hold no more.
    Unknown,
}

/// How to rotate the credentials of one identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rotation {
    /// The identity as it was given.
    pub identity: String,
    /// The bare name.
    pub name: String,
    /// What kind.
    pub kind: CredentialKind,
    /// What to do, as titles with their commands.
    pub steps: Vec<RotationStep>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RotationStep {
    /// What, in one sentence.
    pub text: String,
    /// Commands, ready to paste; none where only the console does it.
    pub commands: Vec<String>,
}

impl Rotation {
    /// What to do about an identity: an ARN, or the bare name that SES writes into events. `None`
    /// for a text that names nobody.
    pub fn of(identity: &str) -> Option<Self> {
        let name = caller_identity(identity)?;
        let resource = identity.splitn(6, ':').nth(5).unwrap_or_default();
        let kind = match resource {
            _ if name.starts_with(SMTP_USER) => CredentialKind::SmtpUser,
            "root" => CredentialKind::Root,
            _ if name == "root" => CredentialKind::Root,
            _ if resource.starts_with("user/") => CredentialKind::User,
            _ if resource.starts_with("role/") || resource.starts_with("assumed-role/") => {
                CredentialKind::Role
            }
            _ => CredentialKind::Unknown,
        };
        let steps = match kind {
            CredentialKind::SmtpUser => vec![smtp(&name)],
            CredentialKind::User => vec![access_keys(&name), smtp(&name)],
            CredentialKind::Role => vec![role(&name)],
            CredentialKind::Root => vec![root()],
            CredentialKind::Unknown => {
                vec![which(&name), access_keys(&name), smtp(&name), role(&name)]
            }
        };
        Some(Self { identity: identity.to_owned(), name, kind, steps })
    }

    /// The commands that put the policy on who sends from now on. For SMTP users that
    /// is `NEW_USER`, because the old one is deleted; a bare name is of a user or of a role. Root
    /// takes no policy, so there are none.
    fn restricting(&self) -> Vec<String> {
        let put = |kind: &str, name: &str| {
            format!(
                "aws iam put-{kind}-policy --{kind}-name {} --policy-name RestrictSending \
                 --policy-document file://policy.json",
                quoted(name)
            )
        };
        match self.kind {
            CredentialKind::SmtpUser => vec![put("user", "NEW_USER")],
            CredentialKind::User => vec![put("user", &self.name)],
            CredentialKind::Role => vec![put("role", &self.name)],
            CredentialKind::Unknown => vec![put("user", &self.name), put("role", &self.name)],
            CredentialKind::Root => Vec::new(),
        }
    }
}

/// The commands that put a policy (`policy.json`) on who sends from now on in place of these
/// identities, each command once.
pub fn restricting(identities: &[String]) -> Vec<String> {
    let rotations = identities.iter().filter_map(|identity| Rotation::of(identity));
    let mut commands: Vec<String> = Vec::new();
    for command in rotations.flat_map(|rotation| rotation.restricting()) {
        if !commands.contains(&command) {
            commands.push(command);
        }
    }
    commands
}

fn step(text: &str, commands: Vec<String>) -> RotationStep {
    RotationStep { text: text.to_owned(), commands }
}

fn which(name: &str) -> RotationStep {
    let name = quoted(name);
    step(
        "Find out what it is: the events hold only the bare name.",
        vec![
            format!("aws iam get-user --user-name {name}"),
            format!("aws iam get-role --role-name {name}"),
        ],
    )
}

fn access_keys(name: &str) -> RotationStep {
    let name = quoted(name);
    step(
        "If it is an IAM user that calls the API: deactivate its access keys, make a new one, and \
         delete the old ones once nothing uses them.",
        vec![
            format!("aws iam list-access-keys --user-name {name}"),
            format!(
                "aws iam update-access-key --user-name {name} --status Inactive --access-key-id KEY"
            ),
            format!("aws iam create-access-key --user-name {name}"),
            format!("aws iam delete-access-key --user-name {name} --access-key-id KEY"),
        ],
    )
}

fn smtp(name: &str) -> RotationStep {
    let name = quoted(name);
    step(
        "If its credentials are SMTP credentials: they cannot be rotated. Delete the user, and make \
         new SMTP credentials in the SES console (SMTP settings, Create SMTP credentials). IAM \
         deletes no user that has keys, groups or policies: delete or remove each that the lists \
         show.",
        vec![
            format!("aws iam list-access-keys --user-name {name}"),
            format!("aws iam delete-access-key --user-name {name} --access-key-id KEY"),
            format!("aws iam list-groups-for-user --user-name {name}"),
            format!("aws iam remove-user-from-group --user-name {name} --group-name GROUP"),
            format!("aws iam list-user-policies --user-name {name}"),
            format!("aws iam delete-user-policy --user-name {name} --policy-name POLICY"),
            format!("aws iam list-attached-user-policies --user-name {name}"),
            format!("aws iam detach-user-policy --user-name {name} --policy-arn ARN"),
            format!("aws iam delete-user --user-name {name}"),
        ],
    )
}

fn role(name: &str) -> RotationStep {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"NOW"}}}]}"#;
    step(
        "If it is a role: end its sessions (NOW is the present time, as 2026-10-06T07:15:00Z), and \
         find out who could assume it.",
        vec![
            format!(
                "aws iam put-role-policy --role-name {} --policy-name AWSRevokeOlderSessions \
                 --policy-document {}",
                quoted(name),
                quoted(document)
            ),
            format!("aws iam get-role --role-name {}", quoted(name)),
        ],
    )
}

fn root() -> RotationStep {
    step(
        "It is the account's root: sign in as root, delete its access keys, change its password and \
         check its MFA devices. Root needs no access key.",
        Vec::new(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_decides_what_to_do() {
        for (identity, kind, steps) in [
            ("arn:aws:iam::111122223333:user/app-mailer", CredentialKind::User, 2),
            ("ses-smtp-user.20210430-154301", CredentialKind::SmtpUser, 1),
            ("arn:aws:iam::1:user/ses-smtp-user.20210430-154301", CredentialKind::SmtpUser, 1),
            ("arn:aws:sts::1:assumed-role/mailer/i-0abc", CredentialKind::Role, 1),
            ("arn:aws:iam::1:root", CredentialKind::Root, 1),
            ("app-mailer", CredentialKind::Unknown, 4),
        ] {
            let rotation = Rotation::of(identity).unwrap();
            assert_eq!((rotation.kind, rotation.steps.len()), (kind, steps), "{identity}");
        }
        assert_eq!(Rotation::of(""), None);
        assert_eq!(Rotation::of("x; reboot"), None);
    }

    #[test]
    fn a_user_of_the_api_and_one_of_smtp_differ() {
        let rotation = Rotation::of("app-mailer").unwrap();
        let all = serde_json::to_string(&rotation).unwrap();
        assert!(all.contains("update-access-key --user-name app-mailer --status Inactive"));
        assert!(all.contains("SMTP credentials in the SES console"));
    }

    #[test]
    fn a_user_loses_everything_before_it_is_deleted() {
        let rotation = Rotation::of("ses-smtp-user.20210430-154301").unwrap();
        let commands: Vec<&str> = rotation.steps[0]
            .commands
            .iter()
            .map(|command| command.split(' ').nth(2).unwrap())
            .collect();
        let expected = [
            ["list-access-keys", "delete-access-key"],
            ["list-groups-for-user", "remove-user-from-group"],
            ["list-user-policies", "delete-user-policy"],
            ["list-attached-user-policies", "detach-user-policy"],
        ];
        assert_eq!(commands, [expected.concat(), vec!["delete-user"]].concat());
    }

    #[test]
    fn the_policy_goes_on_who_sends_from_now_on() {
        for (identity, expected) in [
            ("arn:aws:iam::1:user/app-mailer", vec!["put-user-policy --user-name app-mailer"]),
            ("ses-smtp-user.20210430-154301", vec!["put-user-policy --user-name NEW_USER"]),
            (
                "arn:aws:sts::1:assumed-role/mailer/i-0abc",
                vec!["put-role-policy --role-name mailer"],
            ),
            ("arn:aws:iam::1:role/mailer", vec!["put-role-policy --role-name mailer"]),
            ("arn:aws:iam::1:root", vec![]),
            (
                "app-mailer",
                vec![
                    "put-user-policy --user-name app-mailer",
                    "put-role-policy --role-name app-mailer",
                ],
            ),
        ] {
            let commands = restricting(&[identity.to_owned(), identity.to_owned()]);
            assert_eq!(commands.len(), expected.len(), "{identity}");
            for (command, begin) in commands.iter().zip(expected) {
                assert!(command.starts_with(&format!("aws iam {begin} ")), "{command}");
            }
        }
    }
}

//! Reading and turning the switches.

use std::io::{BufRead, Write};
use std::sync::Once;
use std::time::Duration;

use anyhow::{Context, bail};
use warden_aws::operator::{AwsSwitch, Tenants};
use warden_aws::{CallError, Connection, RateLimiter, SendingSwitch, Turned};
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::record::Target;
use warden_domain::journal::HistoryTarget;

use super::options::TargetOptions;
use crate::frame::output::write_stderr;
use crate::frame::prompt::Prompt;

/// How long one call is tried while SES throttles.
const PATIENCE: Duration = Duration::from_secs(30);

/// Says once that a call is tried again, so that nobody takes the wait for a hang.
fn say_once(error: &CallError) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let seconds = PATIENCE.as_secs();
        write_stderr(format_args!("{error}; trying again, each call for {seconds} s at most"));
    });
}

/// One switch as it stands.
#[derive(Debug, Clone)]
pub struct Switch {
    /// What it belongs to.
    pub target: HistoryTarget,
    /// Its name for people: the tenant's name and not its ARN.
    pub name: String,
    /// Whether it is on.
    pub sends: bool,
    /// AWS's own switch of a tenant.
    pub aws: Option<AwsSwitch>,
}

impl Switch {
    /// `account`, `configuration set marketing`, `tenant shop`.
    pub fn label(&self) -> String {
        match &self.target {
            HistoryTarget::Account => "account".to_owned(),
            HistoryTarget::ConfigurationSet(_) => format!("configuration set {}", self.name),
            HistoryTarget::Tenant(_) => format!("tenant {}", self.name),
            HistoryTarget::Address(_) => self.name.clone(),
        }
    }

    /// The options that name it on the command line.
    pub fn option(&self) -> String {
        let name = warden_domain::finding::quoted(&self.name);
        match &self.target {
            HistoryTarget::Account | HistoryTarget::Address(_) => "--account".to_owned(),
            HistoryTarget::ConfigurationSet(_) => format!("--configuration-set {name}"),
            HistoryTarget::Tenant(_) => format!("--tenant {name}"),
        }
    }
}

/// The account's facts, and the switches that a command is about.
#[derive(Debug)]
pub struct Switches {
    /// AWS's verdict on the account.
    pub enforcement: EnforcementStatus,
    /// Whether the account's own switch is on.
    pub account_sends: bool,
    /// What was asked for.
    pub switches: Vec<Switch>,
    calls: SendingSwitch,
}

impl Switches {
    /// GetAccount, and what each target needs.
    ///
    /// # Errors
    /// [`CallError`], or that there is no such set or tenant in this Region.
    pub async fn read(
        options: &TargetOptions,
        connection: &Connection,
        limiter: RateLimiter,
    ) -> anyhow::Result<Self> {
        let calls = SendingSwitch::new(connection, limiter.clone());
        let calls = calls.keep_trying_for(PATIENCE, say_once);
        let region = connection.region();
        let account = calls.account().await?;
        let mut switches = Vec::new();
        if options.account {
            let (name, sends) = ("account".to_owned(), account.sending_enabled);
            switches.push(Switch { target: HistoryTarget::Account, name, sends, aws: None });
        }
        for name in unique(&options.configuration_set) {
            let Some(sends) = calls.configuration_set(name).await? else {
                bail!("there is no configuration set {name} in {region}")
            };
            let target = HistoryTarget::ConfigurationSet(name.clone());
            switches.push(Switch { target, name: name.clone(), sends, aws: None });
        }
        let tenants = Tenants::new(connection, limiter);
        for name in unique(&options.tenant) {
            let state = tokio::time::timeout(PATIENCE, tenants.state(name)).await;
            let state = state.with_context(|| {
                format!("SES did not answer about tenant {name} within {} s", PATIENCE.as_secs())
            })?;
            let Some(state) = state? else { bail!("there is no tenant {name} in {region}") };
            let target = HistoryTarget::Tenant(state.arn);
            let (sends, aws) = (state.sends, Some(state.aws));
            switches.push(Switch { target, name: name.clone(), sends, aws });
        }
        let (enforcement, account_sends) = (account.enforcement_status, account.sending_enabled);
        Ok(Self { enforcement, account_sends, switches, calls })
    }

    /// Turns a switch, with an explicit value, and reads it back, which may fail by itself.
    ///
    /// # Errors
    /// [`CallError`], also when it did not take.
    pub async fn turn(&self, switch: &Switch, on: bool) -> Result<Turned, CallError> {
        let target = Target::from_history(&switch.target).unwrap_or(Target::Account);
        self.calls.switch(&target, on).await
    }
}

fn unique(names: &[String]) -> impl Iterator<Item = &String> {
    let mut seen = std::collections::BTreeSet::new();
    names.iter().filter(move |name| seen.insert(name.as_str()))
}

/// How a person agreed.
#[derive(Debug, Clone)]
pub struct Confirmation<'a> {
    /// `--yes`.
    pub yes: bool,
    /// `--confirm`.
    pub confirm: Option<&'a str>,
    /// The account's number, which pausing the account wants typed.
    pub account: Option<&'a str>,
    /// The account's name, which does as well.
    pub alias: Option<&'a str>,
}

/// Asks before a change. For the whole account its name or number has to be typed, or given with
/// `--confirm`; `--yes` is not enough. Where the number is not known, the word `account` stands for
/// it.
///
/// # Errors
/// When `--confirm` names another account, nobody can be asked, or a stream fails.
pub fn confirmed<R: BufRead>(
    how: &Confirmation<'_>,
    is_account: bool,
    question: &str,
    prompt: &mut Prompt<R>,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    // Where AWS does not say who calls, a pause must not wait for that.
    let number = how.account.unwrap_or("account");
    let names_it = |given: &str| given == number || how.alias == Some(given);
    let (word, account) = match how.alias {
        Some(alias) => ("name or number", format!("{alias} or {number}")),
        None => ("number", number.to_owned()),
    };
    match (how.confirm, is_account) {
        (Some(given), _) if names_it(given) => Ok(true),
        (Some(given), _) => bail!(
            "--confirm {given} is not this account, {account}: is it the profile that you mean?"
        ),
        (None, false) => Ok(how.yes || prompt.confirm(question, out)?),
        (None, true) if !prompt.is_terminal() => bail!(
            "this concerns the whole account: give its {word} with --confirm {} (--yes is not \
             enough)",
            how.alias.unwrap_or(number)
        ),
        (None, true) => {
            let question = format!("{question} Type the account's {word} ({account}) to go on:");
            Ok(prompt.ask(&question, out)?.as_deref().is_some_and(names_it))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(how: &Confirmation<'_>, is_account: bool, typed: &str) -> anyhow::Result<bool> {
        let mut prompt = Prompt::new(typed.as_bytes(), !typed.is_empty());
        confirmed(how, is_account, "Pause it?", &mut prompt, &mut Vec::new())
    }

    #[test]
    fn the_account_wants_its_number() {
        let how = |yes, confirm| Confirmation {
            yes,
            confirm,
            account: Some("111122223333"),
            alias: None,
        };
        assert!(ask(&how(false, None), true, "111122223333\n").unwrap());
        assert!(!ask(&how(false, None), true, "yes\n").unwrap());
        assert!(!ask(&how(true, None), true, "\n").unwrap());
        assert!(
            ask(&how(true, None), true, "").unwrap_err().to_string().contains("--confirm 1111")
        );
        assert!(ask(&how(false, Some("111122223333")), true, "").unwrap());
        assert!(ask(&how(true, Some("444455556666")), true, "").is_err());
        // AWS does not say the number: then the word stands for it.
        let unknown = |confirm| Confirmation { yes: true, confirm, account: None, alias: None };
        assert!(!ask(&unknown(None), true, "y\n").unwrap());
        assert!(ask(&unknown(Some("account")), true, "").unwrap());
        assert!(ask(&unknown(Some("111122223333")), true, "").is_err());
    }

    #[test]
    fn the_accounts_name_does_as_well() {
        let how = |confirm| Confirmation {
            yes: false,
            confirm,
            account: Some("111122223333"),
            alias: Some("acme-mail"),
        };
        for typed in ["acme-mail\n", "111122223333\n"] {
            assert!(ask(&how(None), true, typed).unwrap());
        }
        assert!(!ask(&how(None), true, "acme-test\n").unwrap());
        assert!(ask(&how(Some("acme-mail")), true, "").unwrap());
        let refusal = ask(&how(Some("acme-test")), true, "").unwrap_err().to_string();
        assert!(refusal.contains("acme-mail or 111122223333"), "{refusal}");
        let refusal = ask(&how(None), true, "").unwrap_err().to_string();
        assert!(refusal.contains("give its name or number with --confirm acme-mail"), "{refusal}");
    }

    #[test]
    fn less_than_the_account_takes_yes() {
        let how = |yes| Confirmation { yes, confirm: None, account: None, alias: None };
        assert!(ask(&how(true), false, "").unwrap());
        assert!(ask(&how(false), false, "y\n").unwrap());
        assert!(!ask(&how(false), false, "n\n").unwrap());
        assert!(ask(&how(false), false, "").is_err());
    }
}

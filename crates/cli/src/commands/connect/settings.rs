//! Where the stack's topics and alarms are, by the stack's own outputs or by options.

use anyhow::{Context, bail};
use warden_aws::Connection;
use warden_aws::operator::{StackFacts, Stacks};

use super::alarms::definition::AlarmSettings;
use super::alarms::plan::ChosenScope;
use super::options::StackPlace;
use super::ownership;

/// The default of the template's parameter.
const MAX_DOMAINS: usize = 100;

/// What all steps of a run share.
#[derive(Debug, Clone)]
pub struct ConnectSettings {
    /// Name of the stack.
    pub stack: String,
    /// What all alarms share.
    pub alarms: AlarmSettings,
    /// ARN of the feedback topic; empty where no set is spoken of.
    pub feedback_topic: String,
    /// The number of domains that metrics counts by name.
    pub max_domains: usize,
    /// The set of metrics that the function writes, where a stack says so: `essential` or `full`.
    pub metric_set: Option<String>,
    /// Beginning of the ARNs of SES: `arn:aws:ses:eu-central-1:111122223333:`.
    arns: String,
}

/// What a run does with the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It makes alarms and destinations.
    Connect,
    /// It removes them, perhaps after the stack, so that it does not matter where they led.
    Remove,
}

impl ConnectSettings {
    /// Reads the stack for what the options leave open.
    ///
    /// # Errors
    /// When it cannot be read, or has not the outputs of one of ours.
    pub(super) async fn read(
        place: &StackPlace,
        namespace: Option<&str>,
        scope: &ChosenScope,
        purpose: Purpose,
        connection: &Connection,
    ) -> anyhow::Result<Self> {
        let needs_feedback = !scope.without_sets;
        let is_given = place.prefix.is_some()
            && (purpose == Purpose::Remove || place.alarm_topic.is_some())
            && (!needs_feedback || place.feedback_topic.is_some());
        let stack = match is_given {
            true => StackFacts::default(),
            false => {
                let found = Stacks::new(connection).describe(&place.stack).await;
                found.with_context(|| way_out(place, purpose))?
            }
        };
        let from = |option: &Option<String>, output| {
            option.clone().map_or_else(|| output_of(&stack, output), Ok)
        };
        let feedback_topic = match needs_feedback {
            true => from(&place.feedback_topic, "FeedbackTopicArn")?,
            false => place.feedback_topic.clone().unwrap_or_default(),
        };
        let alarm_topic = match (from(&place.alarm_topic, "AlarmTopicArn"), purpose) {
            (Err(_), Purpose::Remove) => feedback_topic.clone(),
            (topic, _) => topic?,
        };
        // An output first: a CDK app that sets a parameter leaves none.
        let setting = |name| stack.outputs.get(name).or(stack.parameters.get(name));
        let namespace = namespace.or(setting("MetricNamespace").map(String::as_str));
        let max_domains = setting("MaxDomains").and_then(|text| text.parse().ok());
        Self {
            stack: place.stack.clone(),
            alarms: AlarmSettings {
                prefix: from(&place.prefix, "AlarmPrefix")?,
                namespace: namespace.unwrap_or("SesWarden").to_owned(),
                topic: alarm_topic,
            },
            feedback_topic,
            max_domains: max_domains.unwrap_or(MAX_DOMAINS),
            metric_set: setting("MetricSet").cloned(),
            arns: String::new(),
        }
        .located(connection.region())
    }

    /// Finds the partition and the account, which only ARNs contain. The alarm topic goes first:
    /// the feedback topic may be of another account.
    fn located(mut self, region: &str) -> anyhow::Result<Self> {
        let topic = [&self.alarms.topic, &self.feedback_topic].into_iter().find(|t| !t.is_empty());
        // With neither there is no set and no identity, and no ARN of any is needed.
        let Some(topic) = topic else { return Ok(self) };
        let parts: Vec<&str> = topic.split(':').collect();
        let ["arn", partition, "sns", _, account, _] = parts.as_slice() else {
            bail!("{topic} is not the ARN of a topic");
        };
        self.arns = format!("arn:{partition}:ses:{region}:{account}:");
        Ok(self)
    }

    /// Returns the name of the event destination that `connect` makes.
    pub fn destination(&self) -> String {
        format!("{}-feedback", self.stack)
    }

    /// Returns the key of the tags that say what `connect` made.
    pub fn key(&self) -> String {
        ownership::key(&self.stack)
    }

    /// Returns the ARN of a configuration set.
    pub fn set_arn(&self, set: &str) -> String {
        format!("{}configuration-set/{set}", self.arns)
    }

    /// Returns the ARN of an identity.
    pub fn identity_arn(&self, identity: &str) -> String {
        format!("{}identity/{identity}", self.arns)
    }
}

#[cfg(test)]
impl ConnectSettings {
    /// Those of a stack `mail`.
    pub(super) fn for_tests(alarms: AlarmSettings, feedback_topic: &str) -> Self {
        Self {
            stack: "mail".to_owned(),
            alarms,
            feedback_topic: feedback_topic.to_owned(),
            max_domains: MAX_DOMAINS,
            metric_set: None,
            arns: String::new(),
        }
    }
}

/// What to do where the stack cannot be read.
fn way_out(place: &StackPlace, purpose: Purpose) -> String {
    match purpose {
        Purpose::Connect => "give --stack, or --prefix, --alarm-topic and --feedback-topic (not \
                             needed with --no-sets)"
            .to_owned(),
        Purpose::Remove => format!(
            "if the stack is deleted already, give --prefix {}/ and --feedback-topic ARN",
            place.stack
        ),
    }
}

/// An output that every stack of ours has.
fn output_of(stack: &StackFacts, name: &str) -> anyhow::Result<String> {
    let output = stack.outputs.get(name).cloned();
    output.with_context(|| format!("the stack has no output {name}; is it one of ses-warden?"))
}

//! The settings that explain why something did not come.

use anyhow::anyhow;
use aws_config::SdkConfig;
use warden_aws::doctor::{FunctionReader, TopicReader, fact};
use warden_aws::operator::Queues;
use warden_aws::{CallError, Connection};
use warden_domain::drill::{Buffering, DrillObservation, FunctionPath, Listening, not_asked};
use warden_domain::setup::snapshot::{Fact, Mapping, NotRead, Subscription, Topic};

use super::plan::queue_prefix;
use super::stack::{FunctionParts, StackParts};

const SUBSCRIPTIONS: &str = "sns:ListSubscriptionsByTopic";
const ATTRIBUTES: &str = "sqs:GetQueueAttributes";

/// Dead letters of metrics, suppress and guard.
pub(super) type DeadLetters = [Fact<u64>; 3];

/// Reads settings.
#[derive(Debug)]
pub(super) struct DrillReader {
    topics: TopicReader,
    functions: FunctionReader,
    queues: Queues,
}

impl DrillReader {
    pub(super) fn new(config: &SdkConfig, connection: &Connection) -> Self {
        Self {
            topics: TopicReader::new(config),
            functions: FunctionReader::new(config),
            queues: Queues::new(connection),
        }
    }

    /// ARN and endpoint of each subscription of a topic; none where there is no such topic.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) async fn subscriptions(&self, topic: &str) -> anyhow::Result<Vec<(String, String)>> {
        let Some(found) = self.topics.topic(topic).await? else { return Ok(Vec::new()) };
        match found.subscriptions {
            Fact::Known(all) => Ok(all.into_iter().map(|one| (one.arn, one.endpoint)).collect()),
            Fact::NotRead(not) => Err(anyhow!(not.reason)),
        }
    }

    pub(super) async fn dead_letters(&self, stack: &StackParts) -> DeadLetters {
        let waiting = async |parts: &FunctionParts| {
            fact(
                ATTRIBUTES,
                self.queues.counts(&parts.dead_letters).await.map(|(waiting, _)| waiting),
            )
        };
        let (metrics, suppress, guard) =
            tokio::join!(waiting(&stack.metrics), waiting(&stack.suppress), waiting(&stack.guard));
        [metrics, suppress, guard]
    }

    /// Fills in what the drill's judgement needs to know besides what came.
    pub(super) async fn settings(
        &self,
        stack: &StackParts,
        before: &DeadLetters,
        seen: &mut DrillObservation,
    ) {
        let (feedback, alarms, operators) = tokio::join!(
            self.topics.topic(&stack.feedback_topic),
            self.topics.topic(&stack.alarm_topic),
            self.topics.topic(&stack.operator_topic),
        );
        let (mappings, after) = tokio::join!(self.functions.mappings(), self.dead_letters(stack));
        let mappings = fact("lambda:ListEventSourceMappings", mappings);
        let feedback = subscriptions(feedback);
        let alarms = subscriptions(alarms);
        let [metrics, suppress, guard] = [0, 1, 2].map(|n| more(before.get(n), after.get(n)));
        let (metrics, suppress, guard) = tokio::join!(
            self.path(&stack.metrics, &feedback, &mappings, metrics),
            self.path(&stack.suppress, &feedback, &mappings, suppress),
            self.path(&stack.guard, &alarms, &mappings, guard),
        );
        (seen.metrics, seen.suppress, seen.guard) = (metrics, suppress, guard);
        let own = queue_prefix(&stack.name);
        let is_reader = |one: &&Subscription| {
            one.is_confirmed
                && !one.endpoint.rsplit(':').next().is_some_and(|n| n.starts_with(&own))
        };
        seen.readers = match subscriptions(operators) {
            Fact::Known(all) => Fact::Known(all.iter().filter(is_reader).count()),
            Fact::NotRead(not) => Fact::NotRead(not),
        };
        for (listening, topic) in [(&mut seen.feedback, &feedback), (&mut seen.alarms, &alarms)] {
            // Whoever may not listen may still see that the topic is gone.
            if matches!(listening, Listening::Refused(_)) && is_gone(topic) {
                *listening = Listening::NoTopic;
            }
        }
    }

    async fn path(
        &self,
        parts: &FunctionParts,
        subscriptions: &Fact<Vec<Subscription>>,
        mappings: &Fact<Vec<Mapping>>,
        new_dead_letters: Fact<i64>,
    ) -> FunctionPath {
        let queue_arn = match &parts.queue {
            Some(url) => fact(ATTRIBUTES, self.queues.arn(url).await.map(Some)),
            None => Fact::Known(None),
        };
        let leads_here = |one: &Subscription| {
            one.is_confirmed
                && match queue_arn.known() {
                    Some(Some(arn)) => one.endpoint == *arn,
                    Some(None) => is_function(&one.endpoint, &parts.name),
                    None => false,
                }
        };
        let is_subscribed = match (subscriptions, &queue_arn) {
            (_, Fact::NotRead(not)) | (Fact::NotRead(not), _) => Fact::NotRead(not.clone()),
            (Fact::Known(all), Fact::Known(_)) => Fact::Known(all.iter().any(leads_here)),
        };
        let mapping = match (mappings, queue_arn.known()) {
            (Fact::NotRead(not), _) => Fact::NotRead(not.clone()),
            (Fact::Known(all), Some(Some(arn))) => {
                let of_queue =
                    |one: &&Mapping| one.queue == *arn && is_function(&one.function, &parts.name);
                Fact::Known(all.iter().find(of_queue).map(|one| one.state.clone()))
            }
            (Fact::Known(_), _) => not_asked(),
        };
        let function = self.functions.function(&parts.name).await;
        FunctionPath {
            function: parts.name.clone(),
            buffering: if parts.queue.is_some() { Buffering::Queue } else { Buffering::Direct },
            is_subscribed,
            mapping,
            state: fact(
                "lambda:GetFunctionConfiguration",
                function.map(|found| found.map(|function| function.state)),
            ),
            queued: match &parts.queue {
                Some(url) => fact(ATTRIBUTES, self.queues.counts(url).await),
                None => not_asked(),
            },
            new_dead_letters,
        }
    }
}

fn subscriptions(topic: Result<Option<Topic>, CallError>) -> Fact<Vec<Subscription>> {
    match topic {
        Ok(Some(topic)) => topic.subscriptions,
        Ok(None) => Fact::Known(Vec::new()),
        Err(error) => fact(SUBSCRIPTIONS, Err(error)),
    }
}

fn is_gone(subscriptions: &Fact<Vec<Subscription>>) -> bool {
    subscriptions.known().is_some_and(Vec::is_empty)
}

/// Whether an ARN, with or without a version, is of the function of that name.
fn is_function(arn: &str, name: &str) -> bool {
    arn.split_once(":function:").is_some_and(|(_, rest)| rest.split(':').next() == Some(name))
}

fn more(before: Option<&Fact<u64>>, after: Option<&Fact<u64>>) -> Fact<i64> {
    match (before, after) {
        (Some(Fact::Known(before)), Some(Fact::Known(after))) => {
            let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            Fact::Known(count(*after).saturating_sub(count(*before)))
        }
        (Some(Fact::NotRead(not)), _) | (_, Some(Fact::NotRead(not))) => Fact::NotRead(not.clone()),
        (None, _) | (_, None) => Fact::NotRead(NotRead {
            action: ATTRIBUTES,
            is_denied: false,
            reason: "not asked for".to_owned(),
        }),
    }
}

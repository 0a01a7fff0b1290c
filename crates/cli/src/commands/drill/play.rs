//! Makes what a drill needs, sends, and removes what it made; `wait` waits for what comes.

mod wait;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;
use warden_aws::operator::{
    AlarmDefinitions, AlarmQuery, AlarmRule, ListeningQueue, MailSender, PlainMail, QuerySource,
    Queues,
};
use warden_aws::{Alarms, CallError, Class, Connection, Metrics, RateLimiter, SuppressionList};
use warden_domain::address::EmailAddress;
use warden_domain::drill::{
    AlarmTrial, DIMENSION, DrillMail, DrillObservation, ListTrial, Listening, METRIC, Mailbox, TAG,
};
use warden_domain::journal::AddressId;
use warden_domain::setup::snapshot::{Destination, Fact};

use super::made_up;
use super::plan::Plan;
use super::stack::StackParts;
use crate::frame::journal::OpenJournal;

/// How long guard has for what it does after its notice, before its alarm is taken away.
const GRACE: Duration = Duration::from_secs(3);

/// One drill under way.
pub(super) struct Player<'a> {
    connection: &'a Connection,
    stack: &'a StackParts,
    plan: &'a Plan,
    journal: Option<&'a OpenJournal>,
    list: SuppressionList,
    metrics: Metrics,
    alarms: Alarms,
    definitions: AlarmDefinitions,
    queue: Option<ListeningQueue>,
    alarm: String,
    ids: BTreeMap<String, Mailbox>,
    began: Instant,
    began_seconds: i64,
    before: DrillCounts,
}

/// Sums of our metrics over the time of the drill.
#[derive(Debug, Clone, Copy, Default)]
struct DrillCounts {
    /// Events about simulator addresses.
    simulator: f64,
    /// Recipients that suppress could not write into the journal.
    journal_failed: f64,
}

impl<'a> Player<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        stack: &'a StackParts,
        plan: &'a Plan,
        journal: Option<&'a OpenJournal>,
        pace: RateLimiter,
    ) -> Self {
        Self {
            connection,
            stack,
            plan,
            journal,
            list: SuppressionList::new(connection, pace),
            metrics: Metrics::new(connection, stack.namespace.clone()),
            alarms: Alarms::new(connection),
            definitions: AlarmDefinitions::new(connection),
            queue: None,
            alarm: plan.alarm_name(&stack.alarm_prefix),
            ids: BTreeMap::new(),
            began: Instant::now(),
            // Counts belong to whole minutes.
            began_seconds: Timestamp::now().as_second().div_euclid(60) * 60 - 60,
            before: DrillCounts::default(),
        }
    }

    /// Makes, sends and waits.
    ///
    /// # Errors
    /// When the drill's queue cannot be made. Everything else that fails is in the observation.
    pub(super) async fn play(
        &mut self,
        destinations: Vec<Destination>,
    ) -> anyhow::Result<DrillObservation> {
        let mut seen = DrillObservation {
            configuration_set: self.plan.configuration_set.clone(),
            feedback_topic: self.stack.feedback_topic.clone(),
            destinations: Fact::Known(destinations),
            namespace: self.stack.namespace.clone(),
            list_address: self.plan.listed_address(),
            no_journal: self.journal.is_none().then(|| "not opened".to_owned()),
            ..DrillObservation::default()
        };
        self.listen(&mut seen).await?;
        self.before = self.count().await.unwrap_or_default();
        if self.plan.has_alarm {
            seen.alarm = self.make_alarm().await;
        }
        self.began = Instant::now();
        self.send(&mut seen).await;
        if self.plan.has_list {
            seen.list = self.put_made_up().await;
        }
        self.wait(&mut seen).await;
        if matches!(seen.alarm, AlarmTrial::Created { notified: Some(_), .. }) {
            tokio::time::sleep(GRACE).await;
        }
        Ok(seen)
    }

    async fn listen(&mut self, seen: &mut DrillObservation) -> anyhow::Result<()> {
        let name = self.plan.queue_name(&self.stack.name);
        let topics = self.stack.topics();
        let mut queue = ListeningQueue::create(self.connection, &name, &topics).await?;
        // Production's events stay out. SNS may take a while to heed a filter; `heard` does too.
        let filter = json!({ "mail": { "tags": { TAG: [self.plan.id] } } }).to_string();
        seen.feedback = listening(queue.listen(&self.stack.feedback_topic, Some(&filter)).await);
        if self.plan.has_alarm {
            seen.alarms = listening(queue.listen(&self.stack.alarm_topic, None).await);
            seen.operators = listening(queue.listen(&self.stack.operator_topic, None).await);
        }
        self.queue = Some(queue);
        Ok(())
    }

    async fn make_alarm(&self) -> AlarmTrial {
        let source = QuerySource::Metric {
            namespace: self.stack.namespace.clone(),
            name: METRIC.to_owned(),
            dimensions: BTreeMap::from([(DIMENSION.0.to_owned(), DIMENSION.1.to_owned())]),
            statistic: "Sum".to_owned(),
            period: 60,
            unit: None,
        };
        let query =
            AlarmQuery { id: String::new(), returned: true, period: None, account: None, source };
        let rule = AlarmRule {
            description: "Of a drill of ses-warden, which removes it again.".to_owned(),
            queries: vec![query],
            comparison: "GreaterThanOrEqualToThreshold".to_owned(),
            threshold: 1.0,
            // Counts come some minutes late, for the minute of the event.
            periods: 5,
            datapoints: 1,
            missing_data: "notBreaching".to_owned(),
            actions: vec![self.stack.alarm_topic.clone()],
            calm_actions: Vec::new(),
            further: BTreeMap::new(),
        };
        match self.definitions.put(&self.alarm, &rule, &BTreeMap::new(), true).await {
            Err(error) => AlarmTrial::NotMade(error.to_string()),
            Ok(()) => AlarmTrial::Created {
                in_alarm: None,
                last_state: "not read".to_owned(),
                published: None,
                notified: None,
            },
        }
    }

    async fn send(&mut self, seen: &mut DrillObservation) {
        let sender = MailSender::new(self.connection);
        for mailbox in Mailbox::ALL {
            let mail = PlainMail {
                from: self.plan.from.clone(),
                to: self.plan.address(mailbox),
                configuration_set: self.plan.configuration_set.clone(),
                subject: format!("ses-warden drill {}", self.plan.id),
                text: "A drill of ses-warden. Nobody reads this.".to_owned(),
                tag: (TAG.to_owned(), self.plan.id.clone()),
            };
            let refused = match sender.send(&mail).await {
                Ok(id) => {
                    self.ids.insert(id, mailbox);
                    None
                }
                Err(error) => Some(error.to_string()),
            };
            seen.mails.push(DrillMail { mailbox, refused, events: BTreeMap::new(), decided: None });
        }
    }

    async fn put_made_up(&self) -> ListTrial {
        let Some(queue) = &self.stack.suppress.queue else { return ListTrial::NoQueue };
        let event = made_up::bounce(self.plan, &Timestamp::now().to_string());
        match Queues::new(self.connection).put(queue, &event).await {
            Ok(()) => ListTrial::NotListed,
            Err(error) => ListTrial::NotQueued(error.to_string()),
        }
    }

    fn address_id(&self, address: &str) -> Option<(&'a OpenJournal, AddressId)> {
        let journal = self.journal?;
        Some((journal, journal.key.address_id(&EmailAddress::parse(address).ok()?)))
    }

    /// Removes all that the drill made, and returns what could not be removed.
    pub(super) async fn remove(self, seen: &mut DrillObservation) -> Vec<CallError> {
        let mut failed = Vec::new();
        if self.plan.has_alarm {
            failed.extend(self.definitions.delete(std::slice::from_ref(&self.alarm)).await.err());
        }
        if self.plan.has_list {
            let address = self.plan.listed_address();
            // It may be listed after the drill stopped looking.
            let removed = self.list.delete(None, &address).await;
            if let (ListTrial::Listed { not_removed, .. }, Err(error)) = (&mut seen.list, &removed)
            {
                *not_removed = Some(error.to_string());
            }
            failed.extend(removed.err());
        }
        let addresses = Mailbox::ALL.map(|mailbox| self.plan.address(mailbox));
        for address in addresses.iter().chain([&self.plan.listed_address()]) {
            if let Some((journal, id)) = self.address_id(address) {
                failed.extend(journal.table.delete_partition(&id.partition()).await.err());
            }
        }
        if let Some(queue) = self.queue {
            failed.extend(queue.remove().await);
        }
        failed
    }
}

fn listening(answer: Result<(), CallError>) -> Listening {
    match answer {
        Ok(()) => Listening::Yes,
        Err(error) if error.class == Class::NotFound => Listening::NoTopic,
        Err(error) => Listening::Refused(error.to_string()),
    }
}

//! Waits for what comes, and looks for it.

use std::time::Duration;

use jiff::Timestamp;
use warden_aws::doctor::fact;
use warden_aws::{CallError, PartitionQuery, Query};
use warden_domain::alarm::AlarmState;
use warden_domain::drill::{AlarmTrial, DIMENSION, DrillObservation, ListTrial, METRIC};
use warden_domain::setup::snapshot::Fact;

use super::super::listen::{Heard, heard};
use super::{DrillCounts, Player};
use crate::frame::progress::Progress;

/// The longest time between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long to wait where nothing can come.
const HOPELESS: f64 = 2.0;

impl Player<'_> {
    pub(super) async fn wait(&mut self, seen: &mut DrillObservation) {
        let mut pause = Duration::from_millis(250);
        let mut progress = Progress::new("looks for what came", None);
        loop {
            self.receive(seen).await;
            let (counts, decided, listed, alarm) = tokio::join!(
                self.counted(seen),
                self.decided(seen),
                self.listed(seen),
                self.alarm(seen),
            );
            (seen.counted, seen.journal_failed) = counts;
            (seen.list, seen.alarm) = (listed, alarm);
            for (mail, at) in seen.mails.iter_mut().zip(decided) {
                mail.decided = at;
            }
            progress.step();
            seen.waited = self.seconds();
            let most = if seen.is_hopeless() { HOPELESS } else { self.plan.wait };
            if seen.is_complete() || seen.waited >= most {
                return;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    async fn receive(&self, seen: &mut DrillObservation) {
        let Some(queue) = &self.queue else { return };
        // What cannot be received now is received at the next look.
        while let Ok(bodies) = queue.receive(1).await {
            if bodies.is_empty() {
                return;
            }
            let now = self.seconds();
            for body in bodies {
                match heard(&body, self.stack, &self.plan.id, &self.alarm) {
                    Some(Heard::Event { message_id, kind }) => {
                        let mailbox = self.ids.get(&message_id);
                        let mail = seen.mails.iter_mut().find(|m| Some(&m.mailbox) == mailbox);
                        if let Some(mail) = mail {
                            mail.events.entry(kind).or_insert(now);
                        }
                    }
                    Some(Heard::Alarm) => {
                        if let AlarmTrial::Created { published, .. } = &mut seen.alarm {
                            published.get_or_insert(now);
                        }
                    }
                    Some(Heard::Notice) => {
                        if let AlarmTrial::Created { notified, .. } = &mut seen.alarm {
                            notified.get_or_insert(now);
                        }
                    }
                    None => {}
                }
            }
        }
    }

    /// GetMetricData, of both sums.
    pub(super) async fn count(&self) -> Result<DrillCounts, CallError> {
        let (name, value) = DIMENSION;
        let simulator = Query { metric: METRIC, dimensions: vec![(name, value.to_owned())] };
        let journal_failed = Query { metric: "JournalFailed", dimensions: Vec::new() };
        let end = Timestamp::now().as_second() + 120;
        let sums = self.metrics.sums(&[simulator, journal_failed], self.began_seconds, end).await?;
        let mut sums = sums.into_iter();
        Ok(DrillCounts {
            simulator: sums.next().unwrap_or_default(),
            journal_failed: sums.next().unwrap_or_default(),
        })
    }

    async fn counted(&self, seen: &DrillObservation) -> (Fact<(f64, f64)>, Fact<f64>) {
        const ACTION: &str = "cloudwatch:GetMetricData";
        let found = self.count().await;
        let simulator = found.clone().map(|counts| {
            let rise = (counts.simulator - self.before.simulator).max(0.0);
            match seen.counted.known() {
                // The time of the last rise.
                Some((known, seconds)) if *known >= rise => (*known, *seconds),
                Some(_) | None => (rise, self.seconds()),
            }
        });
        let failed =
            found.map(|counts| (counts.journal_failed - self.before.journal_failed).max(0.0));
        (fact(ACTION, simulator), fact(ACTION, failed))
    }

    async fn decided(&self, seen: &DrillObservation) -> Vec<Option<f64>> {
        let mut all = Vec::new();
        for mail in &seen.mails {
            let is_open = mail.decided.is_none() && mail.mailbox.is_decided();
            let is_there = match self.address_id(&self.plan.address(mail.mailbox)) {
                Some((journal, id)) if is_open => {
                    let wanted = PartitionQuery { at_most: Some(1), ..PartitionQuery::default() };
                    let items = journal.table.partition(&id.partition(), wanted).await;
                    items.is_ok_and(|items| !items.is_empty())
                }
                Some(_) | None => false,
            };
            all.push(mail.decided.or(is_there.then(|| self.seconds())));
        }
        all
    }

    async fn listed(&self, seen: &DrillObservation) -> ListTrial {
        if !matches!(seen.list, ListTrial::NotListed | ListTrial::NotRead(_)) {
            return seen.list.clone();
        }
        match self.list.get(None, &self.plan.listed_address()).await {
            Ok(None) => ListTrial::NotListed,
            Ok(Some(_)) => ListTrial::Listed { seconds: self.seconds(), not_removed: None },
            Err(error) => ListTrial::NotRead(error.to_string()),
        }
    }

    async fn alarm(&self, seen: &DrillObservation) -> AlarmTrial {
        let AlarmTrial::Created { in_alarm, published, notified, .. } = &seen.alarm else {
            return seen.alarm.clone();
        };
        if in_alarm.is_some() {
            return seen.alarm.clone();
        }
        let found = self.alarms.all(&self.alarm).await.ok().and_then(|all| all.into_iter().next());
        let is_in_alarm = found.as_ref().is_some_and(|alarm| alarm.state == AlarmState::Alarm);
        AlarmTrial::Created {
            in_alarm: is_in_alarm.then(|| self.seconds()),
            last_state: found
                .map_or_else(|| "gone".to_owned(), |alarm| alarm.state.name().to_owned()),
            published: *published,
            notified: *notified,
        }
    }
}

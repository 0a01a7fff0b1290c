//! What a drill sends, and the queue with which it listens.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageTag};
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::json;

use crate::Connection;
use crate::error::{CallError, Class};

/// Tries of one mail while SES throttles: a sandbox sends one a second.
const TRIES: u32 = 6;
/// The wait between them.
const WAIT: Duration = Duration::from_secs(1);
/// How long the drill's queue keeps and hides a message, in seconds: longer than a drill lasts.
const KEPT_SECONDS: &str = "3600";
/// Most messages of one ReceiveMessage.
const MOST_RECEIVED: i32 = 10;

/// One plain mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainMail {
    /// The sender's address.
    pub from: String,
    /// The one recipient.
    pub to: String,
    /// The configuration set.
    pub configuration_set: String,
    /// The notice's subject.
    pub subject: String,
    /// The notice's text.
    pub text: String,
    /// Name and value of its message tag.
    pub tag: (String, String),
}

/// Sends mail in one Region.
#[derive(Debug, Clone)]
pub struct MailSender {
    ses: aws_sdk_sesv2::Client,
}

impl MailSender {
    /// Sends by the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self { ses: connection.sesv2() }
    }

    /// SendEmail: the mail's message id. Tried again while SES throttles it.
    ///
    /// # Errors
    /// [`CallError`]. After a time-out the mail may be on its way.
    pub async fn send(&self, mail: &PlainMail) -> Result<String, CallError> {
        const OPERATION: &str = "SendEmail";
        let text = |data: &str| Content::builder().data(data).build();
        let unbuildable =
            |error: aws_sdk_sesv2::error::BuildError| refused(OPERATION, &error.to_string());
        let subject = text(&mail.subject).map_err(unbuildable)?;
        let body = text(&mail.text).map_err(unbuildable)?;
        let body = Body::builder().text(body).build();
        let message = Message::builder().subject(subject).body(body).build();
        let (name, value) = &mail.tag;
        let tag = MessageTag::builder().name(name).value(value).build().map_err(unbuildable)?;
        let request = self
            .ses
            .send_email()
            .from_email_address(&mail.from)
            .destination(Destination::builder().to_addresses(&mail.to).build())
            .configuration_set_name(&mail.configuration_set)
            .email_tags(tag)
            .content(EmailContent::builder().simple(message).build());
        let mut tries = 1;
        loop {
            let answer = request.clone().send().await;
            match answer.map_err(|error| CallError::of(OPERATION, &error)) {
                Ok(answer) => {
                    let id = answer.message_id.filter(|id| !id.is_empty());
                    return id.ok_or_else(|| crate::members::missing(OPERATION, "MessageId"));
                }
                Err(error) if error.class == Class::Throttled && tries < TRIES => tries += 1,
                Err(error) => return Err(error),
            }
            tokio::time::sleep(WAIT).await;
        }
    }
}

/// The queues of one Region, as a drill uses them.
#[derive(Debug, Clone)]
pub struct Queues {
    sqs: aws_sdk_sqs::Client,
}

impl Queues {
    /// Those of the connection's Region.
    pub fn new(connection: &Connection) -> Self {
        Self { sqs: aws_sdk_sqs::Client::new(connection.sdk()) }
    }

    /// GetQueueAttributes: how many messages wait, and how many are taken and not finished.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn counts(&self, url: &str) -> Result<(u64, u64), CallError> {
        let names = vec![
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let found = self.attributes(url, names.clone()).await?;
        let mut counts = names.iter().map(|name| {
            found.get(name.as_str()).and_then(|count| count.parse().ok()).unwrap_or_default()
        });
        Ok((counts.next().unwrap_or_default(), counts.next().unwrap_or_default()))
    }

    /// GetQueueAttributes: the ARN of a queue.
    ///
    /// # Errors
    /// [`CallError`], also where the answer has none.
    pub async fn arn(&self, url: &str) -> Result<String, CallError> {
        let found = self.attributes(url, vec![QueueAttributeName::QueueArn]).await?;
        let arn = found.get(QueueAttributeName::QueueArn.as_str()).cloned();
        arn.ok_or_else(|| crate::members::missing("GetQueueAttributes", "QueueArn"))
    }

    async fn attributes(
        &self,
        url: &str,
        names: Vec<QueueAttributeName>,
    ) -> Result<BTreeMap<String, String>, CallError> {
        let asked = self.sqs.get_queue_attributes().queue_url(url);
        let answer = asked.set_attribute_names(Some(names)).send().await;
        let answer = answer.map_err(|error| CallError::of("GetQueueAttributes", &error))?;
        let found = answer.attributes.unwrap_or_default().into_iter();
        Ok(found.map(|(name, value)| (name.as_str().to_owned(), value)).collect())
    }

    /// SendMessage.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put(&self, url: &str, body: &str) -> Result<(), CallError> {
        let answer = self.sqs.send_message().queue_url(url).message_body(body).send().await;
        answer.map(|_| ()).map_err(|error| CallError::of("SendMessage", &error))
    }

    /// ListQueues: the URLs of the queues whose names begin so, the first thousand.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn beginning(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let answer = self.sqs.list_queues().queue_name_prefix(prefix).send().await;
        let answer = answer.map_err(|error| CallError::of("ListQueues", &error))?;
        Ok(answer.queue_urls.unwrap_or_default())
    }

    /// DeleteQueue; one that is gone already is no error.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn delete(&self, url: &str) -> Result<(), CallError> {
        let answer = self.sqs.delete_queue().queue_url(url).send().await;
        gone(answer.map(|_| ()).map_err(|error| CallError::of("DeleteQueue", &error)))
    }
}

/// A queue that listens to topics for as long as a drill lasts.
#[derive(Debug)]
pub struct ListeningQueue {
    sqs: aws_sdk_sqs::Client,
    sns: aws_sdk_sns::Client,
    url: String,
    arn: String,
    subscriptions: Vec<String>,
}

impl ListeningQueue {
    /// CreateQueue: an encrypted queue of that name, which these topics may write to.
    ///
    /// # Errors
    /// [`CallError`]. Where it fails after the queue was made, the queue is deleted again.
    pub async fn create(
        connection: &Connection,
        name: &str,
        topics: &[&str],
    ) -> Result<Self, CallError> {
        let queues = Queues::new(connection);
        let sqs = queues.sqs.clone();
        let answer = sqs
            .create_queue()
            .queue_name(name)
            .attributes(QueueAttributeName::MessageRetentionPeriod, KEPT_SECONDS)
            .attributes(QueueAttributeName::VisibilityTimeout, KEPT_SECONDS)
            .attributes(QueueAttributeName::SqsManagedSseEnabled, "true")
            .send()
            .await;
        let answer = answer.map_err(|error| CallError::of("CreateQueue", &error))?;
        let url = answer.queue_url.filter(|url| !url.is_empty());
        let url = url.ok_or_else(|| crate::members::missing("CreateQueue", "QueueUrl"))?;
        match Self::opened(&queues, &url, topics).await {
            Ok(arn) => {
                let (sns, subscriptions) = (connection.sns(), Vec::new());
                Ok(Self { sqs, sns, url, arn, subscriptions })
            }
            Err(error) => {
                // The first error is the one to report.
                let _ = queues.delete(&url).await;
                Err(error)
            }
        }
    }

    async fn opened(queues: &Queues, url: &str, topics: &[&str]) -> Result<String, CallError> {
        let arn = queues.arn(url).await?;
        let statement = json!({
            "Effect": "Allow",
            "Principal": { "Service": "sns.amazonaws.com" },
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": { "ArnEquals": { "aws:SourceArn": topics } },
        });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
        let set = queues.sqs.set_queue_attributes().queue_url(url);
        let answer = set.attributes(QueueAttributeName::Policy, policy).send().await;
        answer.map_err(|error| CallError::of("SetQueueAttributes", &error))?;
        Ok(arn)
    }

    /// Subscribe: messages of the topic from now on, wrapped in SNS's envelope; `body_filter` is
    /// a filter policy on their bodies.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn listen(
        &mut self,
        topic: &str,
        body_filter: Option<&str>,
    ) -> Result<(), CallError> {
        let mut request = self
            .sns
            .subscribe()
            .topic_arn(topic)
            .protocol("sqs")
            .endpoint(&self.arn)
            .return_subscription_arn(true);
        if let Some(filter) = body_filter {
            request = request
                .attributes("FilterPolicyScope", "MessageBody")
                .attributes("FilterPolicy", filter);
        }
        let answer = request.send().await;
        let answer = answer.map_err(|error| CallError::of("Subscribe", &error))?;
        self.subscriptions.extend(answer.subscription_arn);
        Ok(())
    }

    /// ReceiveMessage, waiting for up to so many seconds where nothing is there: the bodies. None
    /// comes twice.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn receive(&self, wait_seconds: i32) -> Result<Vec<String>, CallError> {
        let asked = self.sqs.receive_message().queue_url(&self.url);
        let asked = asked.max_number_of_messages(MOST_RECEIVED).wait_time_seconds(wait_seconds);
        let answer = asked.send().await;
        let answer = answer.map_err(|error| CallError::of("ReceiveMessage", &error))?;
        Ok(answer.messages.unwrap_or_default().into_iter().filter_map(|one| one.body).collect())
    }

    /// Returns the queue's ARN.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Unsubscribe for each topic, then DeleteQueue: what could not be removed.
    pub async fn remove(self) -> Vec<CallError> {
        let mut failed = Vec::new();
        for subscription in &self.subscriptions {
            failed.extend(unsubscribe(&self.sns, subscription).await.err());
        }
        failed.extend(Queues { sqs: self.sqs }.delete(&self.url).await.err());
        failed
    }
}

/// Unsubscribe, of a subscription that a drill left; one that is gone already is no error.
///
/// # Errors
/// [`CallError`].
pub async fn remove_subscription(connection: &Connection, arn: &str) -> Result<(), CallError> {
    unsubscribe(&connection.sns(), arn).await
}

async fn unsubscribe(sns: &aws_sdk_sns::Client, arn: &str) -> Result<(), CallError> {
    let answer = sns.unsubscribe().subscription_arn(arn).send().await;
    gone(answer.map(|_| ()).map_err(|error| CallError::of("Unsubscribe", &error)))
}

fn gone(answer: Result<(), CallError>) -> Result<(), CallError> {
    match answer {
        Err(CallError { class: Class::NotFound, .. }) => Ok(()),
        Err(CallError { class: Class::Refused { code }, .. })
            if code.ends_with("NonExistentQueue") || code.ends_with("QueueDoesNotExist") =>
        {
            Ok(())
        }
        other => other,
    }
}

fn refused(operation: &'static str, why: &str) -> CallError {
    let class = Class::Refused { code: crate::error::CONSTRUCTION_FAILURE.to_owned() };
    CallError::new(operation, class, why)
}

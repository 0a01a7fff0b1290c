//! What each code of `doctor setup` means: for `--explain`, the report and the guide.
//! One table, so this file is longer than others.

/// A code, with what a person needs to know about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetupCode {
    /// The code, as findings have it.
    pub code: &'static str,
    /// What it says, in half a sentence.
    pub title: &'static str,
    /// Why it matters and what to do.
    pub text: &'static str,
}

/// Returns what a code means, or nothing where `doctor setup` has no such code.
///
/// # Examples
/// ```
/// use warden_domain::setup::codes::explain;
///
/// let code = explain("topic-fifo").unwrap();
/// assert_eq!(code.title, "SES is configured to publish to a FIFO topic");
/// assert!(explain("topic-fifth").is_none());
/// ```
pub fn explain(code: &str) -> Option<&'static SetupCode> {
    CODES.iter().find(|known| known.code == code)
}

const fn code(code: &'static str, title: &'static str, text: &'static str) -> SetupCode {
    SetupCode { code, title, text }
}

/// Every code, in the order of the guide: account, identities, sets, topics, queues, functions,
/// alarms.
pub const CODES: &[SetupCode] = &[
    code(
        "account-ok",
        "The account sends, is out of the sandbox and under no review",
        "Nothing is to be done.",
    ),
    code(
        "sandbox",
        "The account is in the sandbox in this Region",
        "In the sandbox SES sends only to verified addresses and refuses every entry of the \
         suppression list, so suppress can do nothing. Production access is asked for in the \
         console or with put-account-details, for each Region by itself.",
    ),
    code(
        "account-paused",
        "Sending of the whole account is switched off",
        "SES refuses all mail with SendingPausedException until somebody switches sending on \
         again. guard does this for an account alarm, or a person did. Find the cause first: \
         stolen credentials, a purchased list, a broken signup form.",
    ),
    code(
        "account-under-review",
        "AWS is reviewing the account",
        "GetAccount says PROBATION or another word that is not HEALTHY. AWS wrote to the account's \
         address and expects an answer; bounces above 5 % or complaints above 0.1 % are the usual \
         cause.",
    ),
    code(
        "account-shut-down",
        "AWS has paused the account",
        "Only AWS can resume sending. Answer the case in the Support Center: what went wrong, what \
         you changed, why it cannot happen again.",
    ),
    code("quota-ok", "The daily quota has room", "Nothing is to be done."),
    code(
        "quota-nearly-used",
        "Four fifths of the daily quota are used",
        "The quota counts every recipient within 24 hours, those on the suppression list too. \
         Beyond it SES refuses mail. Ask for more under Service Quotas, and check whether somebody \
         else sends with your credentials.",
    ),
    code(
        "suppression-effective",
        "The suppression list works for bounces and complaints",
        "SES withholds mail to listed addresses and lists hard bounces and complaints by itself.",
    ),
    code(
        "suppression-without-bounce",
        "Entries for bounces have no effect",
        "SES uses an entry of the suppression list only if its reason is among the account's \
         suppressed reasons. Without BOUNCE, mail goes on to addresses that suppress listed as \
         bounced. Put both reasons.",
    ),
    code(
        "suppression-without-complaint",
        "Entries for complaints have no effect",
        "As for bounces: without COMPLAINT among the suppressed reasons, people who complained are \
         mailed again. Put both reasons.",
    ),
    code(
        "stack-missing",
        "The named stack is not there",
        "CloudFormation knows no stack of that name in this Region. Stacks belong to a Region; \
         check --region and --stack.",
    ),
    code(
        "no-stack",
        "There is no stack of ses-warden here",
        "The diagnosis follows what SES and the topics name. Which functions, queues and alarms \
         should exist is known only with a stack.",
    ),
    code(
        "stack-incomplete",
        "The stack lacks an output",
        "The command finds functions and queues by the stack's outputs. Update the stack to this \
         version's template.",
    ),
    code(
        "no-identities",
        "There is no sending identity in this Region",
        "Identities, configuration sets and the suppression list belong to one Region. Name the \
         Region that sends.",
    ),
    code(
        "no-sets",
        "There is no configuration set in this Region",
        "Without a configuration set SES publishes no events: metrics counts nothing, and feedback \
         comes by the identities' own notifications alone.",
    ),
    code(
        "not-read",
        "Something could not be read",
        "The role of whoever runs the command lacks a permission, or the call failed. Nothing is \
         concluded about what was not read. docs/doctor-policy.json holds all that is needed, all \
         of it read-only.",
    ),
    code(
        "identity-not-verified",
        "The identity is not verified",
        "SES sends nothing for it. `ses-warden doctor domain` says which DNS record is missing.",
    ),
    code(
        "no-default-set",
        "The identity has no default configuration set",
        "Events are published only for mail that names a configuration set, in the header \
         X-SES-CONFIGURATION-SET or in the call. One program that forgets it is invisible. With a \
         default set at the identity nobody has to remember.",
    ),
    code(
        "default-set-missing",
        "The default configuration set does not exist",
        "SES refuses mail that falls back to it. Name an existing set, or create this one.",
    ),
    code(
        "feedback-nowhere",
        "Nobody learns of bounces or complaints",
        "No topic, no event destination, no forwarding by mail: bounce and complaint rates rise \
         unseen until AWS reviews the account. Give the identity a default set with an event \
         destination, or at least switch forwarding on.",
    ),
    code(
        "forwarding-and-topic",
        "Feedback comes by mail too",
        "E-mail feedback forwarding is on although a topic gets the same bounces. Mailboxes fill, \
         and people act on what the functions handle. Switch it off once the topic works.",
    ),
    code(
        "both-formats",
        "The same feedback is published in two formats",
        "A topic of the identity (API v1, notificationType) and an event destination of its set \
         (eventType) both publish. Each bounce arrives twice; suppress and metrics recognize most, \
         not all, of the repetitions. Keep the event destination.",
    ),
    code(
        "identity-topics-only",
        "Feedback comes by the identity's topics alone",
        "Notifications of identities (API v1) carry no tags, and there are none for sends. suppress \
         works with them; metrics cannot compute rates by set, and guard cannot tell which set to \
         pause. Publish events by a configuration set.",
    ),
    code(
        "headers-option",
        "Whether notifications hold the mail's headers",
        "\"Include original headers\" of an identity's notifications. With them a bounce shows its \
         subject and its own Message-ID; without them less personal data travels.",
    ),
    code(
        "address-shadows-domain",
        "An address identity overrides its domain",
        "For mail from that address SES takes the settings of the address identity, not those of \
         the domain: default set, topics and forwarding. Delete the address identity, or set it up \
         as the domain is.",
    ),
    code(
        "subdomain-shadows-parent",
        "A subdomain identity overrides its parent",
        "SES takes the settings of the most specific verified domain. What is set up for the parent \
         has no effect for the subdomain. Set both up alike, or delete the subdomain.",
    ),
    code(
        "no-event-destination",
        "The configuration set publishes nowhere",
        "Bounces and complaints of mail with this set are lost, unless an identity has topics of \
         its own. CloudWatch and Firehose destinations count and store, but notify nobody. Add an \
         SNS destination.",
    ),
    code(
        "destination-disabled",
        "An event destination is switched off",
        "SES publishes nothing to a disabled destination, and does not catch up later. Enable it.",
    ),
    code(
        "events-missing",
        "Bounces or complaints are not among the event types",
        "A destination gets only the event types it asks for. Add BOUNCE and COMPLAINT.",
    ),
    code(
        "counts-missing",
        "Sends or deliveries are not among the event types",
        "A rate needs a denominator: bounces are divided by sends, complaints by deliveries. \
         Without them the alarms on domains get no data. Add SEND and DELIVERY.",
    ),
    code(
        "tracking-on",
        "Opens or clicks are asked for, so SES tracks",
        "A destination with OPEN or CLICK makes SES add an invisible image and rewrite links in \
         every mail of the set. That may be wanted; if not, take the two out.",
    ),
    code(
        "destinations-overlap",
        "Two destinations lead to the same function",
        "Every event arrives twice. Keep one.",
    ),
    code(
        "feedback-arrives",
        "Bounces and complaints arrive",
        "Every link of the path was checked and works.",
    ),
    code(
        "feedback-lost",
        "Bounces and complaints reach nobody",
        "Every path from here is broken. The finding names the codes of the broken links; details \
         are at the topic, queue or function that needs a correction.",
    ),
    code(
        "feedback-unclear",
        "It is unclear whether feedback arrives",
        "A part of the path was not read, or rests on something that is not visible from here, such \
         as rules of EventBridge.",
    ),
    code(
        "suppress-not-fed",
        "Feedback arrives, but not at suppress",
        "The set or identity publishes to another topic than the one that feeds suppress. Add an \
         event destination to the stack's feedback topic.",
    ),
    code(
        "reputation-metrics-off",
        "SES publishes no rates of the set",
        "Alarms on Reputation.BounceRate and Reputation.ComplaintRate of the set have no data. \
         Switch reputation metrics on; CloudWatch bills two metrics.",
    ),
    code(
        "set-paused",
        "Sending of the set is paused",
        "SES refuses mail with this set. guard pauses sets for their alarms, people do it by hand.",
    ),
    code(
        "set-suppression-partial",
        "The set ignores a part of the suppression list",
        "A set's own suppressed reasons take the place of the account's. Without BOUNCE or \
         COMPLAINT among them its mail goes to listed addresses.",
    ),
    code(
        "managed-pool-without-delivery-delay",
        "Nobody sees what a managed pool holds back",
        "A managed dedicated IP pool warms up by itself and queues mail meanwhile. DELIVERY_DELAY \
         events are the only sign of it. Add the event type.",
    ),
    code(
        "pool",
        "Which dedicated IP pool the set sends from",
        "Pool, configuration set and the identities whose default set it is: the whole chain. A \
         Region has 50 pools at most, standard and managed together; at most 10,000 identities can \
         use managed ones; a managed pool cannot become a standard one, and a name is used once.",
    ),
    code(
        "pool-missing",
        "The set names a pool that does not exist",
        "SES refuses mail of the set. Name another pool, or none.",
    ),
    code("topic-ok", "The topic takes messages and somebody gets them", "Nothing is to be done."),
    code(
        "topic-missing",
        "The topic does not exist",
        "Somebody deleted it, or its name is wrong. SES and CloudWatch do not complain; the \
         messages are gone. Create it again with its policy and subscriptions.",
    ),
    code(
        "topic-other-region",
        "The topic is in another Region",
        "SES and CloudWatch publish only to topics of their own Region.",
    ),
    code(
        "topic-fifo",
        "SES is configured to publish to a FIFO topic",
        "SES supports standard topics only. Create a standard one.",
    ),
    code(
        "topic-policy-excludes-ses",
        "The topic's policy keeps SES out",
        "Publishing needs a statement that lets the service ses.amazonaws.com do sns:Publish, best \
         with the account as a condition (aws:SourceAccount).",
    ),
    code(
        "topic-policy-excludes-cloudwatch",
        "The topic's policy keeps alarms out",
        "An alarm's action needs a statement that lets cloudwatch.amazonaws.com do sns:Publish.",
    ),
    code(
        "topic-access-unclear",
        "Whether the topic takes messages cannot be judged",
        "The policy rests on a condition whose value is not visible from here, such as the \
         organization's id.",
    ),
    code(
        "topic-key-excludes-ses",
        "The topic's key keeps SES out",
        "An encrypted topic takes a message only if the publisher may use its key: \
         kms:GenerateDataKey and kms:Decrypt for ses.amazonaws.com in the key's policy.",
    ),
    code(
        "topic-key-excludes-cloudwatch",
        "The topic's key keeps alarms out",
        "As for SES, for cloudwatch.amazonaws.com.",
    ),
    code(
        "topic-key-missing",
        "The topic's key does not exist",
        "Nothing can be published. Name another key.",
    ),
    code(
        "topic-key-disabled",
        "The topic's key is switched off or about to be deleted",
        "Nothing can be published. Enable the key, or cancel its deletion.",
    ),
    code(
        "topic-key-of-aws",
        "The topic is encrypted with AWS's own key",
        "Services cannot publish to a topic that is encrypted with alias/aws/sns, and the policy of \
         that key cannot be changed. Use a key of your own, or none.",
    ),
    code(
        "topic-without-subscription",
        "Nobody listens to the topic",
        "What is published there is gone. Subscribe the queue, the function or the operators.",
    ),
    code(
        "topic-without-publisher",
        "Nothing publishes to the stack's feedback topic",
        "No configuration set has an event destination there. Add one to each set that sends.",
    ),
    code(
        "subscription-pending",
        "A subscription is not confirmed",
        "SNS delivers only after the endpoint has confirmed: the link in the mail, or an answer to \
         the request of a web hook. Requests expire after three days.",
    ),
    code(
        "subscription-filter",
        "A filter policy withholds feedback",
        "SES sends no message attributes, so a filter on attributes lets nothing through. Filter on \
         the body, and let both Bounce and Complaint pass, in eventType and notificationType.",
    ),
    code(
        "subscription-missing",
        "A queue of the stack is not subscribed to its topic",
        "Its function sees nothing. Subscribe it, or update the stack.",
    ),
    code("queue-ok", "The queue invokes its function", "Nothing is to be done."),
    code(
        "queue-read-by-others",
        "No Lambda function reads the queue",
        "A worker of your own may; that is not visible from here.",
    ),
    code(
        "queue-missing",
        "The queue does not exist",
        "A subscription or a redrive policy names a queue that is gone. SNS drops what it cannot \
         deliver.",
    ),
    code(
        "queue-policy-excludes-sns",
        "The queue's policy keeps SNS out",
        "Let sns.amazonaws.com do sqs:SendMessage, with the topic as a condition (aws:SourceArn).",
    ),
    code(
        "queue-key-excludes-sns",
        "The queue's key keeps SNS out",
        "An encrypted queue takes messages only if sns.amazonaws.com may use its key.",
    ),
    code("queue-key-missing", "The queue's key does not exist", "Name another key."),
    code(
        "queue-key-disabled",
        "The queue's key is switched off or about to be deleted",
        "Enable the key, or cancel its deletion.",
    ),
    code(
        "queue-key-of-aws",
        "The queue is encrypted with AWS's own key",
        "SNS cannot use alias/aws/sqs. Use SQS-managed encryption or a key of your own.",
    ),
    code(
        "dead-letters",
        "Messages lie in a dead-letter queue",
        "They could not be handled and wait for a person, at most 14 days. Find the cause in the \
         function's log, remove it, then start a message move task.",
    ),
    code(
        "mapping-missing",
        "Nothing leads from the queue to its function",
        "The event source mapping is gone. Messages expire after four days. Create it again, or \
         update the stack.",
    ),
    code(
        "mapping-disabled",
        "The way from the queue to its function is switched off",
        "Somebody disabled the event source mapping. Enable it; what waits is then handled.",
    ),
    code(
        "mapping-failing",
        "Lambda could not hand over the last batch",
        "The function's role may lack a permission on the queue, or the function fails.",
    ),
    code(
        "mapping-without-item-failures",
        "Single messages cannot be given back",
        "Without ReportBatchItemFailures Lambda ignores which messages of a batch failed.",
    ),
    code("function-ok", "The function is there", "Nothing is to be done."),
    code(
        "function-missing",
        "The function does not exist",
        "A mapping, a subscription, an alarm or the stack names it. Deploy it again.",
    ),
    code(
        "function-failed",
        "The function is in a failed state",
        "Lambda could not prepare it. Deploy it again; GetFunction says why.",
    ),
    code(
        "function-switched-off",
        "The function's concurrency is 0",
        "Somebody throttled it to nothing, as the console's button does. Delete the reserved \
         concurrency.",
    ),
    code(
        "function-policy-excludes-sns",
        "The topic may not invoke the function",
        "Add a permission for sns.amazonaws.com with the topic as its source.",
    ),
    code(
        "function-policy-excludes-cloudwatch",
        "The alarm may not invoke the function",
        "Add a permission for lambda.alarms.cloudwatch.amazonaws.com with the alarm as its source.",
    ),
    code("last-event", "When metrics last counted an event", "Nothing is to be done."),
    code(
        "no-events-counted",
        "SES sends, and metrics counts nothing",
        "The mail names no configuration set, or the events are lost on the way. Check the \
         findings of the sets and topics.",
    ),
    code(
        "automatic-list",
        "SES lists hard bounces by itself",
        "With BOUNCE among the account's suppressed reasons SES puts every hard bounce on the \
         list, also where the sender is at fault. Addresses that suppress does not list are then \
         listed anyway; ses-warden rescue removes them.",
    ),
    code("alarms-ok", "The alarms act and watch what exists", "Nothing is to be done."),
    code(
        "no-reputation-alarm",
        "No alarm watches the account's rates",
        "AWS reviews an account at 5 % bounces or 0.1 % complaints. An alarm below that is the only \
         warning.",
    ),
    code(
        "alarm-without-actions",
        "The alarm does nothing",
        "An alarm without an action changes its state in the console and notifies nobody.",
    ),
    code(
        "alarm-actions-off",
        "The alarm's actions are switched off",
        "Often left over from maintenance. Enable them.",
    ),
    code(
        "alarm-unheard",
        "The alarm's actions notify nobody",
        "Its topic or function is missing, closed to alarms, or without a subscriber.",
    ),
    code(
        "alarm-metric-unknown",
        "The alarm watches a metric that nobody writes",
        "A misspelt metric never has data, so the alarm never goes into ALARM.",
    ),
    code(
        "alarm-target-missing",
        "The alarm watches a set or domain that is not there",
        "It was renamed or deleted. Delete the alarm, or name the new one.",
    ),
    code(
        "alarm-without-data",
        "The alarm watches a series without data",
        "Wrong dimensions are the usual cause: the account's rates have none, those of a set have \
         ses:configuration-set.",
    ),
];

#[cfg(test)]
mod tests;

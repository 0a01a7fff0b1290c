//! Reads the account: first what can be listed, then whatever that names.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_types::retry::RetryConfig;
use warden_aws::RateLimiter;
use warden_aws::doctor::{
    AlarmReader, FunctionReader, KeyReader, QueueReader, SesReader, StackReader, TopicReader, each,
    fact,
};
use warden_domain::setup::snapshot::{
    ConfigurationSet, Fact, Identity, IdentityTopics, Snapshot, Stack,
};
use warden_domain::setup::{Needs, namespace, needs};

use super::Silence;
use crate::frame::exit;
use crate::frame::progress::Progress;

/// Tries of a call, but of those to SES, which have their own.
const TRIES: u32 = 3;
/// A path from an alarm or an identity to a function has fewer links.
const MOST_ROUNDS: usize = 12;

/// Makes sure that there are credentials before anything else is asked.
///
/// # Errors
/// When there are none.
pub(super) async fn credentials(config: &SdkConfig) -> Result<(), Silence> {
    let why = match config.credentials_provider() {
        None => "nothing provides any".to_owned(),
        Some(provider) => match provider.provide_credentials().await {
            Ok(_) => return Ok(()),
            Err(error) => format!("{:#}", anyhow::Error::new(error)),
        },
    };
    Err(Silence {
        status: exit::NO_ACCESS,
        message: format!(
            "No credentials ({why}). Sign in with aws sso login, or name a profile with --profile."
        ),
    })
}

/// All clients of the reading.
pub(super) struct SetupReader {
    region: String,
    ses: SesReader,
    topics: TopicReader,
    keys: KeyReader,
    queues: QueueReader,
    functions: FunctionReader,
    alarms: AlarmReader,
    stacks: StackReader,
}

impl SetupReader {
    pub(super) fn new(config: &SdkConfig, pace: RateLimiter) -> Self {
        let retries = RetryConfig::standard().with_max_attempts(TRIES);
        let config = &config.to_builder().retry_config(retries).build();
        Self {
            region: config.region().map(ToString::to_string).unwrap_or_default(),
            ses: SesReader::new(config, pace),
            topics: TopicReader::new(config),
            keys: KeyReader::new(config),
            queues: QueueReader::new(config),
            functions: FunctionReader::new(config),
            alarms: AlarmReader::new(config),
            stacks: StackReader::new(config),
        }
    }

    /// Reads everything. What fails is part of the snapshot.
    pub(super) async fn snapshot(&self, stack: &str, is_named: bool) -> Snapshot {
        let now = SystemTime::now();
        let (ses, mappings, alarms, outputs) = tokio::join!(
            self.ses(),
            self.functions.mappings(),
            self.alarms.alarms(),
            self.stacks.outputs(stack),
        );
        let (account, sets, identities) = ses;
        let mut snapshot = Snapshot {
            region: self.region.clone(),
            account,
            sets,
            identities,
            pools: BTreeMap::new(),
            topics: BTreeMap::new(),
            keys: BTreeMap::new(),
            queues: BTreeMap::new(),
            mappings: fact("lambda:ListEventSourceMappings", mappings),
            functions: BTreeMap::new(),
            alarms: fact("cloudwatch:DescribeAlarms", alarms),
            series: Fact::Known(BTreeSet::new()),
            stack: Stack {
                name: stack.to_owned(),
                is_named,
                outputs: fact("cloudformation:DescribeStacks", outputs),
            },
            last_counted_ms: Fact::Known(None),
            now_ms: milliseconds(now),
        };
        for _ in 0..MOST_ROUNDS {
            let wanted = needs(&snapshot);
            if wanted.is_empty() {
                break;
            }
            self.round(&mut snapshot, wanted).await;
        }
        self.counts(&mut snapshot, now).await;
        snapshot
    }

    /// SES, call after call at its pace.
    async fn ses(
        &self,
    ) -> (
        Fact<warden_domain::setup::snapshot::Account>,
        Fact<BTreeMap<String, ConfigurationSet>>,
        Fact<BTreeMap<String, Identity>>,
    ) {
        let account = fact("ses:GetAccount", self.ses.account().await);
        let sets = fact("ses:ListConfigurationSets", self.ses.sets().await);
        let identities = fact("ses:ListEmailIdentities", self.ses.identities().await);
        let count = sets.known().map_or(0, |names| names.len() * 2)
            + identities.known().map_or(0, Vec::len);
        let mut progress = Progress::new("settings of SES read", Some(count));
        let sets = match sets {
            Fact::NotRead(reason) => Fact::NotRead(reason),
            Fact::Known(names) => Fact::Known(self.sets(names, &mut progress).await),
        };
        let identities = match identities {
            Fact::NotRead(reason) => Fact::NotRead(reason),
            Fact::Known(names) => Fact::Known(self.identities(names, &mut progress).await),
        };
        (account, sets, identities)
    }

    async fn sets(
        &self,
        names: Vec<String>,
        progress: &mut Progress,
    ) -> BTreeMap<String, ConfigurationSet> {
        let mut found = BTreeMap::new();
        for name in names {
            let settings = fact("ses:GetConfigurationSet", self.ses.set(&name).await);
            progress.step();
            let destinations = self.ses.destinations(&name).await;
            progress.step();
            let destinations = fact("ses:GetConfigurationSetEventDestinations", destinations);
            found.insert(name, ConfigurationSet { settings, destinations });
        }
        found
    }

    async fn identities(
        &self,
        names: Vec<String>,
        progress: &mut Progress,
    ) -> BTreeMap<String, Identity> {
        let mut found = BTreeMap::new();
        let topics = self.ses.identity_topics(&names).await;
        for name in names {
            let settings = fact("ses:GetEmailIdentity", self.ses.identity(&name).await);
            progress.step();
            let own = match &topics {
                Ok(topics) => Ok(topics.get(&name).cloned().unwrap_or_default()),
                Err(error) => Err(error.clone()),
            };
            let topics: Fact<IdentityTopics> = fact("ses:GetIdentityNotificationAttributes", own);
            found.insert(name, Identity { settings, topics });
        }
        found
    }

    /// Everything that is wanted, side by side.
    async fn round(&self, snapshot: &mut Snapshot, wanted: Needs) {
        let Needs { topics, keys, queues, functions, pools } = wanted;
        let (topics, keys, queues, functions, pools) = tokio::join!(
            each(topics, async |arn| {
                let topic = fact("sns:GetTopicAttributes", self.topics.topic(&arn).await);
                (arn, topic)
            }),
            each(keys, async |id| {
                let key = fact("kms:DescribeKey", self.keys.key(&id).await);
                (id, key)
            }),
            each(queues, async |arn| {
                let queue = fact("sqs:GetQueueAttributes", self.queues.queue(&arn).await);
                (arn, queue)
            }),
            each(functions, async |arn| {
                let function = self.functions.function(&arn).await;
                (arn, fact("lambda:GetFunctionConfiguration", function))
            }),
            each(pools, async |name| {
                let pool = fact("ses:GetDedicatedIpPool", self.ses.pool(&name).await);
                (name, pool)
            }),
        );
        snapshot.topics.extend(topics);
        snapshot.keys.extend(keys);
        snapshot.queues.extend(queues);
        snapshot.functions.extend(functions);
        snapshot.pools.extend(pools);
    }

    /// What has data, once it is known in which namespace metrics counts.
    async fn counts(&self, snapshot: &mut Snapshot, now: SystemTime) {
        let ours = namespace(snapshot).to_owned();
        let (of_ses, of_ours, last) = tokio::join!(
            self.alarms.series("AWS/SES"),
            self.alarms.series(&ours),
            self.alarms.last_counted(&ours, now),
        );
        let both = of_ses.and_then(|mut all| {
            all.extend(of_ours?);
            Ok(all)
        });
        snapshot.series = fact("cloudwatch:ListMetrics", both);
        snapshot.last_counted_ms = fact("cloudwatch:GetMetricData", last);
    }
}

fn milliseconds(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}

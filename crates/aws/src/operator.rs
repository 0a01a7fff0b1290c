//! What the operator's command reads and writes besides what the functions do: stacks, the
//! definitions of alarms, sender domains, configuration sets, tenants, dead letters, events that a
//! bucket or a log group keeps, and who calls.
//! No function asks for the feature that brings it.

mod alarm_definitions;
mod caller;
mod configuration_sets;
mod dead_letters;
mod drill;
mod evidence;
mod log_group;
mod sender_domains;
mod stacks;
mod status;
mod tenants;

pub use alarm_definitions::{
    AlarmDefinitions, AlarmQuery, AlarmRule, DefinedAlarm, MOST_DELETED, QuerySource,
};
pub use caller::{Caller, account_alias, caller};
pub use configuration_sets::{ConfigurationSetState, ConfigurationSets, DefaultSetState};
pub use dead_letters::{DeadLetter, DeadLetterQueues, MOST_BATCH};
pub use drill::{ListeningQueue, MailSender, PlainMail, Queues, remove_subscription};
pub use evidence::series_of_two_weeks;
pub use log_group::{LogGroup, LogPage};
pub use sender_domains::SenderDomains;
pub use stacks::{StackFacts, Stacks};
pub use status::{
    AccountFacts, DeployedFunction, Deployment, ImportJobFacts, ListedSeries, PoolFacts,
    QueueDepth, SesStatus, Statistic, StatisticQuery, Statistics, TenantFacts, VdmMetric, VdmQuery,
};
pub use tenants::{AwsSwitch, TenantState, Tenants};

//! What the operator's command reads and writes besides what the functions do: stacks, the
//! definitions of alarms, sender domains, configuration sets. No function asks for the feature that brings it.

mod alarm_definitions;
mod configuration_sets;
mod sender_domains;
mod stacks;
mod status;

pub use alarm_definitions::{
    AlarmDefinitions, AlarmQuery, AlarmRule, DefinedAlarm, MOST_DELETED, QuerySource,
};
pub use configuration_sets::{ConfigurationSets, DefaultSetState, SetState};
pub use sender_domains::SenderDomains;
pub use stacks::{StackFacts, Stacks};
pub use status::{
    AccountFacts, DeployedFunction, Deployment, ImportJobFacts, ListedSeries, PoolFacts,
    QueueDepth, SesStatus, Statistic, StatisticQuery, Statistics, TenantFacts, VdmMetric, VdmQuery,
};

//! What `ses-warden status` reads, beyond what others read already: the account with its quota and
//! plan, dedicated IP pools, tenants, import jobs, VDM's figures, statistics of CloudWatch, queues
//! and functions.

mod functions;
mod ses;
mod statistics;

pub use functions::{DeployedFunction, Deployment, QueueDepth};
pub use ses::{
    AccountFacts, ImportJobFacts, PoolFacts, SesStatus, TenantFacts, VdmMetric, VdmQuery,
};
pub use statistics::{ListedSeries, Statistic, StatisticQuery, Statistics};

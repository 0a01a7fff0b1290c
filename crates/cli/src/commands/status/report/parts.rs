//! The parts of the report, one type for each, made of what was read.

mod counts;
mod deployed;
mod history;
mod sending;
mod tenants;

pub(crate) use counts::{
    DomainPart, PoolPart, ProviderPart, SuppressionPart, domains, pools, providers,
};
pub(crate) use deployed::{AlarmPart, AlarmsPart, FunctionPart, QueuePart, functions, queues};
pub(crate) use history::{HistoryPart, is_about_sending, minute};
pub(crate) use sending::{AccountPart, RatePart, SetPart, percent, sets};
pub(crate) use tenants::TenantsPart;

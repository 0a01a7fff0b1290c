//! SES: the account, its pools, tenants and import jobs, and VDM's figures.

use aws_sdk_sesv2::types as v2;
use aws_smithy_types::DateTime;
use warden_domain::guard::enforcement::EnforcementStatus;

use crate::error::{CallError, Class};
use crate::members::{Members, missing};
use crate::paced::{Retries, paced, paced_read};
use crate::suppression_list::millis;
use crate::{Connection, RateLimiter};

/// Entities on one page: the most that SES gives.
const PAGE: i32 = 1000;
/// Pages of tenants that are read: as many as 10,000 tenants, the most that an account has.
const MOST_PAGES: usize = 10;
/// Queries in one BatchGetMetricData.
const MOST_QUERIES: usize = 10;
/// BatchGetMetricData has a quota of its own, of 16 calls a second.
const VDM_CALLS_PER_SECOND: f64 = 10.0;

/// The account in one Region, by GetAccount.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountFacts {
    /// Whether it sends.
    pub sending_enabled: bool,
    /// AWS's verdict on it.
    pub enforcement: EnforcementStatus,
    /// Out of the sandbox.
    pub production_access: bool,
    /// Reasons for which SES withholds mail and lists addresses, in SES's words.
    pub suppressed_reasons: Vec<String>,
    /// Recipients in 24 hours; negative for no limit, `None` where the answer has no quota.
    pub most_in_24_hours: Option<f64>,
    /// Recipients in the last 24 hours.
    pub sent_in_24_hours: Option<f64>,
    /// Recipients in a second.
    pub most_per_second: Option<f64>,
    /// The pricing plan, in SES's word.
    pub plan: Option<String>,
    /// The plan from next month on, where another one is scheduled.
    pub next_plan: Option<String>,
    /// Whether the Virtual Deliverability Manager is on.
    pub vdm: bool,
}

/// A dedicated IP pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolFacts {
    /// Its name.
    pub name: String,
    /// Whether SES manages its addresses.
    pub is_managed: bool,
}

/// A tenant, as a reputation entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantFacts {
    /// Its ARN.
    pub arn: String,
    /// Whether it sends: `ENABLED`, `DISABLED` or `REINSTATED`.
    pub status: String,
    /// Who disabled it: `aws`, `account`, or both; empty where it sends.
    pub disabled_by: Vec<&'static str>,
    /// The cause that SES gives.
    pub cause: Option<String>,
    /// The impact of open findings on its reputation: `LOW` or `HIGH`.
    pub impact: Option<String>,
}

/// An import job of the suppression list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportJobFacts {
    /// Its id.
    pub id: String,
    /// `CREATED`, `PROCESSING`, `COMPLETED`, `FAILED` or `CANCELLED`.
    pub status: String,
    /// When it was made, in milliseconds since 1970.
    pub created_millis: Option<i64>,
    /// Records that failed.
    pub failed_records: i32,
}

/// A count of VDM. All leave out mail with several recipients, and the mailbox simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VdmMetric {
    /// Mail sent.
    Send,
    /// Mail delivered.
    Delivery,
    /// Hard bounces.
    PermanentBounce,
    /// Complaints.
    Complaint,
}

/// A sum to ask VDM for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VdmQuery {
    /// Of what.
    pub metric: VdmMetric,
    /// At which mailbox provider, in SES's word; no call lists the words.
    pub isp: String,
}

/// Reads SES at the pace that it allows.
#[derive(Debug, Clone)]
pub struct SesStatus {
    ses: aws_sdk_sesv2::Client,
    limiter: RateLimiter,
}

impl SesStatus {
    /// SES in the connection's Region.
    pub fn new(connection: &Connection, limiter: RateLimiter) -> Self {
        Self { ses: connection.sesv2(), limiter }
    }

    /// GetAccount.
    ///
    /// # Errors
    /// [`CallError`], also where the answer does not say whether the account sends.
    pub async fn account(&self) -> Result<AccountFacts, CallError> {
        const OPERATION: &str = "GetAccount";
        paced_read(&self.limiter, Retries::FUNCTION, || async move {
            let members = Members::default();
            let answer = self.ses.get_account().customize().interceptor(members.clone()).send();
            let account = answer.await.map_err(|error| CallError::of(OPERATION, &error))?;
            let enforcement = account.enforcement_status().filter(|word| !word.is_empty());
            let quota = account.send_quota();
            let pricing = account.pricing_attributes();
            let word = |plan: Option<&v2::PricingPlan>| plan.map(|plan| plan.as_str().to_owned());
            let reasons = account.suppression_attributes().map(|a| a.suppressed_reasons());
            Ok(AccountFacts {
                sending_enabled: members.boolean(OPERATION, "/SendingEnabled")?,
                enforcement: enforcement
                    .map(EnforcementStatus::from)
                    .ok_or_else(|| missing(OPERATION, "EnforcementStatus"))?,
                production_access: account.production_access_enabled(),
                suppressed_reasons: reasons
                    .unwrap_or_default()
                    .iter()
                    .map(|reason| reason.as_str().to_owned())
                    .collect(),
                most_in_24_hours: quota.map(|quota| quota.max24_hour_send()),
                sent_in_24_hours: quota.map(|quota| quota.sent_last24_hours()),
                most_per_second: quota.map(|quota| quota.max_send_rate()),
                plan: word(pricing.and_then(|pricing| pricing.current_plan())),
                next_plan: word(pricing.and_then(|pricing| pricing.next_plan())),
                vdm: account
                    .vdm_attributes()
                    .is_some_and(|vdm| *vdm.vdm_enabled() == v2::FeatureStatus::Enabled),
            })
        })
        .await
    }

    /// ListDedicatedIpPools, and GetDedicatedIpPool of the first `most`. The number beside them is
    /// how many there are.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn pools(&self, most: usize) -> Result<(Vec<PoolFacts>, usize), CallError> {
        let listed = paced(&self.limiter, "ListDedicatedIpPools", || {
            self.ses.list_dedicated_ip_pools().page_size(PAGE).send()
        })
        .await?;
        let names = listed.dedicated_ip_pools();
        let mut pools = Vec::new();
        for name in names.iter().take(most) {
            let answer = paced(&self.limiter, "GetDedicatedIpPool", || {
                self.ses.get_dedicated_ip_pool().pool_name(name).send()
            })
            .await;
            match answer {
                Ok(answer) => pools.push(PoolFacts {
                    name: name.clone(),
                    is_managed: answer
                        .dedicated_ip_pool
                        .is_some_and(|pool| pool.scaling_mode == v2::ScalingMode::Managed),
                }),
                // Deleted since it was listed.
                Err(error) if error.class == Class::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok((pools, names.len()))
    }

    /// ListReputationEntities, all pages: every tenant with its sending status.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn tenants(&self) -> Result<Vec<TenantFacts>, CallError> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = paced(&self.limiter, "ListReputationEntities", || {
                let call = self.ses.list_reputation_entities().page_size(PAGE);
                call.set_next_token(token.clone()).send()
            })
            .await?;
            found.extend(page.reputation_entities().iter().filter_map(tenant));
            match page.next_token.filter(|next| !next.is_empty() && Some(next) != token.as_ref()) {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        Ok(found)
    }

    /// ListImportJobs, first page: the import jobs of the suppression list, as SES orders them.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn import_jobs(&self) -> Result<Vec<ImportJobFacts>, CallError> {
        let page = paced(&self.limiter, "ListImportJobs", || {
            let call = self.ses.list_import_jobs().page_size(PAGE);
            call.import_destination_type(v2::ImportDestinationType::SuppressionList).send()
        })
        .await?;
        let facts = |job: &v2::ImportJobSummary| {
            Some(ImportJobFacts {
                id: job.job_id()?.to_owned(),
                status: job.job_status()?.as_str().to_owned(),
                created_millis: job.created_timestamp().map(millis),
                failed_records: job.failed_records_count().unwrap_or_default(),
            })
        };
        Ok(page.import_jobs().iter().filter_map(facts).collect())
    }

    /// BatchGetMetricData: the sum of each query over `start..end` (seconds since 1970); `None` for
    /// one that SES refuses, such as a word that it does not know.
    ///
    /// # Errors
    /// [`CallError`] of the first call that fails.
    pub async fn vdm(
        &self,
        queries: &[VdmQuery],
        start: i64,
        end: i64,
    ) -> Result<Vec<Option<u64>>, CallError> {
        let limiter = RateLimiter::per_second(VDM_CALLS_PER_SECOND);
        let mut sums = Vec::with_capacity(queries.len());
        for part in queries.chunks(MOST_QUERIES) {
            let asked: Vec<v2::BatchGetMetricDataQuery> = part
                .iter()
                .enumerate()
                .filter_map(|(index, query)| vdm_query(index, query, start, end))
                .collect();
            let answer = paced(&limiter, "BatchGetMetricData", || {
                self.ses.batch_get_metric_data().set_queries(Some(asked.clone())).send()
            })
            .await?;
            sums.extend((0..part.len()).map(|index| {
                let id = format!("q{index}");
                let result = answer.results().iter().find(|one| one.id() == Some(&id))?;
                let values = result.values().iter();
                Some(values.filter_map(|value| u64::try_from(*value).ok()).sum())
            }));
        }
        Ok(sums)
    }
}

fn vdm_query(
    index: usize,
    query: &VdmQuery,
    start: i64,
    end: i64,
) -> Option<v2::BatchGetMetricDataQuery> {
    let metric = match query.metric {
        VdmMetric::Send => v2::Metric::Send,
        VdmMetric::Delivery => v2::Metric::Delivery,
        VdmMetric::PermanentBounce => v2::Metric::PermanentBounce,
        VdmMetric::Complaint => v2::Metric::Complaint,
    };
    v2::BatchGetMetricDataQuery::builder()
        .id(format!("q{index}"))
        .namespace(v2::MetricNamespace::Vdm)
        .metric(metric)
        .dimensions(v2::MetricDimensionName::Isp, &query.isp)
        .start_date(DateTime::from_secs(start))
        .end_date(DateTime::from_secs(end))
        .build()
        .ok()
}

fn tenant(entity: &v2::ReputationEntity) -> Option<TenantFacts> {
    let is_disabled = |record: Option<&v2::StatusRecord>| {
        record.and_then(|record| record.status()) == Some(&v2::SendingStatus::Disabled)
    };
    let (aws, account) = (entity.aws_ses_managed_status(), entity.customer_managed_status());
    let mut disabled_by = Vec::new();
    let mut cause = None;
    for (who, record) in [("aws", aws), ("account", account)] {
        if is_disabled(record) {
            disabled_by.push(who);
            cause = cause.or_else(|| record.and_then(|record| record.cause()).map(str::to_owned));
        }
    }
    Some(TenantFacts {
        arn: entity.reputation_entity_reference()?.to_owned(),
        status: entity
            .sending_status_aggregate()
            .map_or_else(|| "unknown".to_owned(), |status| status.as_str().to_owned()),
        disabled_by,
        cause,
        impact: entity.reputation_impact().map(|impact| impact.as_str().to_owned()),
    })
}

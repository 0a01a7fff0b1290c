//! Tenants: by name, and who has switched their sending off.

use aws_sdk_sesv2::types::{ReputationEntityType, SendingStatus, StatusRecord};

use crate::error::{CallError, Class};
use crate::members::missing;
use crate::paced::{Retries, paced_call};
use crate::{Connection, RateLimiter};

/// AWS's own switch of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsSwitch {
    /// Whether AWS lets the tenant send.
    pub sends: bool,
    /// AWS's words for it; empty where it says nothing.
    pub cause: String,
}

/// A tenant as SES knows it. It sends while both switches let it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantState {
    /// ARN of the tenant.
    pub arn: String,
    /// The account's own switch.
    pub sends: bool,
    /// AWS's switch.
    pub aws: AwsSwitch,
}

/// The tenants of one Region.
#[derive(Debug, Clone)]
pub struct Tenants {
    ses: aws_sdk_sesv2::Client,
    limiter: RateLimiter,
}

impl Tenants {
    /// The tenants of the connection's Region, read at the limiter's pace.
    pub fn new(connection: &Connection, limiter: RateLimiter) -> Self {
        Self { ses: connection.sesv2(), limiter }
    }

    /// GetTenant and GetReputationEntity; `None` where there is no tenant of that name.
    ///
    /// # Errors
    /// [`CallError`], also where an answer lacks the tenant's ARN or has a status that is not known.
    pub async fn state(&self, name: &str) -> Result<Option<TenantState>, CallError> {
        let answer = paced_call(&self.limiter, Retries::COMMAND, "GetTenant", || {
            self.ses.get_tenant().tenant_name(name).send()
        });
        let tenant = match answer.await {
            Ok(answer) => answer.tenant,
            Err(error) if error.class == Class::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let arn = tenant.and_then(|tenant| tenant.tenant_arn);
        let arn = arn.ok_or_else(|| missing("GetTenant", "TenantArn"))?;
        const OPERATION: &str = "GetReputationEntity";
        let answer = paced_call(&self.limiter, Retries::COMMAND, OPERATION, || {
            self.ses
                .get_reputation_entity()
                .reputation_entity_type(ReputationEntityType::Resource)
                .reputation_entity_reference(&arn)
                .send()
        })
        .await?;
        let entity =
            answer.reputation_entity.ok_or_else(|| missing(OPERATION, "ReputationEntity"))?;
        // A switch that nobody has used is left out: it lets the tenant send.
        let own = entity.customer_managed_status.as_ref().map(sends).transpose()?;
        let aws = entity.aws_ses_managed_status.as_ref();
        let aws = AwsSwitch {
            sends: aws.map(sends).transpose()?.unwrap_or(true),
            cause: aws.and_then(|aws| aws.cause.clone()).unwrap_or_default(),
        };
        Ok(Some(TenantState { arn, sends: own.unwrap_or(true), aws }))
    }
}

fn sends(record: &StatusRecord) -> Result<bool, CallError> {
    match record.status() {
        Some(SendingStatus::Disabled) => Ok(false),
        Some(SendingStatus::Enabled | SendingStatus::Reinstated) => Ok(true),
        _ => Err(missing("GetReputationEntity", "status that is known")),
    }
}

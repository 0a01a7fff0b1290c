//! The account suppression list.

use aws_sdk_sesv2::types::{
    DataFormat, ImportDataSource, ImportDestination, JobStatus, SuppressionListDestination,
    SuppressionListImportAction, SuppressionListReason,
};
use aws_smithy_types::DateTime;
use warden_domain::address::RawAddress;
use warden_domain::redact::redact;
use warden_domain::rescue::ListEntry;
use warden_domain::suppression::SuppressionReason;

use crate::error::{CONSTRUCTION_FAILURE, CallError, Class};
use crate::members::missing;
use crate::paced::paced;
use crate::{Connection, RateLimiter};

/// Entries on one page of a listing: the most that SES gives.
pub(crate) const PAGE: i32 = 1000;

/// What an import job does with the addresses of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportAction {
    /// Puts them on the list: 100,000 at most.
    Put,
    /// Takes them off the list: 10,000 at most.
    Delete,
}

/// The account suppression list of one Region.
#[derive(Debug, Clone)]
pub struct SuppressionList {
    pub(crate) ses: aws_sdk_sesv2::Client,
    pub(crate) limiter: RateLimiter,
}

impl SuppressionList {
    /// The list of the connection's Region.
    pub fn new(connection: &Connection, limiter: RateLimiter) -> Self {
        Self { ses: connection.sesv2(), limiter }
    }

    /// The limiter of its calls.
    pub fn limiter(&self) -> &RateLimiter {
        &self.limiter
    }

    /// PutSuppressedDestination, on the account's list or a tenant's. Doing it twice
    /// changes nothing; over an entry with another reason it replaces the reason.
    ///
    /// # Errors
    /// [`CallError`]; a refusal is final for this address.
    pub async fn put(
        &self,
        tenant: Option<&str>,
        address: &str,
        reason: SuppressionReason,
    ) -> Result<(), CallError> {
        let reason = to_sdk(reason);
        paced(&self.limiter, "PutSuppressedDestination", || {
            let put =
                self.ses.put_suppressed_destination().set_tenant_name(tenant.map(str::to_owned));
            put.email_address(address).reason(reason.clone()).send()
        })
        .await
        .map(|_| ())
    }

    /// GetSuppressedDestination: the reason an address is listed for, or `None`.
    /// The address must be in the very spelling it was put in.
    ///
    /// # Errors
    /// [`CallError`]; SES refuses addresses with a slash here, although it takes
    /// them in [`SuppressionList::put`].
    pub async fn get(
        &self,
        tenant: Option<&str>,
        address: &str,
    ) -> Result<Option<SuppressionReason>, CallError> {
        Ok(self.entry(tenant, address).await?.map(|entry| entry.reason))
    }

    /// GetSuppressedDestination: the whole entry. As [`SuppressionList::get`].
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn entry(
        &self,
        tenant: Option<&str>,
        address: &str,
    ) -> Result<Option<ListEntry>, CallError> {
        let answer = paced(&self.limiter, "GetSuppressedDestination", || {
            let get =
                self.ses.get_suppressed_destination().set_tenant_name(tenant.map(str::to_owned));
            get.email_address(address).send()
        })
        .await;
        match answer {
            Ok(found) => {
                let entry = found.suppressed_destination;
                let reason = entry.as_ref().and_then(|entry| reason_of(&entry.reason));
                // An address that is not listed is a 404: this answer does not say what was asked.
                let (Some(entry), Some(reason)) = (entry, reason) else {
                    return Err(missing("GetSuppressedDestination", "reason that is known"));
                };
                let attributes = entry.attributes;
                let (message_id, feedback_id) = attributes
                    .map(|attributes| (attributes.message_id, attributes.feedback_id))
                    .unwrap_or_default();
                let updated_ms = millis(&entry.last_update_time);
                Ok(Some(ListEntry { reason, updated_ms, message_id, feedback_id }))
            }
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// DeleteSuppressedDestination; false where the address is not on the list.
    ///
    /// # Errors
    /// [`CallError`]; SES refuses addresses with a slash here.
    pub async fn delete(&self, tenant: Option<&str>, address: &str) -> Result<bool, CallError> {
        let answer = paced(&self.limiter, "DeleteSuppressedDestination", || {
            let delete =
                self.ses.delete_suppressed_destination().set_tenant_name(tenant.map(str::to_owned));
            delete.email_address(address).send()
        })
        .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) if error.class == Class::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// ListSuppressedDestinations: one page, of at most 1,000, of the addresses that
    /// are listed for a complaint, and the token of the next page.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn complaints(
        &self,
        token: Option<&str>,
    ) -> Result<(Vec<RawAddress>, Option<String>), CallError> {
        let page = paced(&self.limiter, "ListSuppressedDestinations", || {
            let list =
                self.ses.list_suppressed_destinations().reasons(SuppressionListReason::Complaint);
            list.page_size(PAGE).set_next_token(token.map(str::to_owned)).send()
        })
        .await?;
        let next = page.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        let entries = page.suppressed_destination_summaries.ok_or_else(|| {
            missing("ListSuppressedDestinations", "SuppressedDestinationSummaries")
        })?;
        Ok((entries.into_iter().map(|entry| entry.email_address.into()).collect(), next))
    }

    /// ListSuppressedDestinations: one page, of at most 1,000, of the addresses that were
    /// listed for a bounce from `from` to `to` (seconds since 1970), with the time of each
    /// in milliseconds, and the token of the next page.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn bounces(
        &self,
        from: i64,
        to: i64,
        token: Option<&str>,
    ) -> Result<(Vec<(RawAddress, i64)>, Option<String>), CallError> {
        let page = paced(&self.limiter, "ListSuppressedDestinations", || {
            let list =
                self.ses.list_suppressed_destinations().reasons(SuppressionListReason::Bounce);
            let list = list.start_date(DateTime::from_secs(from)).end_date(DateTime::from_secs(to));
            list.page_size(PAGE).set_next_token(token.map(str::to_owned)).send()
        })
        .await?;
        let next = page.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        let entries = page.suppressed_destination_summaries.unwrap_or_default();
        let entries = entries.into_iter().map(|entry| {
            let at = millis(&entry.last_update_time);
            (entry.email_address.into(), at)
        });
        Ok((entries.collect(), next))
    }

    /// CreateImportJob: SES reads newline-delimited JSON from `s3_url` and puts every
    /// entry on the account's list, over what is there, or deletes it. Answers with the
    /// job's id.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn import(&self, s3_url: &str, action: ImportAction) -> Result<String, CallError> {
        const OPERATION: &str = "CreateImportJob";
        let action = match action {
            ImportAction::Put => SuppressionListImportAction::Put,
            ImportAction::Delete => SuppressionListImportAction::Delete,
        };
        let list = SuppressionListDestination::builder()
            .suppression_list_import_action(action)
            .build()
            .map_err(|error| unbuildable(OPERATION, &error))?;
        let destination = ImportDestination::builder().suppression_list_destination(list).build();
        let source = ImportDataSource::builder()
            .s3_url(s3_url)
            .data_format(DataFormat::Json)
            .build()
            .map_err(|error| unbuildable(OPERATION, &error))?;
        let job = paced(&self.limiter, OPERATION, || {
            let create = self.ses.create_import_job();
            create.import_destination(destination.clone()).import_data_source(source.clone()).send()
        })
        .await?;
        match job.job_id {
            Some(id) if !id.is_empty() => Ok(id),
            _ => Err(CallError::new(OPERATION, Class::Temporary, "the answer names no job")),
        }
    }

    /// GetImportJob: how far a job is.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn import_status(&self, id: &str) -> Result<ImportStatus, CallError> {
        let answer =
            paced(&self.limiter, "GetImportJob", || self.ses.get_import_job().job_id(id).send())
                .await;
        let job = match answer {
            Ok(job) => job,
            Err(error) if error.class == Class::NotFound => {
                return Ok(ImportStatus::Failed("SES knows no such job".to_owned()));
            }
            // No later call can ask about this id either.
            Err(error) if error.is_verdict() => {
                return Ok(ImportStatus::Failed(format!("SES refuses the id of the job: {error}")));
            }
            Err(error) => return Err(error),
        };
        let info = job.failure_info();
        Ok(match job.job_status() {
            Some(JobStatus::Completed) => {
                match u64::try_from(job.failed_records_count().unwrap_or(0)).unwrap_or(0) {
                    0 => ImportStatus::Completed,
                    count => ImportStatus::CompletedInPart {
                        failed: count,
                        records_url: info
                            .and_then(|info| info.failed_records_s3_url())
                            .map(str::to_owned),
                    },
                }
            }
            Some(JobStatus::Failed) => ImportStatus::Failed(redact(
                info.and_then(|info| info.error_message()).unwrap_or("SES gives no reason"),
            )),
            Some(JobStatus::Cancelled) => ImportStatus::Failed("somebody cancelled it".to_owned()),
            // CREATED, PROCESSING and what may come.
            _ => ImportStatus::AtWork,
        })
    }
}

/// How far an import job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportStatus {
    /// Accepted, or being carried out.
    AtWork,
    /// Every record is on the list.
    Completed,
    /// Ended, but some records are not on the list.
    CompletedInPart {
        /// How many records SES refused.
        failed: u64,
        /// URL of the file in which SES lists them for a while.
        records_url: Option<String>,
    },
    /// Ended without success: failed, cancelled or unknown to SES.
    Failed(String),
}

/// SES's word for a reason.
pub(crate) fn to_sdk(reason: SuppressionReason) -> SuppressionListReason {
    match reason {
        SuppressionReason::Bounce => SuppressionListReason::Bounce,
        SuppressionReason::Complaint => SuppressionListReason::Complaint,
    }
}

fn reason_of(reason: &SuppressionListReason) -> Option<SuppressionReason> {
    let known = [
        (SuppressionListReason::Bounce, SuppressionReason::Bounce),
        (SuppressionListReason::Complaint, SuppressionReason::Complaint),
    ];
    known.into_iter().find(|(word, _)| word == reason).map(|(_, reason)| reason)
}

pub(crate) fn millis(time: &DateTime) -> i64 {
    time.to_millis().unwrap_or(0)
}

fn unbuildable(operation: &'static str, error: &impl std::fmt::Display) -> CallError {
    CallError::new(
        operation,
        Class::Refused { code: CONSTRUCTION_FAILURE.to_owned() },
        &error.to_string(),
    )
}

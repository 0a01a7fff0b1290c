//! The import jobs' operations, and the background work behind them.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::paging;
use crate::app::App;
use crate::clock;
use crate::identifiers::uuid;
use crate::import_jobs::{ImportJob, JobStatus, split_s3_url};
use crate::import_plans::Course;
use crate::import_records::{Action, DataFormat, ImportRecord, ImportRecords, apply, read_records};
use crate::json::put_member;
use crate::regions::Region;
use crate::resource_policy::Access;
use crate::wire::{Answer, Request, WireError};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateRequest {
    import_destination: ImportDestination,
    import_data_source: DataSource,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ImportDestination {
    suppression_list_destination: Option<SuppressionListDestination>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SuppressionListDestination {
    suppression_list_import_action: Action,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DataSource {
    s3_url: String,
    data_format: DataFormat,
}

/// CreateImportJob: accepted at once, carried out in the background.
pub(crate) fn create(app: &Arc<App>, request: &Request) -> Answer {
    let create: CreateRequest = request.checked_json()?;
    let Some(destination) = create.import_destination.suppression_list_destination else {
        return Err(WireError::bad_request("local-ses imports suppression lists only."));
    };
    let s3_url = create.import_data_source.s3_url;
    if split_s3_url(&s3_url).is_none() {
        return Err(WireError::bad_request("The S3 URL must have the form s3://bucket/key."));
    }
    let mut state = app.state();
    if !state.account.production_access_enabled {
        return Err(WireError::bad_request(
            "Your account is in the sandbox: import jobs cannot be created.",
        ));
    }
    let id = uuid();
    let region = app.region(request).to_owned();
    state.regions.get(&region).imports.jobs.insert(
        id.clone(),
        ImportJob {
            action: destination.suppression_list_import_action,
            s3_url,
            format: create.import_data_source.data_format,
            status: JobStatus::Created,
            created_ms: clock::now_ms(),
            completed_ms: None,
            processed: 0,
            failed_records: vec![],
            error: None,
        },
    );
    let epoch = state.epoch;
    drop(state);
    tokio::spawn(carry_out(Arc::clone(app), Running { region, id: id.clone(), epoch }));
    Ok(json!({"JobId": id}))
}

/// GetImportJob: a job is known in its own Region only.
pub(crate) fn get(app: &App, request: &Request, id: &str) -> Answer {
    let mut state = app.state();
    let job = state
        .regions
        .get(app.region(request))
        .imports
        .jobs
        .get(id)
        .ok_or_else(|| WireError::not_found(format!("Import job {id} could not be found.")))?;
    Ok(job.to_json(id, &app.settings.base_url))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListRequest {
    import_destination_type: Option<String>,
    next_token: Option<String>,
    page_size: Option<i64>,
}

/// ListImportJobs.
pub(crate) fn list(app: &App, request: &Request) -> Answer {
    let list: ListRequest = request.json()?;
    let mut state = app.state();
    let imports = &state.regions.get(app.region(request)).imports;
    let wanted = list.import_destination_type.as_deref() != Some("CONTACT_LIST");
    let ids = imports.jobs.keys().filter(|_| wanted).cloned();
    let (page, next) =
        paging::page_of_names(ids, list.page_size, list.next_token.as_deref(), 1000)?;
    let jobs: Vec<Value> =
        page.iter().filter_map(|id| Some(imports.jobs.get(id)?.summary(id))).collect();
    let mut answer = json!({"ImportJobs": jobs});
    if let Some(next) = next {
        put_member(&mut answer, "NextToken", next);
    }
    Ok(answer)
}

/// What is taken over at a time: between two portions others are served.
const PORTION: usize = 1000;

/// A job at work.
struct Running {
    region: String,
    id: String,
    epoch: u64,
}

impl Running {
    /// Does something with the Region's jobs; `None` after a reset.
    fn with<T>(&self, app: &App, action: impl FnOnce(&mut Region) -> T) -> Option<T> {
        let mut state = app.state();
        (state.epoch == self.epoch).then(|| action(state.regions.get(&self.region)))
    }

    fn job<T>(&self, app: &App, action: impl FnOnce(&mut ImportJob) -> T) -> Option<T> {
        self.with(app, |region| region.imports.jobs.get_mut(&self.id).map(action)).flatten()
    }

    fn end(&self, app: &App, status: JobStatus, error: Option<String>) {
        self.job(app, |job| {
            job.status = status;
            job.error = error;
            job.completed_ms = Some(clock::now_ms());
        });
    }
}

async fn carry_out(app: Arc<App>, running: Running) {
    let Some((job, course)) = start(&app, &running) else {
        return;
    };
    pause(course.seconds).await;
    let records = match read(&app, job, course).await {
        Ok(records) => records,
        Err(error) => return running.end(&app, JobStatus::Failed, Some(error)),
    };
    let ImportRecords { good, failed } = records;
    running.job(&app, |job| {
        job.processed = failed.len();
        job.failed_records = failed;
    });
    for portion in good.chunks(PORTION) {
        #[expect(clippy::cast_precision_loss, reason = "a portion is small")]
        let seconds = course.seconds_per_record * portion.len() as f64;
        pause(seconds).await;
        if running.with(&app, |region| take_over(portion, region, &running.id)).is_none() {
            return;
        }
    }
    running.end(&app, JobStatus::Completed, None);
}

fn take_over(portion: &[ImportRecord], region: &mut Region, id: &str) {
    apply(portion, &mut region.suppression, clock::now_ms());
    if let Some(job) = region.imports.jobs.get_mut(id) {
        job.processed += portion.len();
    }
}

async fn pause(seconds: f64) {
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
}

fn start(app: &App, running: &Running) -> Option<(ImportJob, Course)> {
    let mut state = app.state();
    if state.epoch != running.epoch {
        return None;
    }
    let course = state.import_plans.next(&running.region);
    let job = state.regions.get(&running.region).imports.jobs.get_mut(&running.id)?;
    job.status = JobStatus::Processing;
    Some((job.clone(), course))
}

async fn read(app: &App, job: ImportJob, course: Course) -> Result<ImportRecords, String> {
    if course.shall_fail {
        return Err("Set to fail by the control plane.".to_owned());
    }
    let (bucket, key) = split_s3_url(&job.s3_url).ok_or("not an S3 URL")?;
    let upstream = app.upstream.as_ref().ok_or("there is no upstream to read from")?;
    // SES reads as itself, whoever asked for the job: the bucket's policy decides.
    let access = Access::new(
        "s3:GetObject",
        &format!("arn:aws:s3:::{bucket}/{key}"),
        &app.settings.account_id,
    );
    let policy = upstream.bucket_policy(bucket).await?;
    if !policy.is_some_and(|policy| access.is_allowed_by(&policy)) {
        return Err(format!(
            "Amazon SES may not read {}: the policy of the bucket does not allow s3:GetObject to \
             ses.amazonaws.com.",
            job.s3_url
        ));
    }
    let text = upstream.read_object(bucket, key).await?;
    // Large objects are taken apart beside the requests that go on meanwhile.
    tokio::task::spawn_blocking(move || {
        read_records(&text, job.format, job.action, course.fail_records)
    })
    .await
    .map_err(|error| error.to_string())?
}

//! The import jobs' operations, and the background work behind them.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::paging;
use crate::app::App;
use crate::clock;
use crate::identifiers::uuid;
use crate::import_jobs::{Action, DataFormat, ImportJob, Records, Status, apply, read_records, split_s3_url};
use crate::json::put_member;
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
    let create: CreateRequest = request.json().map_err(|error| WireError::bad_request(error.message))?;
    let Some(destination) = create.import_destination.suppression_list_destination else {
        return Err(WireError::bad_request("local-ses imports suppression lists only."));
    };
    let s3_url = create.import_data_source.s3_url;
    if split_s3_url(&s3_url).is_none() {
        return Err(WireError::bad_request("The S3 URL must have the form s3://bucket/key."));
    }
    let mut state = app.state();
    if !state.account.production_access_enabled {
        return Err(WireError::bad_request("Your account is in the sandbox: import jobs cannot be created."));
    }
    let id = uuid();
    state.imports.jobs.insert(
        id.clone(),
        ImportJob {
            action: destination.suppression_list_import_action,
            s3_url,
            format: create.import_data_source.data_format,
            status: Status::Created,
            created_ms: clock::now_ms(),
            completed_ms: None,
            processed: 0,
            failed_records: vec![],
            error: None,
        },
    );
    let epoch = state.epoch;
    drop(state);
    tokio::spawn(carry_out(Arc::clone(app), id.clone(), epoch));
    Ok(json!({"JobId": id}))
}

/// GetImportJob.
pub(crate) fn get(app: &App, id: &str) -> Answer {
    let state = app.state();
    let job = state
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
    let state = app.state();
    let wanted = list.import_destination_type.as_deref() != Some("CONTACT_LIST");
    let ids = state.imports.jobs.keys().filter(|_| wanted).cloned();
    let (page, next) = paging::page_of_names(ids, list.page_size, list.next_token.as_deref(), 1000)?;
    let jobs: Vec<Value> = page.iter().filter_map(|id| Some(state.imports.jobs.get(id)?.summary(id))).collect();
    let mut answer = json!({"ImportJobs": jobs});
    if let Some(next) = next {
        put_member(&mut answer, "NextToken", next);
    }
    Ok(answer)
}

async fn carry_out(app: Arc<App>, id: String, epoch: u64) {
    let Some((job, seconds, shall_fail)) = start(&app, &id, epoch) else {
        return;
    };
    tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    let outcome = if shall_fail { Err("Set to fail by the control plane.".to_owned()) } else { read(&app, &job).await };
    let mut state = app.state();
    let state = &mut *state;
    if state.epoch != epoch {
        return;
    }
    let now_ms = clock::now_ms();
    if let Ok(records) = &outcome {
        apply(&records.good, &mut state.suppression, now_ms);
    }
    if let Some(job) = state.imports.jobs.get_mut(&id) {
        job.completed_ms = Some(now_ms);
        match outcome {
            Ok(records) => {
                job.status = Status::Completed;
                job.processed = records.good.len() + records.failed.len();
                job.failed_records = records.failed;
            }
            Err(error) => {
                job.status = Status::Failed;
                job.error = Some(error);
            }
        }
    }
}

fn start(app: &App, id: &str, epoch: u64) -> Option<(ImportJob, f64, bool)> {
    let mut state = app.state();
    if state.epoch != epoch {
        return None;
    }
    let imports = &mut state.imports;
    let shall_fail = imports.fail_next > 0;
    imports.fail_next = imports.fail_next.saturating_sub(1);
    let seconds = imports.seconds;
    let job = imports.jobs.get_mut(id)?;
    job.status = Status::Processing;
    Some((job.clone(), seconds, shall_fail))
}

async fn read(app: &App, job: &ImportJob) -> Result<Records, String> {
    let (bucket, key) = split_s3_url(&job.s3_url).ok_or("not an S3 URL")?;
    let upstream = app.upstream.as_ref().ok_or("there is no upstream to read from")?;
    let text = upstream.read_object(bucket, key).await?;
    read_records(&text, job.format, job.action)
}

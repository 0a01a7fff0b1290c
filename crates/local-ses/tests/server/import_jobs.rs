//! Import jobs from an object in S3.

use std::time::{Duration, Instant};

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::create_import_job::CreateImportJobError;
use aws_sdk_sesv2::operation::get_import_job::GetImportJobOutput;
use aws_sdk_sesv2::types::{
    DataFormat, ImportDataSource, ImportDestination, JobStatus, SuppressionListDestination,
    SuppressionListImportAction,
};
use serde_json::{Value, json};

use crate::{World, get};

/// Imports and waits for the end.
pub(crate) async fn import(world: &World, s3_url: &str) -> GetImportJobOutput {
    run(world, s3_url, SuppressionListImportAction::Put).await
}

async fn run(
    world: &World,
    s3_url: &str,
    action: SuppressionListImportAction,
) -> GetImportJobOutput {
    let id = create(&world.ses, s3_url, action).await.unwrap();
    finish(world, &id).await
}

async fn finish(world: &World, id: &str) -> GetImportJobOutput {
    loop {
        let job = world.ses.get_import_job().job_id(id).send().await.unwrap();
        if matches!(job.job_status(), Some(JobStatus::Completed | JobStatus::Failed)) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) async fn create(
    ses: &Client,
    s3_url: &str,
    action: SuppressionListImportAction,
) -> Result<String, CreateImportJobError> {
    let format = if s3_url.ends_with(".csv") { DataFormat::Csv } else { DataFormat::Json };
    let list = SuppressionListDestination::builder()
        .suppression_list_import_action(action)
        .build()
        .unwrap();
    let created = ses
        .create_import_job()
        .import_destination(ImportDestination::builder().suppression_list_destination(list).build())
        .import_data_source(
            ImportDataSource::builder().s3_url(s3_url).data_format(format).build().unwrap(),
        )
        .send()
        .await
        .map_err(SdkError::into_service_error)?;
    Ok(created.job_id().unwrap().to_owned())
}

#[tokio::test]
async fn a_job_fails_unless_the_bucket_lets_ses_read_its_object() {
    let world = World::new().await;
    world.upstream.put_object("/imports/jobs/a.csv", "a@example.com,BOUNCE\n");
    world.upstream.put_object("/imports/staged/a.csv", "a@example.com,BOUNCE\n");
    let policy = |account: &str| {
        json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"},
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::imports/jobs/*",
            "Condition": {"StringEquals": {"aws:Referer": account}}}]})
        .to_string()
    };
    let end = async |policy: &str, url: &str| {
        world.upstream.put_bucket_policy(policy);
        let job = import(&world, url).await;
        let error = job.failure_info().and_then(|info| info.error_message()).map(str::to_owned);
        (job.job_status().unwrap().clone(), error.is_some_and(|text| text.contains("may not read")))
    };
    let own = policy("111122223333");
    let failed = (JobStatus::Failed, true);
    assert_eq!(end("", "s3://imports/jobs/a.csv").await, failed, "no policy");
    assert_eq!(end(&policy("1"), "s3://imports/jobs/a.csv").await, failed, "another account");
    assert_eq!(end(&own, "s3://imports/staged/a.csv").await, failed, "another folder");
    assert_eq!(end(&own, "s3://imports/jobs/a.csv").await, (JobStatus::Completed, false));
}

#[tokio::test]
async fn good_records_are_listed_and_bad_ones_counted() {
    let world = World::new().await;
    let lines = concat!(
        "{\"emailAddress\":\"a@example.com\",\"reason\":\"BOUNCE\"}\n",
        "{\"emailAddress\":\"nobody\",\"reason\":\"BOUNCE\"}\n",
        "{\"emailAddress\":\"B@example.com\",\"reason\":\"COMPLAINT\"}\n"
    );
    world.upstream.put_object("/imports/day 1/a.ndjson", lines);
    let job = import(&world, "s3://imports/day 1/a.ndjson").await;
    assert_eq!(job.job_status(), Some(&JobStatus::Completed));
    assert_eq!((job.processed_records_count(), job.failed_records_count()), (Some(3), Some(1)));
    let failed = job.failure_info().unwrap().failed_records_s3_url().unwrap();
    assert!(failed.starts_with(&world.server.url()), "{failed}");
    assert_eq!(
        get(failed).await,
        "{\"emailAddress\":\"nobody\",\"errorMessage\":\"The email address is not valid.\",\"reason\":\"BOUNCE\"}\n"
    );
    world.ses.get_suppressed_destination().email_address("B@example.com").send().await.unwrap();
    let jobs = world.ses.list_import_jobs().send().await.unwrap();
    assert_eq!(jobs.import_jobs().len(), 1);
}

#[tokio::test]
async fn a_delete_job_removes_what_a_path_cannot_name() {
    let world = World::new().await;
    world.upstream.put_object("/imports/put.csv", "dept/sales@example.com,BOUNCE\n");
    world.upstream.put_object("/imports/delete.csv", "dept/sales@example.com\n");
    import(&world, "s3://imports/put.csv").await;
    let before = world.ses.list_suppressed_destinations().send().await.unwrap();
    assert_eq!(before.suppressed_destination_summaries().len(), 1);
    run(&world, "s3://imports/delete.csv", SuppressionListImportAction::Delete).await;
    let after = world.ses.list_suppressed_destinations().send().await.unwrap();
    assert_eq!(after.suppressed_destination_summaries().len(), 0);
}

#[tokio::test]
async fn jobs_fail_without_their_object_and_on_demand() {
    let world = World::new().await;
    let missing = import(&world, "s3://imports/missing.ndjson").await;
    assert_eq!(missing.job_status(), Some(&JobStatus::Failed));
    assert!(missing.failure_info().unwrap().error_message().unwrap().contains("404"));

    world.upstream.put_object("/imports/a.csv", "a@example.com,BOUNCE\n");
    world.control("PUT", "import-jobs", json!({"fail_next": 1})).await;
    let failed = import(&world, "s3://imports/a.csv").await;
    assert_eq!(failed.job_status(), Some(&JobStatus::Failed));
    let passed = import(&world, "s3://imports/a.csv").await;
    assert_eq!(passed.job_status(), Some(&JobStatus::Completed));
}

#[tokio::test]
async fn a_slow_job_is_seen_processing() {
    let world = World::new().await;
    world.upstream.put_object("/imports/a.csv", "a@example.com,BOUNCE\n");
    world.control("PUT", "import-jobs", json!({"seconds": 0.2})).await;
    let id =
        create(&world.ses, "s3://imports/a.csv", SuppressionListImportAction::Put).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let job = world.ses.get_import_job().job_id(&id).send().await.unwrap();
    assert_eq!(job.job_status(), Some(&JobStatus::Processing));
    let unknown = world.ses.get_import_job().job_id("unknown").send().await;
    assert!(unknown.unwrap_err().into_service_error().is_not_found_exception());
}

#[tokio::test]
async fn good_records_fail_on_demand_once_and_are_given_back() {
    let world = World::new().await;
    let lines: String = ["a", "b", "c"].map(|name| line(&format!("{name}@example.com"))).concat();
    world.upstream.put_object("/imports/a.ndjson", &lines);
    world.control("PUT", "import-jobs", json!({"fail_records_next": 2})).await;
    let job = import(&world, "s3://imports/a.ndjson").await;
    assert_eq!(job.job_status(), Some(&JobStatus::Completed));
    assert_eq!((job.processed_records_count(), job.failed_records_count()), (Some(3), Some(2)));
    let failed = get(job.failure_info().unwrap().failed_records_s3_url().unwrap()).await;
    let failed: Vec<Value> =
        failed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let cause = "Set to fail by the control plane.";
    assert_eq!(
        failed,
        [
            json!({"emailAddress": "a@example.com", "reason": "BOUNCE", "errorMessage": cause}),
            json!({"emailAddress": "b@example.com", "reason": "BOUNCE", "errorMessage": cause}),
        ]
    );
    let listed = world.control("GET", "suppression", json!({})).await;
    assert_eq!(listed, json!({"entries": {"c@example.com": "BOUNCE"}, "count": 1}));
    let again = import(&world, "s3://imports/a.ndjson").await;
    assert_eq!((again.processed_records_count(), again.failed_records_count()), (Some(3), Some(0)));
    assert!(again.failure_info().is_none());
}

#[tokio::test]
async fn jobs_run_side_by_side_and_take_time_by_their_records() {
    let world = World::new().await;
    let slow = line("slow@example.com").repeat(2_000);
    world.upstream.put_object("/imports/slow.ndjson", &slow);
    world.upstream.put_object("/imports/fast.ndjson", &line("fast@example.com"));
    world.control("PUT", "import-jobs", json!({"seconds_per_1000_records": 0.6})).await;
    let start = Instant::now();
    let put = SuppressionListImportAction::Put;
    let slow = create(&world.ses, "s3://imports/slow.ndjson", put.clone()).await.unwrap();
    let fast = create(&world.ses, "s3://imports/fast.ndjson", put).await.unwrap();
    assert_eq!(finish(&world, &fast).await.job_status(), Some(&JobStatus::Completed));
    let meanwhile = world.ses.get_import_job().job_id(&slow).send().await.unwrap();
    assert_eq!(meanwhile.job_status(), Some(&JobStatus::Processing));
    assert_eq!(meanwhile.completed_timestamp(), None);
    assert_eq!(finish(&world, &slow).await.processed_records_count(), Some(2_000));
    assert!(start.elapsed() >= Duration::from_millis(1200));
}

#[tokio::test]
async fn a_hundred_thousand_records_are_one_job() {
    let world = World::new().await;
    let lines: String =
        (0..100_000).map(|n| line(&format!("recipient.{n:06}@storm.example.net"))).collect();
    assert!(lines.len() > 6_000_000);
    world.upstream.put_object("/imports/storm.ndjson", &lines);
    let job = import(&world, "s3://imports/storm.ndjson").await;
    assert_eq!(
        (job.processed_records_count(), job.failed_records_count()),
        (Some(100_000), Some(0))
    );
    let calls = world.server.calls();
    let listed = world.control("GET", "suppression?region=eu-central-1", json!({})).await;
    assert_eq!(listed["count"], 100_000);
    assert_eq!(listed["entries"].as_object().unwrap().len(), 100_000);
    assert_eq!(listed["entries"]["recipient.099999@storm.example.net"], "BOUNCE");
    assert_eq!(world.server.calls(), calls);

    let one_too_many = lines + &line("one.more@storm.example.net");
    world.upstream.put_object("/imports/storm.ndjson", &one_too_many);
    let job = import(&world, "s3://imports/storm.ndjson").await;
    assert_eq!(job.job_status(), Some(&JobStatus::Failed));
    assert!(job.failure_info().unwrap().error_message().unwrap().contains("100001 records"));
}

#[tokio::test]
async fn refusals_of_a_job_are_those_of_the_api() {
    let world = World::new().await;
    let put =
        async || create(&world.ses, "s3://imports/a.csv", SuppressionListImportAction::Put).await;
    let refusals = [
        (400, "BadRequestException"),
        (400, "LimitExceededException"),
        (429, "TooManyRequestsException"),
        (500, "InternalServiceErrorException"),
    ];
    for (status, code) in refusals {
        let fail = json!([{"operation": "CreateImportJob", "status": status, "code": code}]);
        world.control("PUT", "faults", json!({"fail": fail})).await;
        let refused = put().await.unwrap_err();
        assert_eq!(refused.code(), Some(code));
        // The client knows all but the last as errors of this operation.
        assert_eq!(format!("{refused:?}").starts_with(code), status < 500, "{refused:?}");
    }
    world.control("PUT", "faults", json!({})).await;
    world.control("PUT", "account", json!({"production_access_enabled": false})).await;
    let refused = put().await.unwrap_err();
    assert!(
        refused.is_bad_request_exception() && refused.message().unwrap().contains("sandbox"),
        "{refused:?}"
    );
    world.control("PUT", "account", json!({"production_access_enabled": true})).await;
    put().await.unwrap();
}

#[tokio::test]
async fn a_reset_ends_running_jobs() {
    let world = World::new().await;
    world.upstream.put_object("/imports/a.ndjson", &line("a@example.com"));
    world.control("PUT", "import-jobs", json!({"seconds": 0.1})).await;
    create(&world.ses, "s3://imports/a.ndjson", SuppressionListImportAction::Put).await.unwrap();
    world.control("POST", "reset", json!({})).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(world.control("GET", "suppression", json!({})).await["count"], 0);
}

fn line(address: &str) -> String {
    format!("{{\"emailAddress\":\"{address}\",\"reason\":\"BOUNCE\"}}\n")
}

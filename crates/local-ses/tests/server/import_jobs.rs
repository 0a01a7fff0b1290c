//! Import jobs from an object in S3.

use std::time::Duration;

use aws_sdk_sesv2::operation::get_import_job::GetImportJobOutput;
use aws_sdk_sesv2::types::{
    DataFormat, ImportDataSource, ImportDestination, JobStatus, SuppressionListDestination, SuppressionListImportAction,
};
use serde_json::json;

use crate::World;

/// Imports and waits for the end.
pub(crate) async fn import(world: &World, s3_url: &str) -> GetImportJobOutput {
    run(world, s3_url, SuppressionListImportAction::Put).await
}

async fn run(world: &World, s3_url: &str, action: SuppressionListImportAction) -> GetImportJobOutput {
    let id = create(world, s3_url, action).await;
    loop {
        let job = world.ses.get_import_job().job_id(&id).send().await.unwrap();
        if matches!(job.job_status(), Some(JobStatus::Completed | JobStatus::Failed)) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn create(world: &World, s3_url: &str, action: SuppressionListImportAction) -> String {
    let format = if s3_url.ends_with(".csv") { DataFormat::Csv } else { DataFormat::Json };
    let list = SuppressionListDestination::builder().suppression_list_import_action(action).build().unwrap();
    let created = world
        .ses
        .create_import_job()
        .import_destination(ImportDestination::builder().suppression_list_destination(list).build())
        .import_data_source(ImportDataSource::builder().s3_url(s3_url).data_format(format).build().unwrap())
        .send()
        .await
        .unwrap();
    created.job_id().unwrap().to_owned()
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
    let id = create(&world, "s3://imports/a.csv", SuppressionListImportAction::Put).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let job = world.ses.get_import_job().job_id(&id).send().await.unwrap();
    assert_eq!(job.job_status(), Some(&JobStatus::Processing));
    let unknown = world.ses.get_import_job().job_id("unknown").send().await;
    assert!(unknown.unwrap_err().into_service_error().is_not_found_exception());
}

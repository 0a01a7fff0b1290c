"""May SES read the stack's bucket, as its import jobs must?"""

from warden_check.report import NO, YES
from warden_check.world import Unanswered, World


def ses_reads_the_bucket(world: World):
    """SES runs an import job from a file in the stack's bucket."""
    ses, s3 = world.client("sesv2"), world.client("s3")
    bucket = world.outputs()["SuppressBucketName"]
    key = f"suppress/{world.region}/jobs/aws-check-{world.suffix}"
    address = f"ses-warden-check-{world.suffix}@example.com"
    s3.put_object(Bucket=bucket, Key=key, Body=f'{{"emailAddress":"{address}","reason":"BOUNCE"}}\n'.encode())
    try:
        job = ses.create_import_job(
            ImportDestination={"SuppressionListDestination": {"SuppressionListImportAction": "PUT"}},
            ImportDataSource={"S3Url": f"s3://{bucket}/{key}", "DataFormat": "JSON"},
        )["JobId"]

        def ended() -> dict | None:
            found = ses.get_import_job(JobId=job)
            return found if found["JobStatus"] in ("COMPLETED", "FAILED") else None

        found, seconds = world.wait(ended, 3 * world.patience)
    finally:
        forget(ses, address)
        s3.delete_object(Bucket=bucket, Key=key)
    if not found:
        raise Unanswered(f"the import job has not ended after {seconds:.0f} s")
    evidence = [f"{found['JobStatus']} after {seconds:.0f} s", str(found.get("FailureInfo", ""))]
    return (YES if found["JobStatus"] == "COMPLETED" and not found.get("FailedRecordsCount") else NO), evidence


def forget(ses, address: str) -> None:
    try:
        ses.delete_suppressed_destination(EmailAddress=address)
    except ses.exceptions.NotFoundException:
        pass

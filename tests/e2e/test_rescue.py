"""Addresses that SES suppressed although the sender caused the bounce, and their removal."""

import json

from warden_local.cast import NEWS, Letter
from warden_local.command import ses_warden
from warden_local.local_aws import REGION
from warden_local.sending import send_all
from warden_local.waiting import wait_until

DMARC = "smtp; 550 5.7.515 Access denied, sending domain news.example.org does not meet the required authentication level"


def rejected(number, recipient):
    return {
        "eventType": "Bounce",
        "mail": {
            "timestamp": "2026-10-06T07:14:02.118Z",
            "messageId": f"message-{number}",
            "source": "letters@news.example.org",
            "destination": [recipient],
            "tags": {"ses:from-domain": ["news.example.org"]},
        },
        "bounce": {
            "feedbackId": f"feedback-{number}",
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [
                {"emailAddress": recipient, "action": "failed", "status": "5.7.515", "diagnosticCode": DMARC}
            ],
            "timestamp": "2026-10-06T07:14:04.777Z",
        },
    }


def test_an_operator_finds_the_kept_addresses_and_takes_none_off_without_proof(aws, deploy, binaries, tmp_path):
    stack = deploy()
    sns, ses = aws.client("sns"), aws.client("sesv2")
    bucket = stack.outputs["SuppressBucketName"]
    recipients = ["ann@bigmail.example.net", "ben@bigmail.example.net", "cid@bigmail.example.net"]
    for number, recipient in enumerate(recipients):
        event = json.dumps(rejected(number, recipient))
        sns.publish(TopicArn=stack.outputs["FeedbackTopicArn"], Message=event)
    # An entry that a person made, which is no proof, and a complaint of another day.
    ses.put_suppressed_destination(EmailAddress=recipients[0], Reason="BOUNCE")
    ses.put_suppressed_destination(EmailAddress=recipients[1], Reason="COMPLAINT")

    def command(*arguments):
        return ses_warden(aws, binaries["ses-warden"], "rescue", "--bucket", bucket, *arguments)

    def found():
        return [json.loads(line) for line in command("--json", "--show-addresses").splitlines()]

    wait_until("all are recorded", lambda: len(found()) == len(recipients))
    assert [entry["address"] for entry in found()] == recipients
    assert {(entry["domain"], entry["fault"]) for entry in found()} == {("news.example.org", "sender_authentication")}

    table = command("--domain", "news.example.org")
    assert "sender_authentication" in table
    assert "ann@" not in table

    record = tmp_path / "rescued.ndjson"
    looked_at = command("--remove", "--yes", "--json", "--record", str(record)).splitlines()
    found_out = [(entry["result"], entry["proof"]) for entry in map(json.loads, looked_at)]
    assert found_out == [("kept", "other_mail"), ("kept", "complaint"), ("not listed", "not_listed")]
    listed = ses.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    reasons = [(entry["EmailAddress"], entry["Reason"]) for entry in listed]
    assert reasons == [(recipients[0], "BOUNCE"), (recipients[1], "COMPLAINT")]


def test_what_ses_listed_for_these_bounces_is_taken_off_and_put_back(aws, deploy, binaries, tmp_path):
    stack = deploy(RescueMode="report", GuardMode="observe")
    ses, domain = aws.client("sesv2"), "strict.example.net"
    aws.ses_control("PUT", "account", {"automatic_suppression": True})
    bounce = {
        "outcome": "bounce",
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "action": "failed",
        "status": "5.7.515",
        "diagnosticCode": DMARC,
    }
    aws.ses_control("PUT", f"domains/{domain}", {"outcomes": [bounce]})
    recipients = [f"reader-{number}@{domain}" for number in range(3)]
    complained = f"angry@{domain}"
    ses.put_suppressed_destination(EmailAddress=complained, Reason="COMPLAINT")
    assert len(send_all(ses, [Letter(NEWS, recipient) for recipient in recipients])) == len(recipients)

    def command(*arguments):
        return ses_warden(aws, binaries["ses-warden"], "rescue", *arguments)

    def listed():
        return aws.ses_control("GET", f"suppression?region={REGION}")["entries"]

    def results(output):
        return {entry["address"]: entry["result"] for entry in map(json.loads, output.splitlines())}

    bucket = ("--bucket", stack.outputs["SuppressBucketName"], "--json", "--show-addresses")
    wait_until("all are recorded", lambda: len(command(*bucket).splitlines()) == len(recipients))
    bounced = dict.fromkeys(recipients, "BOUNCE")
    assert listed() == {complained: "COMPLAINT"} | bounced

    record = tmp_path / "rescued.ndjson"
    removed = command(*bucket, "--remove", "--yes", "--record", str(record))
    assert results(removed) == dict.fromkeys(recipients, "removed")
    assert listed() == {complained: "COMPLAINT"}

    command("--undo", str(record), "--yes")
    assert listed() == {complained: "COMPLAINT"} | bounced
    # A second time there is nothing to do.
    command("--undo", str(record), "--yes")
    assert listed() == {complained: "COMPLAINT"} | bounced

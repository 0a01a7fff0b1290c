"""`make incident`: a stolen key, from the first alarm to the resume."""

from warden_local.account import prepare
from warden_local.command import connect
from warden_local.incident import Incident, incident_parameters
from warden_local.screen import Screen
from warden_local.stack import Stack
from warden_local.hurry import hurry


def test_the_thief_is_found_stopped_and_the_owner_sends_again(aws, binaries, tmp_path):
    aws.reset()
    prepare(aws)
    stack = Stack(aws, binaries, incident_parameters())
    hurry(aws, stack)
    connect(aws, binaries["ses-warden"], "--no-domains")
    play = Incident(aws, stack, Screen(quiet=True), binaries["ses-warden"], tmp_path)
    assert play.play() == []
    whole = "\n".join(play.transcript)
    for line in (
        "ses-warden paused the account in eu-central-1: mail by unexpected senders",
        "    old-ci: ",
        "aws iam update-access-key --user-name old-ci --status Inactive",
        '"Sid": "DenySendFromElsewhere"',
        "That is IAM's refusal: arn:aws:iam::111122223333:user/old-ci may no longer ses:SendRawEmail.",
        "resume    done      the account sends again",
        "No dead letters in eu-central-1.",
    ):
        assert line in whole, line
    assert "@closed.example.net" not in whole

"""The account as its owner has it before ses-warden comes: configuration sets and identities."""

from warden_local.cast import SENDERS
from warden_local.local_aws import LocalAws


def prepare(aws: LocalAws) -> None:
    """Makes what every account that sends mail has, by the API as its owner did."""
    ses = aws.client("sesv2")
    for sender in SENDERS:
        ses.create_configuration_set(ConfigurationSetName=sender.configuration_set)
        ses.create_email_identity(EmailIdentity=sender.domain, ConfigurationSetName=sender.configuration_set)

"""The account before ses-warden is installed: configuration sets and identities."""

from warden_local.cast import SENDERS
from warden_local.local_aws import LocalAws


def prepare(aws: LocalAws) -> None:
    """Creates what every account that sends mail has, through the API."""
    ses = aws.client("sesv2")
    for sender in SENDERS:
        ses.create_configuration_set(ConfigurationSetName=sender.configuration_set)
        ses.create_email_identity(EmailIdentity=sender.domain, ConfigurationSetName=sender.configuration_set)

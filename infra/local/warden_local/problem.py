"""An error that stops the local run, as one sentence for the user."""


class Problem(Exception):
    """Printed without a stack trace."""

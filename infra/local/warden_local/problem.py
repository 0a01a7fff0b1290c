"""What keeps the local run from going on, as one sentence for the person at the keyboard."""


class Problem(Exception):
    """Said without a stack trace."""

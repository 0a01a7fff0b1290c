"""``make aws-check``: what only a real AWS account can answer, and a report to send back."""

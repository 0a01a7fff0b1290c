"""The local run of ses-warden: a local AWS, the real functions, and a simulated day (the story)."""

"""The local run of ses-warden: a local AWS, the real functions, and a story."""

"""Makes a release: what ``make release`` and ``make dist-local`` leave in a folder."""

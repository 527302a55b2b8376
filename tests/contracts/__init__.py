"""Tests of contracts as files: what is written, what other tools make of it, and what is read of a site's."""

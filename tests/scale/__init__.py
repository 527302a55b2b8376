"""Refreshes on several workers, with real servers (`make test-scale`)."""

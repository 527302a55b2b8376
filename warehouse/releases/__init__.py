"""Releases: writing, finding, verifying, querying, pinning and pruning them."""

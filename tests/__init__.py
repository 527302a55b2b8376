"""Tests of the registry, in a mirror of its rooms; `spec` and `oracle` hold the definitions of the endpoints."""

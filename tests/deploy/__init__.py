"""Tests of the registry as services: units, backup, upgrade, Dagster's storage on a server."""

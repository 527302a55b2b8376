"""The registry as services: units, backup, Dagster's storage on a server."""

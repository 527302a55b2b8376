"""Tests of the tables of the service: volumes, waits, outcomes and follow-up of centres."""

"""Tests of the warehouse: landing, history, clean tables, quarantine, ledger."""

"""Tests of the room where data live: landing, history, clean tables, quarantine, ledger."""

"""Tests of pulls from REDCap's API, against a server on loopback."""

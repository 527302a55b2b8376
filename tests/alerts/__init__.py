"""Tests of the alerts, against a real SMTP server and a real HTTP listener on loopback."""

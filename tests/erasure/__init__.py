"""Erasure: a patient leaves, and nothing else changes."""

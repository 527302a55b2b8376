"""Reporting checklists filled in from a release, and the paragraph on limitations."""

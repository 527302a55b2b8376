"""Cohorts: which patients and lesions of a release they hold, and how a recipe writes that down."""

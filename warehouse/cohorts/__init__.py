"""Cohorts: which patients and lesions of a release they hold, by ordered criteria, and how a recipe writes that down."""

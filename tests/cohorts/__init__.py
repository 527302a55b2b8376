"""Tests of cohorts: criteria, attrition, recipes."""

"""Tests of data quality: rules, canaries, expectations, query sheets and answers, exceptions, completeness."""

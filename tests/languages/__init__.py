"""Tests of the catalogues, and of how texts, numbers and dates are said in a language."""

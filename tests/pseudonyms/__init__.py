"""Tests of pseudonyms: what a home with a key keeps, and what it gives."""

"""Tests of `registry export`: what every kind keeps to, and each kind as its readers read it."""

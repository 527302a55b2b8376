"""Tests of the command line, the nightly job and the sensors, as their users meet them."""

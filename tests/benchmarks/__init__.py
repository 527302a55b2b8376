"""Tests of the yardsticks: they make what the project makes, and costs count every process."""

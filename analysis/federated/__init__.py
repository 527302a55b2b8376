"""Estimates of several sites that do not pool their rows, from the aggregates that each gives: sums of scores, of risk
sets, and counts by day.

Here: how aggregates are added up, exactly. What a site may give is disclosure/, the files are workflows/federated/.
"""

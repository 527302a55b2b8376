"""What is made: thin Dagster assets, one module per layer in the order of the flow.

What belongs here: calling the rooms below (warehouse, analysis, workflows) and reporting rows, hashes and checks. What
does not: SQL, statistics, definitions of endpoints.
"""

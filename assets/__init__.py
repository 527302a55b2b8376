"""What is made: thin Dagster assets, one module per layer in the order of the flow.

Each asset calls the rooms below (warehouse, analysis) and reports rows, hashes and checks. What does not belong
here: SQL, statistics, definitions of endpoints.
"""

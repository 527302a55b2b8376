"""Quality tables: rule results, scorecard, canaries, changes in the open entries."""

"""Quality tables: rule results, scorecard, canaries, what changed among open entries."""

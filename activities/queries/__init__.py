"""Which rows, for whom, counted how."""

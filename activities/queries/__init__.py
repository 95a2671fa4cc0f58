"""Queries of activities: counts, sums and joins. They are above the models and may call rules."""

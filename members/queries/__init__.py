"""Queries: counts, sums and joins of the database. This layer is above models and may call rules."""

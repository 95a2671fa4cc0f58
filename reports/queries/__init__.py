"""Queries of reports: figures, verdicts, scores. This layer is above models and may call rules."""

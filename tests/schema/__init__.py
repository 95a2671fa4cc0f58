"""Compares the objects of databases that are made in three ways: see `tests/test_schema.py` and docs/testing.md."""

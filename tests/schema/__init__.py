"""What a database consists of, made in three ways: see `tests/test_schema.py` and docs/testing.md."""

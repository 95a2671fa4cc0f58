"""Pages of people and organisations, one module a subject."""

"""Pages of people and organisations, one module per subject."""

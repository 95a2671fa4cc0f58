"""What users enter."""

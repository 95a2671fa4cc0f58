"""Forms for what users enter."""

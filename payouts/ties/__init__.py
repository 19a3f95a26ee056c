"""In which order resolutions put those of a township who were equal."""

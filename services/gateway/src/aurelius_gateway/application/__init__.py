"""Use cases, one noun a file."""

"""One port, one technology a file."""

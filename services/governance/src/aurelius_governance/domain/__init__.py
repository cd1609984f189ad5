"""What is true: pure and typed."""

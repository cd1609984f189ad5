"""Studies: what a validation computes. docs/specs/validation.md."""

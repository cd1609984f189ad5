"""What every AURELIUS service shares."""

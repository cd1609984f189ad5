"""The suite on one machine: its topology, its edge and its processes."""

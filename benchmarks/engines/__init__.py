"""One module an engine: each has PREPARE, a mapping of workloads to what prepares them."""

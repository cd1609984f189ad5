"""The event core: orders, fills and accounts on one clock."""

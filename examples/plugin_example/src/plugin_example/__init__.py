"""A strategy plug-in: docs/howto/write-a-plugin.md."""

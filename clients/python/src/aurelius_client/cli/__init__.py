"""The `aurelius` command."""

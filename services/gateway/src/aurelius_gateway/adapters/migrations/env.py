"""Runs the migrations of the gateway."""

from aurelius_chassis.sql import run_migrations

run_migrations()

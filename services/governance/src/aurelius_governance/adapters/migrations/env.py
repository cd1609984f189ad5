"""Runs the migrations of governance."""

from aurelius_chassis.sql import run_migrations

run_migrations()

"""Measured against the limits and against a plain peer (`make bench`); printed, never asserted on a clock."""

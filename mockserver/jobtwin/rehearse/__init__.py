"""Rehearses a command in every fate of a vendor's job, and tells which it does not survive."""

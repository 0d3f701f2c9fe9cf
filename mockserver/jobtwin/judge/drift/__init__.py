"""Finds what a spec does not document or allow, and suggests changes."""

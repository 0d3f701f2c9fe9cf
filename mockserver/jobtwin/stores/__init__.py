"""Sandboxes outside of memory: in files, and in a store."""

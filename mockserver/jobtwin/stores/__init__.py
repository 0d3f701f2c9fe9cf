"""Sandboxes outside of memory: as files of their own, and kept in a store."""

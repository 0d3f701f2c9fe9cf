"""Sandboxes outside of the process: worlds as files. Nothing here is imported before it is used."""

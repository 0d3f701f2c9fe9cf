"""Generates client packages, one for each OpenAPI file."""

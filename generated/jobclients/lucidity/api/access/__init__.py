# Generated from specs/lucidity.yaml by "make generate". Do not edit.
"""Contains endpoint functions for accessing the API"""

# Generated from specs/polaris.yaml by "make generate". Do not edit.
"""Contains endpoint functions for accessing the API"""

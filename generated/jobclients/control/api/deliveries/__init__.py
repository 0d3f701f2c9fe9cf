# Generated from specs/control.yaml by "make generate". Do not edit.
"""Contains endpoint functions for accessing the API"""

# Generated from specs/control.yaml by "make generate". Do not edit.

"""A client library for accessing jobtwin control API"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)

# Generated from specs/lucidity.yaml by "make generate". Do not edit.

"""A client library for accessing Lucidity External API"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)

# Generated from specs/osapi.yaml by "make generate". Do not edit.

"""A client library for accessing OSAPI Job Management API"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)

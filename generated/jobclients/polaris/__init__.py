# Generated from specs/polaris.yaml by "make generate". Do not edit.

"""A client library for accessing Imply Polaris Jobs API"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)

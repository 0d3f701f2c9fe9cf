# Generated from specs/vectorcharts.yaml by "make generate". Do not edit.

"""A client library for accessing VectorCharts OEM Portal API"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)

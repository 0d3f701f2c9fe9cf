# Generated from specs/control.yaml by "make generate". Do not edit.
"""The clients of this API, which every function takes."""

import jobcall


class Client(jobcall.Client):
    __doc__ = jobcall.Client.__doc__


class AuthenticatedClient(jobcall.AuthenticatedClient):
    __doc__ = jobcall.AuthenticatedClient.__doc__

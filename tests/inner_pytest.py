"""Options for a pytest that a test starts."""

PLUGINS = "schemathesis hypothesispytest anyio cacheprovider valkey"
"""Plugins of our own tests' packages, which a reader does not have, and which load slowly."""

OPTIONS = [f"-pno:{plugin}" for plugin in PLUGINS.split()]

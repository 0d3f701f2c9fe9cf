"""The arrow from specs/ to generated/: one client package per OpenAPI file."""

"""The mock server: replays the job state machines of OpenAPI specs. It knows no vendor."""

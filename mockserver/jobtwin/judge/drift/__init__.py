"""What of an exchange is not in the spec, and what the spec would have to say."""

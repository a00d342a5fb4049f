"""Source files: how a configuration and a mapping read them."""

"""A stand-in for the WeChat platform: its API with quotas and error codes, and its users with their retries."""

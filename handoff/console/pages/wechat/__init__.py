"""The administrators page of WeChat accounts."""

"""The page of the quality sample."""

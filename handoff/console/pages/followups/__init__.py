"""The page of promises: messages that customers left, and complaints, each with an owner and an end."""

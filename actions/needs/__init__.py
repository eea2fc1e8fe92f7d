"""What a customer message calls for: a person, none, help in danger, the law … read off the shared encoding."""

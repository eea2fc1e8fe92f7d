"""What the assistant says and how Rasa runs; only `bot.rasa` is imported, by Rasa itself."""

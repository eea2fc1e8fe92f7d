"""The action server: translators between Rasa and the knowledge, mood and policy libraries."""

"""The page of the chat on the sites: look, words, sites, and a preview of the widget itself."""

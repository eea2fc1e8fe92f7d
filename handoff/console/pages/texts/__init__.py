"""Pages of ready texts: canned replies, and the words that must not be said."""

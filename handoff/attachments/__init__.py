"""Files that customers and agents send: checked by content, images made anew, kept on disk under random names."""

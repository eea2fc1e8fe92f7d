"""FAQ library: parses, checks, indexes and searches the answers that editors approved."""

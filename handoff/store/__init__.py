"""The only truth: tables, the one write path into them, and questions to them."""

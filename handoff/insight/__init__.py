"""What the ledger tells about the service: figures, gaps of the knowledge base, outcomes of its entries."""

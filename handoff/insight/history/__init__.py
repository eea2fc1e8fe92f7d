"""The history of the service: figures of a period by SQL on the ledger, and the conversations behind each figure."""

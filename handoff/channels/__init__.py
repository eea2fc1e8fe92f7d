"""One box per channel: each turns what it receives into gateway calls and shows what the gateway committed."""

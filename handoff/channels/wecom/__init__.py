"""微信客服 (WeCom): pokes in, messages read by cursor, messages out by our own ids."""

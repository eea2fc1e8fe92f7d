"""The web channel: sessions, messages and events for the widget, over WebSocket or plain HTTP."""

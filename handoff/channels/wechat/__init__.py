"""WeChat Official Accounts: callbacks in, customer-service messages or passive replies out."""

"""The agents' side of the service: sign-in, REST API and the console's pages."""

"""The `baton` command: run, diagnose and administer an installation."""

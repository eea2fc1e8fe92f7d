"""Pages about the team: people and roles, the own account, the audit trail."""

"""What every HTTP face of the service shares: errors, limits, origins, health."""

"""A low-rank adapter of the encoder's last layers: how it is trained, and how set-up merges it into the encoder."""

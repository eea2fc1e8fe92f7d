"""The few Python files that run inside Rasa 3.6 (Python 3.10): input channel, strict turns, policy, tracker store."""

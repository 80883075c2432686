"""Results as people read them: figures and their texts."""

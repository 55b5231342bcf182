"""The reader: a text with its claims marked."""

"""The contrast: two sides of a theme beside each other."""

"""What the pack is made into: web pages, handouts, slides, and the generated files."""

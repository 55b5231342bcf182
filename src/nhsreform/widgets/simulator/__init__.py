"""The simulators: what is assumed, what is reckoned from it, and the panel that shows it."""

"""The commands: one file each, with `add(parser)` and `run(arguments)`. Called by `cli`; nothing else may import from here."""

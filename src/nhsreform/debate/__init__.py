"""Who said what: claims chosen (`select`), cited (`cite`), counted (`balance`), charted, and put into words for a screen (`card`).

Learners call it as `nr.claims`, `nr.positions`, `nr.cite` and `nr.charts`; the widgets call it too. Nothing here
draws by itself.
"""

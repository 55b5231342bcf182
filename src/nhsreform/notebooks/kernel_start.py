"""Run by a kernel before the first cell: `nr` is still the learner's to import, and a cell that lacks it is told so."""

import nhsreform as _pack

del _pack

"""`python -m nhsreform.commands` is `nhsreform`."""

import sys

from nhsreform.commands import main

sys.exit(main())

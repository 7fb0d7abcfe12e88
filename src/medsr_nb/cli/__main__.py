"""``python -m medsr_nb.cli``, the same as ``medsr``."""

import sys

from . import main

sys.exit(main())

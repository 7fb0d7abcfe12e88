"""How a command ends: with its status, and one line where the user can put things right."""

import sys

from .paths import UserError


def exit_status(work, *arguments):
    """Does the work of a command; the exit status that it returns, 130 interrupted, 2 refused."""
    try:
        return work(*arguments)
    except KeyboardInterrupt:
        print("\nmedsr: interrupted.", file=sys.stderr)
        return 130
    except UserError as error:
        print(f"medsr: {error}", file=sys.stderr)
        return 2

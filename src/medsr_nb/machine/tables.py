"""Tables in Markdown, as every page, notebook and command shows them."""


def markdown_table(head, rows):
    """A Markdown table of a head (C,) and rows of as many cells, which may be of any type."""
    # Stripped, so that an empty corner is written as one blank.
    lines = [f"| {' | '.join(map(str, cells)).lstrip()} |" for cells in (head, *rows)]
    lines.insert(1, "|---" * len(head) + "|")
    return "\n".join(lines)

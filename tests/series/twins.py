"""What the tests of the run machinery share: twins of tiny notebooks."""

HEADER = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

"""


def write_twin(checkout, stem, cells):
    twin = checkout / "notebooks" / "py" / f"{stem}.py"
    twin.write_text(HEADER + cells, encoding="utf-8")

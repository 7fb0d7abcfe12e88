"""Tables in Markdown: a line a row, and a ruler of as many columns as the head."""

from medsr_nb import machine


def test_cells_of_any_type_stand_between_bars():
    table = machine.markdown_table(("network", "weights"), [["SRGAN", 12], ["medsr", ""]])
    assert table == "| network | weights |\n|---|---|\n| SRGAN | 12 |\n| medsr |  |"


def test_a_corner_may_be_empty_and_so_may_the_table():
    assert machine.markdown_table(("", "one"), ()) == "| | one |\n|---|---|"

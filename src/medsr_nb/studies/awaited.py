"""The commands of the runs that settle claims, as long as they are not recorded.

A verdict that awaits one says so, and the tables name it.
"""

COMPARE = "medsr compare results/{name}.json --study {study} --data FOLDER --train-images 1957"
EQUAL = (
    "medsr record baseline results/{name}.json --data FOLDER --subject {subject} "
    "--train-images 640 --test-images 200 --epochs 15 --batch-size 32"
)
SIZE = "python -m medsr_nb.studies.paper_size --width 32 --epochs 50 --data FOLDER --work WORK"

COMMANDS = {
    "paper_size_w32_e50": SIZE,
    "paper_size_w16_e50": SIZE.replace("--width 32", "--width 16"),
    "paper_size_w32_e50_skip": f"{SIZE} --skip",
    "collapse_long": "python -m medsr_nb.studies.collapse --long --data FOLDER --work WORK",
    "bench_paper": "medsr bench --networks srgan iteration1 prototype --preset paper "
    "--out results/bench_paper.json",
    "augmentation_long": COMPARE.format(name="augmentation_long", study="augmentation")
    + " --test-images 200 --minutes 12 --work WORK",
    "augmentation_prototype": COMPARE.format(
        name="augmentation_prototype", study="augmentation-prototype"
    )
    + " --test-images 200 --minutes 60 --work WORK",
    "baseline_mnist_equal": EQUAL.format(name="baseline_mnist_equal", subject="digits"),
    "baseline_fashion_equal": EQUAL.format(name="baseline_fashion_equal", subject="fashion"),
    "balance": "python -m medsr_nb.studies.balance --data FOLDER --work WORK",
    "medsr_1957_long": COMPARE.format(name="medsr_1957_long", study="medsr")
    + " --test-images 200 --rows faithful --minutes 30 --work WORK",
}

# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 08 The verdicts
#
# [![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)](https://colab.research.google.com/github/medsr-nb/medsr-nb/blob/main/notebooks/08_verdicts.ipynb)
#
# * **Question:** which of the paper's thirteen claims hold?
# * **You will learn** how each verdict follows from a recorded number.
# * **Takes** seconds, on anything: it reads what the other notebooks' recorded runs found.
#
# A reproduction that only says "it works" or "it does not" helps nobody. Here each claim has a
# verdict, the number that carries it with its interval, and the file that the number comes from.

# %%
import subprocess
import sys
from importlib.util import find_spec

if find_spec("medsr_nb") is None:  # a fresh Colab: installs what is missing, keeps what is there
    package = "medsr-nb @ git+https://github.com/medsr-nb/medsr-nb"
    subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", package])

# %%
from collections import Counter

from IPython.display import Markdown

from medsr_nb import figures, studies

# %% [markdown]
# ## How a claim is judged
#
# A verdict is a judgement, in words. Its numbers are not typed: each is read from a recorded run,
# with bounds within which the verdict stands. The second claim, as it stands in the module:

# %%
print(studies.CLAIMS[1].text, "-", studies.CLAIMS[1].verdict)
for one in studies.CLAIMS[1].evidence:
    print(f"  {one.what}: from results/{one.run}.json, within {one.bounds}")
figures.listing(studies.found)

# %% [markdown]
# ## The thirteen

# %%
judged = studies.verdicts(studies.CLAIMS)
print("as recorded in results/claims.json:", judged == studies.recorded("claims"))
print(dict(Counter(one["verdict"] for one in judged)))
Markdown(studies.verdict_table(judged))

# %% [markdown]
# ## Why

# %%
Markdown(studies.reasons(judged))

# %% [markdown]
# ## What we learned
#
# * **Much of the paper's trouble may have one cause.** Its network works on the enlarged image,
#   where a convolution costs nine times as much, and learns the image anew instead of what is
#   missing in it. That makes its epochs dear, and may be why it asks for thousands of them.
# * **A comparison by eye decides little.** Most of the claims turn on a decibel or a grey level,
#   and need images that training has not seen, and an interval.
# * **The black images are no mystery.** Two numbers that are too high make them, and taking back
#   either prevents them (notebook 06).
# * **"Not testable here" is a verdict too.** Two claims speak of GPUs, and none has run this
#   series.
#
# **Where we depart from the paper.** Its networks are our reading of its lists; where it names no
# number we took SRGAN's or DCGAN's. The recorded runs are scaled down, and say how.
#
# **Exercises**
#
# 1. Change a bound in `studies/claims.py` so that a verdict falls. What does the notebook say?
# 2. Record `iteration1` on a GPU (`medsr record iteration1`). Which verdict can now be given?
# 3. Which of the thirteen would you judge otherwise, on the same numbers?
#
# Before: [07 medsr](07_medsr.ipynb). Next: [09 Your own scan](09_own_scan.ipynb).

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
# * **You need** what an interval is, from notebook 00. Other words are in the
#   [glossary](https://github.com/medsr-nb/medsr-nb/blob/main/docs/glossary.md).
# * **Takes** seconds, on anything: it reads what the other notebooks' recorded runs found.
#
# Here each claim has a verdict, the number or two that carry it, and the files they come from.
# A mean over test images has an interval. Shares, times and changes within one training have none.

# %%
import subprocess
import sys
from importlib.util import find_spec

package = "medsr-nb @ git+https://github.com/medsr-nb/medsr-nb"
if find_spec("medsr_nb") is None:  # a fresh Colab: installs what is missing, keeps what is there
    if subprocess.call([sys.executable, "-m", "pip", "install", "-q", package]):
        sys.exit(f"""pip could not install {package}: the lines above say why.
Change package in this cell to "git+" and the address of a fork, or to a wheel: the name of one
that you uploaded (folder sign on the left), or its path on your mounted Drive.""")

# %%
from collections import Counter

from IPython.display import Markdown

from medsr_nb import figures, studies

# %% [markdown]
# ## The thirteen

# %%
judged = studies.verdicts(studies.CLAIMS)
print("as recorded in results/claims.json:", judged == studies.recorded("claims"))
print(dict(Counter(one["verdict"] for one in judged)))
Markdown(studies.verdict_table(judged))

# %% [markdown]
# All numbers in one figure. The green band is where the verdict stands. A number without a band has no
# bound in the rule that was met. In a claim without any band no rule was met, so its verdict is the one
# called "otherwise".

# %%
figures.verdicts(studies.figure_rows(judged, studies.CLAIMS))

# %% [markdown]
# ## How a claim is judged
#
# For each claim the module names the numbers that decide, and rules: which numbers give which
# verdict. The rules were written before the runs that decide; smaller runs were known by then. Of
# claims 4 and 6, rule and count were written together. Four rules were changed or added after their
# runs, and their notes say so (7, 11, 12 and D). Of a number with an interval the whole interval has to
# lie within the bounds, and the first rule that is met gives the verdict. The second claim, as it
# stands in the module (`inf` is infinity: no bound on that side):

# %%
claim = studies.CLAIMS[1]
print(claim.text, "-", claim.note)
for rule in claim.rules:
    print(f"  {rule.verdict}: {rule.bounds or 'otherwise'}")

# %% [markdown]
# ## Why
#
# All numbers of each claim. The file that is named says on which data and machine it was measured.

# %%
Markdown(studies.reasons(judged))

# %% [markdown]
# ## What else the paper says

# %%
others = studies.verdicts(studies.STATEMENTS, studies.MARKS)
Markdown(studies.verdict_table(others))

# %%
Markdown(studies.reasons(others))

# %% [markdown]
# In three places the paper contradicts itself, or what is known:

# %%
Markdown(studies.contradictions_table())

# %% [markdown]
# ## All rules
#
# Every rule of the thirteen, with the run that measures it. The first that is met counts:

# %%
Markdown(studies.threshold_table(studies.CLAIMS))

# %% [markdown]
# ## What we learned
#
# * **Much of the paper's trouble may have one cause.** Its network works on the enlarged image,
#   where a convolution costs nine times as much, and learns the image anew instead of what is
#   missing in it. That makes its epochs dear, and may be why it asks for thousands of them.
# * **A comparison by eye decides little.** Half of the claims turn on a decibel or a grey level.
#   They need images that training has not seen, and an interval.
# * **"Modern models" differ.** SPAN, trained to be exact, is nearer to the original than bicubic on
#   both kinds of image. Real-ESRGAN, trained to look sharp and to undo other damage, is further from
#   it (notebook 05).
# * **A time can be judged without the machine.** An epoch does so many operations and moves so many
#   bytes, and a card has a limit for both. From them follows a least time: the paper's minutes are
#   possible on its cards. That they were reached, it does not show.
#
# **Where we depart from the paper.** Its networks are our reading of its lists; where it names no
# number we took SRGAN's or DCGAN's. Some recorded runs are scaled down, and say how.
#
# **Exercises** ([solutions](99_solutions.ipynb))
#
# 1. Change a bound so that a verdict changes. What would it take for the second claim to hold?
# 2. Judge each claim by its means alone, as if there were no intervals. Which verdicts change?
# 3. Without a solution, as it takes hours: repeat one of the deciding runs on your machine
#    (docs/results.md has the commands). Does its verdict stand?
#
# Before: [07 medsr](07_medsr.ipynb). Next: [09 Your own scan](09_own_scan.ipynb).

"""SGDClassifier of scikit-learn on standardized columns, without a penalty.

Usage: sklearnSgd.py table.csv passes [average]
The labels are the column y. Prints the seconds of the fit alone, and the mean loss over all rows after it.
"""
import sys
from time import perf_counter

import numpy as np
import pandas as pd
from sklearn.linear_model import SGDClassifier

path, passes, average = sys.argv[1], int(sys.argv[2]), len(sys.argv) > 3
frame = pd.read_csv(path)
y = frame.pop("y").to_numpy(dtype=np.float64)
S = frame.to_numpy(dtype=np.float64)
S = (S - S.mean(axis=0)) / S.std(axis=0)
model = SGDClassifier(
    loss="log_loss", penalty=None, max_iter=passes, tol=None, random_state=1, average=average
)
start = perf_counter()
model.fit(S, y)
seconds = perf_counter() - start
h = model.decision_function(S)
print(seconds, repr(float((np.maximum(h, 0) - h * y + np.log1p(np.exp(-np.abs(h)))).mean())))

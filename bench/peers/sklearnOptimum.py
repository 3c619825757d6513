"""What most people run: pandas, then scikit-learn to the optimum; prints the mean loss there.

Usage: sklearnOptimum.py table.csv tolerance
The labels are the last column. There is no penalty; text columns become columns of 0 and 1.
"""
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings("ignore")
path, tolerance = sys.argv[1], float(sys.argv[2])
frame = pd.read_csv(path)
y = frame.pop("y").to_numpy()
X = pd.get_dummies(frame, drop_first=True).to_numpy(dtype=np.float64)
# the word for no penalty was a text once
none = "none" if "none" in str(LogisticRegression._parameter_constraints["penalty"]) else None
model = LogisticRegression(penalty=none, solver="lbfgs", tol=tolerance, max_iter=10_000).fit(X, y)
h = X @ model.coef_[0] + model.intercept_[0]
print(repr(float((np.maximum(h, 0) - h * y + np.log1p(np.exp(-np.abs(h)))).mean())))

"""Text columns as sparse columns of 0 and 1, scikit-learn with its default penalty to the optimum; prints the objective there.

Usage: sklearnSparse.py table.csv tolerance
The labels are the column y; all others are texts. The objective is the mean loss + |w|^2 / (2 m), which is C = 1.
"""
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder

warnings.filterwarnings("ignore")
path, tolerance = sys.argv[1], float(sys.argv[2])
frame = pd.read_csv(path)
y = frame.pop("y").to_numpy()
X = OneHotEncoder(drop="first").fit_transform(frame)
model = LogisticRegression(C=1, solver="lbfgs", tol=tolerance, max_iter=10_000).fit(X, y)
w = model.coef_[0]
h = X @ w + model.intercept_[0]
loss = (np.maximum(h, 0) - h * y + np.log1p(np.exp(-np.abs(h)))).mean()
print(repr(float(loss + w @ w / (2 * len(y)))))

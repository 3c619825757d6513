"""The default descent of bce-train in NumPy; prints the loss after the last update.

Usage: numpyDescent.py table.csv epochs alpha
The labels are the column y. Text columns become columns of 0 and 1. Columns are standardized, weights start at 0, the loss is the mean.
"""
import sys

import numpy as np
import pandas as pd

path, epochs, alpha = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
frame = pd.read_csv(path)
y = frame.pop("y").to_numpy(dtype=np.float64)
S = pd.get_dummies(frame, drop_first=True).to_numpy(dtype=np.float64)
S = (S - S.mean(axis=0)) / S.std(axis=0)
rows, columns = S.shape
w = np.zeros(columns)
b = 0.0


def mean_loss(h):
    return (np.maximum(h, 0) - h * y + np.log1p(np.exp(-np.abs(h)))).mean()


h = S @ w + b
for _ in range(epochs):
    # the tool shows the loss of every epoch, so it is computed here too
    mean_loss(h)
    residual = 1 / (1 + np.exp(-h)) - y
    w -= alpha / rows * (residual @ S)
    b -= alpha * residual.mean()
    h = S @ w + b
print(repr(float(mean_loss(h))))

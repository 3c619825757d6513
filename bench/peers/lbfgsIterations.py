"""Iterations of SciPy's L-BFGS-B, the lbfgs of scikit-learn, until the mean loss is below a bound.

Usage: lbfgsIterations.py table.csv bound
The table has no header; the labels are the last column. Weights start at 0, without a penalty. The call is
that of scikit-learn 1.3 and later (mean loss, ten corrections, ftol of 64 epsilon); scikit-learn itself tells
no loss by iteration.
"""
import sys

import numpy as np
from scipy.optimize import minimize

table = np.loadtxt(sys.argv[1], delimiter=",")
bound = float(sys.argv[2])
X, y = np.column_stack([table[:, :-1], np.ones(len(table))]), table[:, -1]


def loss(w):
    h = X @ w
    t = np.exp(-np.abs(h))
    z = np.where(h >= 0, 1, t) / (1 + t)
    return np.mean(np.maximum(h, 0) - h * y + np.log1p(t)), X.T @ (z - y) / len(y)


losses = []
minimize(
    loss,
    np.zeros(X.shape[1]),
    method="L-BFGS-B",
    jac=True,
    callback=lambda w: losses.append(loss(w)[0]),
    options={"maxiter": 20_000, "maxfun": 10**9, "maxls": 50, "gtol": 1e-14, "ftol": 64 * np.finfo(float).eps},
)
near = [k for k, value in enumerate(losses) if value < bound]
print(near[0] + 1 if near else f"not after {len(losses)}")

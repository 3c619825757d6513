# LogisticRegressionCV over ten folds by row number, at the lambdas of a file, as bench/path.ts asks for it: the largest
# violation of the optimality conditions at the lambda that it chooses. As it comes: tol 1e-4, 100 passes at most, one thread;
# saga is the one solver of its that leaves the intercept free beside L1. Arguments: the CSV, and that of lambdas.
import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegressionCV
from sklearn.model_selection import PredefinedSplit

warnings.filterwarnings("ignore")
data = pd.read_csv(sys.argv[1]).to_numpy()
lambdas = pd.read_csv(sys.argv[2])["lambda"].to_numpy()
x, y = data[:, :-1], data[:, -1]
x = (x - x.mean(axis=0)) / x.std(axis=0)
m = len(y)
fit = LogisticRegressionCV(
    Cs=1 / (m * lambdas), cv=PredefinedSplit(np.arange(m) % 10), penalty="l1", solver="saga", scoring="neg_log_loss"
)
fit.fit(x, y)
w, rate = fit.coef_[0], 1 / (m * fit.C_[0])
r = 1 / (1 + np.exp(-(x @ w + fit.intercept_[0]))) - y
g = x.T @ r / m
violation = np.where(w != 0, np.abs(g + rate * np.sign(w)), np.maximum(np.abs(g) - rate, 0))
print(max(violation.max(), abs(r.mean())))

"""Tables that are hard on a solver, and their exact maximum likelihood fits: python3 digits.py FOLDER COUNT

Writes k.csv for k = 0, 1, ... and exact.json with weights and standard errors, in high precision (mpmath). The
doubles of the CSV are the data, exactly.

python3 digits.py FOLDER COUNT gaps reads weights.json, a list of weights for each table, and prints J - J* at them.
"""

import json
import math
import random
import sys

from mpmath import exp, log, lu_solve, matrix, mp, mpf, nstr, sqrt

folder, count = sys.argv[1], int(sys.argv[2])
mp.dps = 120
CONDITIONS = [10.0**e for e in range(0, 14)]
SHIFTS = [0, 1, 1e3, 1e6, 1e9, 1e12]
SCALES = [1, 1, 1e3, 1e-3, 1e100, 1e-100, 1e300, 1e-300]


def table(k):
    draw = random.Random(1000 + k)
    rows, columns = draw.choice([30, 60, 120]), draw.choice([2, 3, 4])
    condition, shift = CONDITIONS[k % len(CONDITIONS)], draw.choice(SHIFTS)
    # more spreads away, a column has no digits left for what it varies by
    shift = min(shift, 1e14 / condition) if condition > 1 else shift
    X = []
    for _ in range(rows):
        x = [draw.gauss(0, 1) for _ in range(columns)]
        x[1] = x[0] + x[1] / condition
        X.append(x)
    truth = [draw.gauss(0, 1) for _ in range(columns)]
    scales = [draw.choice(SCALES) for _ in range(columns)]
    # both columns that are near each other in one unit
    scales[1] = scales[0]
    y = []
    for x in X:
        independent = [x[0], (x[1] - x[0]) * condition] + x[2:]
        h = sum(w * a for w, a in zip(truth, independent)) / 2
        y.append(1 if draw.random() < 1 / (1 + math.exp(-h)) else 0)
    data = [[(a + shift) * s for a, s in zip(x, scales)] for x in X]
    return data, y, condition, shift, scales


def exact(data, y):
    """Newton's method on columns made comparable, then back; None where it does not converge."""
    n = len(data[0]) + 1
    m = len(data)
    X = [[mpf(a) for a in row] for row in data]
    mean = [sum(row[j] for row in X) / m for j in range(n - 1)]
    size = [sqrt(sum((row[j] - mean[j]) ** 2 for row in X) / m) for j in range(n - 1)]
    if any(s == 0 for s in size):
        return None
    Z = [[mpf(1)] + [(row[j] - mean[j]) / size[j] for j in range(n - 1)] for row in X]
    w = matrix(n, 1)
    for _ in range(80):
        g, H = matrix(n, 1), matrix(n, n)
        for z, label in zip(Z, y):
            p = 1 / (1 + exp(-sum(a * w[i] for i, a in enumerate(z))))
            for i in range(n):
                g[i] += (p - label) * z[i]
                for j in range(i + 1):
                    H[i, j] += p * (1 - p) * z[i] * z[j]
        for i in range(n):
            for j in range(i):
                H[j, i] = H[i, j]
        try:
            step = lu_solve(H, g)
        except (TypeError, ZeroDivisionError):
            # singular to all these digits: the weights grow for ever
            return None
        w = w - step
        decrement = sum(step[i] * g[i] for i in range(n))
        if decrement < mpf(10) ** -70:
            break
    else:
        return None
    # from comparable columns to those of the file: w = T u
    T = matrix(n, n)
    T[0, 0] = 1
    for j in range(1, n):
        T[j, j] = 1 / size[j - 1]
        T[0, j] = -mean[j - 1] / size[j - 1]
    inverse = H**-1
    covariance = T * inverse * T.T
    weights = T * w
    loss = sum(log(1 + exp((1 - 2 * label) * sum(a * w[i] for i, a in enumerate(z)))) for z, label in zip(Z, y)) / m
    return weights, [sqrt(covariance[i, i]) for i in range(n)], loss


def gaps():
    """J at weights of others, less the least J."""
    with open(f"{folder}/exact.json") as file:
        fits = json.load(file)
    with open(f"{folder}/weights.json") as file:
        weights = json.load(file)
    result = []
    for k, (fit, w) in enumerate(zip(fits, weights)):
        if w is None:
            result.append(None)
            continue
        with open(f"{folder}/{k}.csv") as file:
            rows = [line.split(",") for line in file.read().split()[1:]]
        w = [mpf(a) for a in w]
        loss = mpf(0)
        for row in rows:
            h = w[0] + sum(mpf(float(a)) * b for a, b in zip(row, w[1:]))
            loss += log(1 + exp(-h if row[-1] == "1" else h))
        result.append(float(loss / len(rows) - mpf(fit["loss"])))
    print(json.dumps(result))


if sys.argv[3:] == ["gaps"]:
    gaps()
    sys.exit()

found = []
k = 0
while len(found) < count:
    data, y, condition, shift, scales = table(k)
    k += 1
    if len(set(y)) < 2:
        continue
    fit = exact(data, y)
    # weights that grow for ever or beyond the doubles, and columns without spread, are another question
    if fit is None or any(abs(w) > mpf(2) ** 1020 for w in fit[0]):
        continue
    names = [f"x{j + 1}" for j in range(len(data[0]))]
    with open(f"{folder}/{len(found)}.csv", "w") as file:
        file.write(",".join(names + ["y"]) + "\n")
        for row, label in zip(data, y):
            file.write(",".join([repr(a) for a in row] + [str(label)]) + "\n")
    weights, errors, loss = fit
    found.append(
        {
            "seed": k - 1,
            "condition": condition,
            "shift": shift,
            "scales": scales,
            "weights": [nstr(w, 40) for w in weights],
            "errors": [nstr(e, 40) for e in errors],
            "loss": nstr(loss, 60),
        }
    )
with open(f"{folder}/exact.json", "w") as file:
    json.dump(found, file)

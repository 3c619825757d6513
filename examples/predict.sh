#!/bin/sh
# Weights from some rows, probabilities for the others, and how good they are.
set -eu
cd "$(dirname "$0")"
bce_train() { node ../dist/bce-train.cjs "$@"; }
bce_predict() { node ../dist/bce-predict.cjs "$@"; }
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT

# every fifth row is kept from training
awk 'NR == 1 || NR % 5' pima.csv > "$out/a.csv"
awk 'NR == 1 || NR % 5 == 0' pima.csv > "$out/b.csv"

# a file of weights is a model; there is a line for each row, so paste puts them side by side
bce_train "$out/a.csv" --optimizer newton --quiet > "$out/w.csv" &&
  bce_predict "$out/w.csv" "$out/b.csv" --quiet | paste -d, "$out/b.csv" - > "$out/pasted.csv"
head -n 4 "$out/pasted.csv"

# --append writes the same by itself
bce_predict "$out/w.csv" "$out/b.csv" --append --quiet | cmp - "$out/pasted.csv"

# with labels, predictions can be judged
bce_predict "$out/w.csv" "$out/b.csv" --evaluate --quiet | grep -E 'log_loss|roc_auc'

#!/bin/sh
# Which learning rate comes furthest in 50 epochs? Exit code 3 means that it diverged.
set -eu
cd "$(dirname "$0")"
bce_train() { node ../dist/bce-train.cjs "$@"; }
history=$(mktemp)
trap 'rm "$history"' EXIT

for lr in 0.01 0.1 1 5 100; do
  status=0
  bce_train pima.csv --lr "$lr" --epochs 50 --history "$history" > /dev/null 2>&1 || status=$?
  case $status in
    0) echo "$lr $(tail -n 1 "$history" | cut -d, -f2)" ;;
    3) echo "$lr diverged" ;;
    *) exit "$status" ;;
  esac
done

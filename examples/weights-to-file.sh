#!/bin/sh
# Weights to a file, messages to another, the whole model as JSON, and the loss curve.
set -eu
cd "$(dirname "$0")"
# once the package is installed, this line can go and bce_train be bce-train
bce_train() { node ../dist/bce-train.cjs "$@"; }
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT

# standard output holds the weights and nothing else
bce_train titanic.csv --missing drop --lr 2 --epochs 300 > "$out/weights.csv" 2> "$out/log.txt"
cat "$out/weights.csv"

# the last line of the log tells how it ended
tail -n 1 "$out/log.txt"

# the model with all that is needed to use it, and the loss of every epoch; both written whole or not at all
bce_train titanic.csv --missing drop --quiet -o "$out/model.json" --history "$out/loss.csv"
head -n 4 "$out/loss.csv"
node -p 'JSON.parse(fs.readFileSync(process.argv[1])).target.positive' "$out/model.json"

#!/bin/sh
# Training on what comes out of a pipe.
set -eu
cd "$(dirname "$0")"
bce_train() { node ../dist/bce-train.cjs "$@"; }

# with a pipe on standard input, no path is needed
grep -v 3rd titanic.csv | bce_train --missing drop --quiet

# gzip is seen by its content; - is standard input
gzip -c pima.csv | bce_train - --positive Yes --quiet --format tsv

# the strongest weights first
bce_train pima.csv --lr 2 --quiet | tail -n +3 | sort -t, -k2,2gr | head -n 3

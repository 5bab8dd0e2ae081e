#!/bin/bash
# sample.sh - a part of MPICH's tests, another one each day, as TAP.
# Usage: tests/conf/sample.sh OUT   (SEED=N: that part; about 45 s)
exec python3 "$(dirname "$0")/run.py" --out "$1" --work "$1/conf-sample" \
    --seconds 40 --limit 20 --sample "${SEED:-$(date +%Y%m%d)}" \
    attr coll comm datatype group info part pt2pt rma topo

#!/bin/bash
# jobs.sh - a thousand jobs in a row on one rack, one in ten ends badly
# (JOBS=N: that many). tests/rack/0504 runs fifty.
set -u
. tests/rack/rack.sh

JOBS=${JOBS:-1000} EVERY=${EVERY:-10}
. tests/rack/many-jobs.sh

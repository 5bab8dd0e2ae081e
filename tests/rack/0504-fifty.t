#!/bin/bash
# 0504-fifty.t - fifty jobs in a row, one in six ends in another bad way; the
# campaign does a thousand.
set -u
. tests/rack/rack.sh

JOBS=${JOBS:-50} EVERY=${EVERY:-6}
. tests/rack/many-jobs.sh

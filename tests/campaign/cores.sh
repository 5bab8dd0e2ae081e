#!/bin/bash
# cores.sh - 64 cores run ten million tasks without loss or duplication.
TASKS=10000000 SECONDS_MAX=3000 exec tests/rack/0411-64cores.t

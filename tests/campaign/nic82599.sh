#!/bin/bash
# nic82599.sh - the 82599's model, long: seeds of delays, Linux's driver, faults.
# Usage: tests/campaign/nic82599.sh   (ROUNDS=N: how many, 20)
set -u
rounds=${ROUNDS:-20} count=0 seed=${BM_SEED:-$RANDOM}
out=${BM_OUT:-out}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# try NAME COMMAND...: one line of TAP, and the failing cases' words
try() {
	local name=$1
	shift
	count=$((count + 1))
	if timeout 600 "$@" >"$log" 2>&1 && ! grep -q '^not ok' "$log"; then
		echo "ok $count - $name"
	else
		grep -A 12 '^not ok' "$log" | sed 's/^/# /' | head -30
		echo "not ok $count - $name"
	fi
}

for i in $(seq "$rounds"); do
	try "ixgbe on the strict model, a hundred delays from seed $seed" \
		env BM_SEED=$seed "$out/asan/bin/ixgbe_test"
	try "nodes with an 82599, round $i" tests/rack/0700-82599.t
	try "Linux's ixgbe.ko, round $i" tests/rack/0701-strangers.t
	try "a card that is gone for a while, round $i" \
		env CAMPAIGN=1 tests/rack/0703-recovery.t
	seed=$((seed + 100))
done
echo "1..$count"

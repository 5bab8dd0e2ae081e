#!/bin/bash
# 0203-manual.t - the manual knows every option, and no other.
set -u
. tests/rack/rack.sh

# same NAME PAGE HELP: long options of the page and of --help
same() {
	local page help
	page=$(sed 's/\\-/-/g' "docs/man/$2" | grep -A1 '^\.TP' |
		grep -o -- '--[a-z][a-z-]*' | sort -u)
	help=$(sed -n '/^options:/,$p' <<<"$3" | grep -o -- '^.\{0,8\}--[a-z][a-z-]*' |
		grep -o -- '--.*' | sort -u)
	is "$1: the manual has the options of --help" "$help" "$page"
}

for tool in bmrun bmq bminfo bmcancel bmctl bmswitch; do
	same $tool $tool.1 "$($tool --help)"
done
same bmd bmd.8 "$(bmd --help)"
same "bmrack up" bmrack.1 "$(bmrack up --help)"
keys=$(sed -n 's/^	{ "\([a-z_]*\)", key_.*/\1/p' headnode/config.c | sort)
page=$(sed -n 's/^\.BI "\([a-z_]*\) ".*/\1/p' docs/man/bmd.conf.5 | sort)
is "bmd.conf(5) has every key" "$keys" "$page"

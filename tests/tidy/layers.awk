# layers.awk - refuses includes that the layer table does not allow.
# Usage: awk -f layers.awk layers.txt FILE...
FNR == NR {
	if ($0 !~ /^#/ && NF) {
		folder = $1
		$1 = ""
		allowed[folder] = $0 " "
	}
	next
}
FNR == 1 {
	rule = ""
	for (folder in allowed)
		if (index(FILENAME, folder) == 1 && length(folder) > length(rule))
			rule = folder
	if (rule == "") {
		print FILENAME ": no layer is named for this folder"
		bad = 1
	}
}
/^#[ \t]*include/ {
	name = $2
	gsub(/[<>"]/, "", name)
	if ($2 ~ /^</) {
		if (name !~ /^(stdarg|stdbool|stddef|stdint|stdatomic)\.h$/ &&
		    allowed[rule] !~ / system /)
			complain(name)
		next
	}
	n = split(allowed[rule], prefix, " ")
	for (i = 1; i <= n; i++)
		if (index(name, prefix[i]) == 1)
			next
	complain(name)
}
function complain(what) {
	print FILENAME ":" FNR ": may not include " what
	bad = 1
}
END { exit bad }

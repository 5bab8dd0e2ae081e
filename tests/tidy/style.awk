# style.awk - lengths, first lines, preprocessor, leftovers.
FNR == 1 {
	close_file()
	name = FILENAME
	base = name
	sub(/.*\//, "", base)
	is_c = name ~ /\.c$/
	is_h = name ~ /\.h$/
	if (index($0, base " - ") == 0)
		complain("line 1 does not say \"" base " - its one job\"")
}
FNR == 2 && (is_c || is_h) && $0 !~ /SPDX-License-Identifier: BSD-3-Clause/ {
	complain("line 2 has no SPDX licence")
}
{
	lines = FNR
	line = $0
	while (i = index(line, "\t")) {
		pad = 8 - (i - 1) % 8
		line = substr(line, 1, i - 1) sprintf("%*s", pad, "") substr(line, i + 1)
	}
	if (length(line) > 100)
		complain("longer than 100 columns")
}
/[ \t]$/ { complain("blank at the end of the line") }
is_c && /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)/ { complain("#if in a .c file") }
/(^|[^A-Za-z])(TODO|FIXME|XXX|HACK)([^A-Za-z]|$)/ { complain("unfinished work") }
is_c && /^\{/ { begin = FNR }
is_c && /^\}/ && begin {
	if (FNR - begin - 1 > 70)
		complain("function of " FNR - begin - 1 " lines; 70 is the limit")
	begin = 0
}
function complain(text) {
	print FILENAME ":" FNR ": " text
	bad = 1
}
function close_file() {
	if (name == "")
		return
	if (name ~ /\.c$/ && lines > 800) {
		print name ": " lines " lines; 800 is the limit"
		bad = 1
	}
	if (name ~ /\.h$/ && lines > limit(name)) {
		print name ": " lines " lines; a header has at most " limit(name)
		bad = 1
	}
}
# Tables of wire formats and registers may be longer.
function limit(file) {
	return file ~ /(jobmsg|wire|_regs)\.h$/ ? 500 : 200
}
END { close_file(); exit bad }

# apt.sh - sourced: Debian packages and sources of a named suite, by apt's own
# verification, from the mirror that this machine is configured with, without
# touching the system's package lists.
# shellcheck shell=bash

cache=${BARERACK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/barerack}

say() {
	echo "$(basename "$0" .sh): $*"
}

die() {
	echo "$(basename "$0" .sh): $*" >&2
	exit 1
}

# The mirror of the Debian archive proper, as apt knows it.
apt_mirror() {
	apt-get indextargets --format '$(REPO_URI) $(COMPONENT) $(ORIGIN)' \
	    'Created-By: Packages' 2>/dev/null |
	    awk '$2 == "main" && $3 == "Debian" && $1 !~ /security/ {
		print $1; exit }' | sed 's#/*$##'
}

# apt_private SUITE COMMAND...: apt-get with lists of that suite only, kept in
# the cache; they are fetched once a day at most.
apt_private() {
	local suite=$1 dir=$cache/apt/$1 mirror
	shift
	local opt=(-qq -o "Dir::Etc::SourceList=$dir/sources.list"
	    -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$dir/lists"
	    -o "Dir::Cache=$dir/cache" -o Acquire::Languages=none
	    -o APT::Sandbox::User=root -o Acquire::Retries=3)
	if [ -z "$(find "$dir/stamp" -mtime -1 2>/dev/null)" ]; then
		mirror=$(apt_mirror)
		[ -n "$mirror" ] || die "apt knows no Debian mirror; see" \
		    "/etc/apt/sources.list"
		mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
		local key=/usr/share/keyrings/debian-archive-keyring.gpg
		printf 'deb [signed-by=%s] %s %s main\n' "$key" "$mirror" \
		    "$suite" >"$dir/sources.list"
		printf 'deb-src [signed-by=%s] %s %s main\n' "$key" "$mirror" \
		    "$suite" >>"$dir/sources.list"
		apt-get "${opt[@]}" update || die "cannot read the package" \
		    "lists of $suite from the mirror; is the network up?"
		touch "$dir/stamp"
	fi
	apt-get "${opt[@]}" "$@"
}

# apt_unpack SUITE PACKAGE DIR: downloads a binary package and unpacks it.
apt_unpack() {
	local suite=$1 package=$2 to=$3 tmp
	tmp=$(mktemp -d)
	(cd "$tmp" && apt_private "$suite" download "$package") ||
	    die "cannot download $package of $suite"
	mkdir -p "$to"
	dpkg -x "$tmp"/*.deb "$to" || die "cannot unpack $package"
	rm -rf "$tmp"
}

# apt_source SUITE PACKAGE DIR: downloads a source package and unpacks it into
# DIR/src with Debian's patches; without them where the mirror has lost that
# archive. apt has checked every archive against the signed index.
apt_source() {
	local suite=$1 package=$2 to=$3
	mkdir -p "$to"
	(
		cd "$to" && rm -rf src || exit 1
		if apt_private "$suite" source --download-only "$package" \
		    2>apt.log; then
			dpkg-source --no-check -x ./*.dsc src >/dev/null
		elif ls ./*.orig.tar.* >/dev/null 2>&1; then
			say "Debian's patches are not on the mirror;" \
			    "using the original archive"
			mkdir src && tar -C src --strip-components=1 \
			    -xf ./*.orig.tar.*
		else
			cat apt.log >&2
			exit 1
		fi
	) || die "cannot get the source of $package from $suite"
}

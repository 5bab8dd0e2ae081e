#!/bin/bash
# 0204-http.t - boot files over HTTP: served to nodes, nothing else to nobody.
set -u
. tests/rack/rack.sh

rack_up -n 2 --boot direct --append "x=1 y=2"

# ask REQUEST-LINE: the whole answer
ask() {
	timeout 20 bmrack exec bash -c 'exec 3<>/dev/tcp/10.77.0.1/8080
		printf "%s\r\nHost: x\r\nConnection: close\r\n\r\n" "$1" >&3
		cat <&3' ask "$1" | tr -d '\0\r'
}

got=$(ask 'GET /boot.ipxe?mac=52:54:00:62:6d:01 HTTP/1.1')
like "a node gets its script" '^#!ipxe' "$got"
like "with the kernel and its command line" \
	'^kernel http://10.77.0.1:8080/barerack head=10.77.0.1 x=1 y=2' "$got"
like "the script tries again" '^goto again' "$got"
timeout 20 bmrack exec bash -c 'exec 3<>/dev/tcp/10.77.0.1/8080
	printf "GET /barerack HTTP/1.0\r\n\r\n" >&3; cat <&3' >"$tmp/answer"
tail -c "$(stat -c %s "$bin/../node/barerack")" "$tmp/answer" |
	cmp -s - "$bin/../node/barerack" && ok "the kernel comes whole" ||
	not_ok "the kernel comes whole"
like "health" '^ok' "$(ask 'GET /healthz HTTP/1.1')"
for path in / /etc/passwd /../bmd.db /barerack/../../bmd.db /boot.ipxe/ \
    /%2e%2e/bmd.db //barerack; do
	like "GET $path is not found" '^HTTP/1.1 404' "$(ask "GET $path HTTP/1.1")"
done
like "POST is refused" '^HTTP/1.1 405' "$(ask 'POST /barerack HTTP/1.1')"
like "a malformed MAC is nobody's" '^#!ipxe' \
	"$(ask 'GET /boot.ipxe?mac=zz:54 HTTP/1.1')"
ask "$(head -c 3000 /dev/urandom | base64 -w 0)" >/dev/null
like "after noise it serves on" '^ok' "$(ask 'GET /healthz HTTP/1.1')"
is "and knows no more nodes than before" 2 "$(bminfo -N | grep -c '^node')"

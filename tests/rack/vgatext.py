# vgatext.py - reads VGA text memory of a node through QEMU.
#
# Usage: vgatext.py QMP-SOCKET FILE    (FILE: where QEMU writes the memory)
import json
import socket
import sys

s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
qmp = s.makefile("rw")
qmp.readline()
for command, arguments in (
        ("qmp_capabilities", {}),
        ("pmemsave", {"val": 0xb8000, "size": 4000, "filename": sys.argv[2]})):
    qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    qmp.flush()
    while True:
        reply = json.loads(qmp.readline())
        if "error" in reply:
            sys.exit("%s: %s" % (command, reply["error"]["desc"]))
        if "return" in reply:
            break
with open(sys.argv[2], "rb") as f:
    cells = f.read()[::2]
for row in range(25):
    print(cells[80 * row:80 * row + 80].decode("latin-1").rstrip())

# screen.py - reads the text on a node's framebuffer, by exact comparison.
#
# Usage: screen.py QMP-SOCKET FILE    (FILE: where QEMU writes its picture)
# A cell whose pixels are no glyph of kernel/font.c, enlarged alike, makes the
# whole screen unreadable: exit 1.
import json
import re
import socket
import sys

COLS, ROWS, WIDTH, HEIGHT = 80, 25, 8, 16

s = socket.socket(socket.AF_UNIX)
s.settimeout(20)
s.connect(sys.argv[1])
qmp = s.makefile("rw")


def ask(command, **arguments):
    qmp.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    qmp.flush()
    while True:
        reply = json.loads(qmp.readline())
        if "error" in reply:
            sys.exit("%s: %s" % (command, reply["error"]["desc"]))
        if "return" in reply:
            return


qmp.readline()
ask("qmp_capabilities")
ask("screendump", filename=sys.argv[2])

with open(sys.argv[2], "rb") as f:
    kind, size, depth = (f.readline().split() for _ in range(3))
    data = f.read()
assert kind == [b"P6"] and depth == [b"255"]
width, height = map(int, size)
scale = min(width // (COLS * WIDTH), height // (ROWS * HEIGHT))
assert scale, "%dx%d is too small for text" % (width, height)
assert len(data) == 3 * width * height
left = (width - COLS * WIDTH * scale) // 2
top = (height - ROWS * HEIGHT * scale) // 2

glyphs = {}
with open("kernel/font.c") as f:
    rows = re.findall(r"^\t\{ (.*?) \},", f.read(), re.M)
for i, row in enumerate(rows):
    columns = [int(c, 16) for c in row.split(",")]
    key = tuple(bool(1 <= x <= 5 and columns[x - 1] >> y // 2 & 1)
                for y in range(HEIGHT) for x in range(WIDTH))
    glyphs[key] = chr(ord(" ") + i)
assert len(glyphs) == 96


def pixel(x, y):
    at = 3 * (y * width + x)
    return data[at:at + 3]


# What is no cell is black, and so is all but one colour.
ink = set()
for row in range(ROWS):
    text = ""
    for col in range(COLS):
        key = []
        for y in range(HEIGHT):
            for x in range(WIDTH):
                block = {pixel(left + (col * WIDTH + x) * scale + i,
                               top + (row * HEIGHT + y) * scale + k)
                         for i in range(scale) for k in range(scale)}
                if len(block) != 1:
                    sys.exit("row %d column %d: torn pixels" % (row, col))
                colour = block.pop()
                key.append(colour != b"\0\0\0")
                ink.add(colour)
        if tuple(key) not in glyphs:
            sys.exit("row %d column %d is no glyph" % (row, col))
        text += glyphs[tuple(key)]
    print(text.rstrip())
if len(ink) > 2:
    sys.exit("%d colours" % len(ink))

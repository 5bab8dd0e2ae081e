-- barerack.lua - Barerack's frames for Wireshark and tshark.
-- SPDX-License-Identifier: BSD-3-Clause
--
-- docs/wire.md says how to use it. The tables below repeat net/wire.h and
-- net/jobmsg.h; tests/unit/wire_test.c fails when they differ.
--
-- What later frames need of earlier ones is kept in three tables: whose piece
-- a DATA frame is (`message`), what an offer was (`offer`) and which offer the
-- chunks of a pull belong to (`pull`). A key is the sender's stream, which its
-- epoch is a part of, and a number.

local WIRE_VERSION = 1
local WIRE_BULK = 4
local WIRE_PULL = 3
local WIRE_ACK = 2
local WIRE_FIRST = 1
local WIRE_LAST = 2
local WIRE_TAKEN = 4
local WIRE_ASK = 8
local WIRE_SUMMED = 16
local MSG_HEAD_MAX = 64
local MSG_SEGS_MAX = 16
local JOBMSG_PORT_BMD = 7770
local JOBMSG_PORT_AGENT = 7771
local PORTS = "7770-9969"      -- net/node/netif.h
local LAND_FIRST, LAND_OFF = 8870, 1100 -- where large messages land

local kinds = { [1] = "DATA", [2] = "ACK", [3] = "PULL", [4] = "BULK" }
local types = {
	[1] = "REGISTER", [2] = "WELCOME", [3] = "REFUSED", [4] = "HEARTBEAT",
	[5] = "TIME", [6] = "LOAD", [7] = "LOADED", [8] = "START",
	[9] = "OUTPUT", [10] = "EXIT", [11] = "FAULT", [12] = "CANCEL",
	[13] = "DONE", [14] = "RECYCLE", [15] = "FILE", [16] = "FILE_REPLY",
	[17] = "NODE_DEAD", [18] = "RESET", [19] = "LOG", [20] = "CONSOLE",
	[21] = "DEBUG",
}

-- A struct: { at, bytes, name, what it is, form, values }. Forms: "d" decimal
-- (when none is named), "x" hexadecimal, "s" text, "b" bytes, "m" MAC.
local structs = {
	wire_head = {
		{ 0, 1, "version_kind", "Version and kind", "x" },
		{ 1, 1, "flags", "Flags", "x" },
		{ 2, 2, "len", "Payload bytes" },
		{ 4, 4, "key", "Job key", "x" },
		{ 8, 4, "src_epoch", "Sender's epoch", "x" },
		{ 12, 4, "dst_epoch", "Receiver's epoch", "x" },
		{ 16, 4, "seq", "Number in the stream" },
		{ 20, 4, "ack", "Every DATA before this one is kept" },
		{ 24, 8, "sack", "Later ones that are here", "x" },
		{ 32, 4, "edge", "Credit up to here" },
		{ 36, 4, "crc", "CRC-32C", "x" },
	},
	wire_msg = {
		{ 0, 1, "head_len", "Bytes of the message's head" },
		{ 1, 1, "pad", "Padding" },
		{ 2, 2, "chunk_max", "Largest chunk" },
		{ 4, 4, "offer", "Offer" },
		{ 8, 8, "len", "Data bytes in all" },
	},
	wire_taken = {
		{ 0, 4, "offer", "Offer" },
		{ 4, 4, "pad", "Padding" },
		{ 8, 8, "moved", "Bytes taken" },
	},
	wire_pull = {
		{ 0, 4, "offer", "Offer" },
		{ 4, 4, "pull", "Pull" },
		{ 8, 2, "chunk", "Bytes of a chunk" },
		{ 10, 2, "port", "UDP port for BULK" },
		{ 12, 4, "base", "First chunk of the mask" },
		{ 16, 8, "mask", "Chunks wanted", "x" },
		{ 24, 8, "len", "Bytes wanted of the offer" },
	},
	wire_bulk = {
		{ 0, 1, "version_kind", "Version and kind", "x" },
		{ 1, 1, "flags", "Flags", "x" },
		{ 2, 4, "key", "Job key", "x" },
		{ 6, 4, "dst_epoch", "Receiver's epoch", "x" },
		{ 10, 4, "pull", "Pull" },
		{ 14, 4, "chunk", "Chunk" },
		{ 18, 4, "crc", "CRC-32C", "x" },
	},
	jobmsg_head = {
		{ 0, 2, "type", "Type", "d", types },
		{ 2, 2, "version", "Version" },
		{ 4, 4, "node", "Node" },
		{ 8, 8, "boot_id", "Boot id", "x" },
		{ 16, 8, "counter", "Counter" },
		{ 24, 4, "job", "Job" },
		{ 28, 4, "sealed", "Sealed" },
		{ 32, 16, "tag", "Tag", "b" },
	},
	jobmsg_register = {
		{ 0, 6, "mac", "MAC address", "m" },
		{ 6, 1, "warm", "After a recycle" },
		{ 10, 4, "cores", "Cores" },
		{ 14, 8, "mem_bytes", "Bytes of memory" },
		{ 30, 4, "recycles", "Recycles" },
		{ 34, 4, "boot_ms", "Milliseconds from entry to here" },
		{ 38, 48, "cpu", "CPU", "s" },
		{ 86, 40, "build", "Build", "s" },
		{ 126, 16, "boot_path", "Booted by", "s" },
		{ 142, 64, "died", "The kernel before", "s" },
	},
	jobmsg_welcome = {
		{ 0, 4, "node", "Node" },
		{ 4, 32, "name", "Name", "s" },
		{ 36, 8, "utc_ns", "UTC, ns" },
		{ 44, 4, "heartbeat_ms", "Heartbeat, ms" },
		{ 48, 4, "key_kind", "Kind of key" },
	},
}

-- -- fields -----------------------------------------------------------------

local barerack = Proto("barerack", "Barerack")
local prefix = {
	wire_head = "barerack.", wire_msg = "barerack.msg.",
	wire_taken = "barerack.taken.", wire_pull = "barerack.pull.",
	wire_bulk = "barerack.bulk.", jobmsg_head = "barerack.job.",
	jobmsg_register = "barerack.register.",
	jobmsg_welcome = "barerack.welcome.",
}
local uints = { [1] = ProtoField.uint8, [2] = ProtoField.uint16,
	[4] = ProtoField.uint32, [8] = ProtoField.uint64 }
local fields, list = {}, {}

local function keep(name, field)
	fields[name] = field
	list[#list + 1] = field
end

for struct, rows in pairs(structs) do
	for _, row in ipairs(rows) do
		local bytes, name, what, form = row[2], row[3], row[4], row[5]
		local abbr = prefix[struct] .. name
		local make = uints[bytes]

		if form == "s" then
			keep(abbr, ProtoField.stringz(abbr, what))
		elseif form == "b" then
			keep(abbr, ProtoField.bytes(abbr, what))
		elseif form == "m" then
			keep(abbr, ProtoField.ether(abbr, what))
		else
			keep(abbr, make(abbr, what,
			    form == "x" and base.HEX or base.DEC, row[6]))
		end
	end
end

keep("version", ProtoField.uint8("barerack.version", "Version", base.DEC, nil,
    0xf0))
keep("kind", ProtoField.uint8("barerack.kind", "Kind", base.DEC, kinds, 0x0f))
local flags = { { "first", WIRE_FIRST }, { "last", WIRE_LAST },
	{ "taken", WIRE_TAKEN }, { "ask", WIRE_ASK },
	{ "summed", WIRE_SUMMED } }
for _, f in ipairs(flags) do
	keep(f[1], ProtoField.bool("barerack.flags." .. f[1], f[1]:upper(), 8,
	    nil, f[2]))
end
keep("data", ProtoField.bytes("barerack.data", "Data"))
keep("sealed", ProtoField.bytes("barerack.sealed", "Sealed data"))
keep("text", ProtoField.string("barerack.text", "Text"))
keep("head", ProtoField.bytes("barerack.msg.head", "Message's head"))
keep("of", ProtoField.framenum("barerack.message", "Piece of the message in"))
keep("offered", ProtoField.framenum("barerack.offered", "Offered in"))
keep("asked", ProtoField.framenum("barerack.asked", "Asked for in"))
barerack.fields = list

local bad_sum = ProtoExpert.new("barerack.bad_crc", "The sum is wrong",
    expert.group.CHECKSUM, expert.severity.ERROR)
local bad_frame = ProtoExpert.new("barerack.malformed",
    "What the kind prescribes is not there", expert.group.MALFORMED,
    expert.severity.ERROR)
barerack.experts = { bad_sum, bad_frame }
barerack.prefs.sums = Pref.bool("Check the sums", true,
    "CRC-32C over the header and the payload of each frame")

-- -- CRC-32C ----------------------------------------------------------------

local crc_table = {}
for i = 0, 255 do
	local c = i
	for _ = 1, 8 do
		local low = bit.band(c, 1)
		c = bit.rshift(c, 1)
		if low == 1 then
			c = bit.bxor(c, 0x82f63b78)
		end
	end
	crc_table[i] = c
end

local function crc_of(crc, text)
	for i = 1, #text do
		crc = bit.bxor(bit.rshift(crc, 8),
		    crc_table[bit.band(bit.bxor(crc, text:byte(i)), 255)])
	end
	return crc
end

-- `at`: where the sum stands, behind what it covers of the header.
local function check_sum(tvb, at, item, head_only)
	if not barerack.prefs.sums then
		return
	end
	local crc = crc_of(-1, tvb:raw(0, at))
	if tvb:len() > at + 4 and not head_only then
		crc = crc_of(crc, tvb:raw(at + 4))
	end
	if bit.bnot(crc) ~= bit.tobit(tvb(at, 4):le_uint()) then
		item:add_proto_expert_info(bad_sum)
	end
end

-- -- what is remembered -----------------------------------------------------

local message, offer, pull = {}, {}, {}

function barerack.init()
	message, offer, pull = {}, {}, {}
end

-- The stream of the frame's sender, or that of its receiver.
local function stream_out(pinfo, epoch)
	return tostring(pinfo.src) .. ":" .. pinfo.src_port .. ">" ..
	    tostring(pinfo.dst) .. ":" .. pinfo.dst_port .. "/" .. epoch .. "/"
end

local function stream_in(pinfo, epoch)
	local port = pinfo.dst_port

	if port >= LAND_FIRST then
		port = port - LAND_OFF
	end
	return tostring(pinfo.dst) .. ":" .. port .. ">" ..
	    tostring(pinfo.src) .. ":" .. pinfo.src_port .. "/" .. epoch .. "/"
end

-- -- pieces of a frame ------------------------------------------------------

local function add(struct, tvb, tree)
	for _, row in ipairs(structs[struct]) do
		local field = fields[prefix[struct] .. row[3]]
		local range = tvb(row[1], row[2])

		if row[5] == "s" or row[5] == "b" or row[5] == "m" then
			tree:add(field, range)
		else
			tree:add_le(field, range)
		end
	end
end

local function size(struct)
	local last = structs[struct][#structs[struct]]

	return last[1] + last[2]
end

local function add_flags(tvb, tree)
	local value, names = tvb(1, 1):uint(), ""

	for _, f in ipairs(flags) do
		tree:add(fields[f[1]], tvb(1, 1))
		if bit.band(value, f[2]) ~= 0 then
			names = names .. " " .. f[1]:upper()
		end
	end
	return value, names
end

-- Data of message m (nil: not seen), as open as they are.
local function add_data(tvb, tree, m)
	if tvb:len() == 0 then
		return
	end
	if m and m.sealed then
		tree:add(fields.sealed, tvb())
	elseif m and m.whole and m.type == "REFUSED" then
		tree:add(fields.text, tvb())
	elseif m and m.whole and m.type == "REGISTER" and
	    tvb:len() >= size("jobmsg_register") then
		add("jobmsg_register", tvb, tree)
	elseif m and m.whole and m.type == "WELCOME" and
	    tvb:len() >= size("jobmsg_welcome") then
		add("jobmsg_welcome", tvb, tree)
	else
		tree:add(fields.data, tvb())
	end
end

local function is_control(pinfo)
	local a, b = pinfo.src_port, pinfo.dst_port

	return (a == JOBMSG_PORT_BMD and b == JOBMSG_PORT_AGENT) or
	    (a == JOBMSG_PORT_AGENT and b == JOBMSG_PORT_BMD)
end

-- The head of a control message; what to say about it.
local function add_job(tvb, tree, m)
	local type = tvb(0, 2):le_uint()
	local sub = tree:add(barerack, tvb(), "Control message: " ..
	    (types[type] or "type " .. type))

	add("jobmsg_head", tvb, sub)
	m.type = types[type]
	m.sealed = tvb(28, 4):le_uint() == 1
	return " " .. (types[type] or type) .. " node " ..
	    tvb(4, 4):le_uint() .. " job " .. tvb(24, 4):le_uint() ..
	    (m.sealed and " (sealed)" or "")
end

-- A DATA frame that begins a message; false if it cannot.
local function add_first(tvb, pinfo, tree, key, last)
	local begin = size("wire_msg")
	if tvb:len() < begin then
		return false
	end
	local head_len, number = tvb(0, 1):uint(), tvb(4, 4):le_uint()
	local m = { frame = pinfo.number, whole = last }
	local sub = tree:add(barerack, tvb(0, begin), "Message")
	local text = ""

	add("wire_msg", tvb, sub)
	if head_len > MSG_HEAD_MAX or tvb:len() < begin + head_len then
		return false
	end
	if head_len == size("jobmsg_head") and is_control(pinfo) then
		text = add_job(tvb(begin, head_len):tvb(), tree, m)
	elseif head_len > 0 then
		tree:add(fields.head, tvb(begin, head_len))
	end
	if tvb:len() > begin + head_len then
		add_data(tvb(begin + head_len):tvb(), tree, m)
	end
	if number ~= 0 then
		offer[key .. number] = m
		text = text .. " offer " .. number
	end
	return m, text .. " " .. tostring(tvb(8, 8):le_uint64()) .. " bytes"
end

-- The message that piece `seq` of a stream belongs to, if it was seen.
local function find_message(key, seq)
	for back = 1, MSG_SEGS_MAX do
		local m = message[key .. (seq - back)]

		if m then
			return m
		end
	end
end

-- The payload's tree; what to say about it, or false: it is malformed.
local function add_payload(kind, value, tvb, pinfo, tree, head)
	local key = stream_out(pinfo, head(8, 4):le_uint())
	local seq = head(16, 4):le_uint()

	if kind == WIRE_PULL then
		if tvb:len() ~= size("wire_pull") then
			return false
		end
		local number, id = tvb(0, 4):le_uint(), tvb(4, 4):le_uint()
		local from = offer[stream_in(pinfo, head(12, 4):le_uint()) ..
		    number]
		local sub = tree:add(barerack, tvb(), "Pull")

		add("wire_pull", tvb, sub)
		if from then
			tree:add(fields.offered, from.frame):set_generated()
		end
		pull[key .. id] = { frame = pinfo.number, of = from }
		return " offer " .. number .. " pull " .. id
	elseif kind == WIRE_ACK then
		return tvb:len() == 0 and ""
	elseif bit.band(value, WIRE_TAKEN) ~= 0 then
		if tvb:len() ~= size("wire_taken") then
			return false
		end
		add("wire_taken", tvb, tree:add(barerack, tvb(), "Taken"))
		return " offer " .. tvb(0, 4):le_uint()
	elseif bit.band(value, WIRE_FIRST) ~= 0 then
		local m, text = add_first(tvb, pinfo, tree, key,
		    bit.band(value, WIRE_LAST) ~= 0)

		message[key .. seq] = m or nil
		return m and text
	end
	local m = find_message(key, seq)
	if m then
		tree:add(fields.of, m.frame):set_generated()
	end
	add_data(tvb, tree, m and { sealed = m.sealed })
	return ""
end

-- -- frames -----------------------------------------------------------------

local function dissect_bulk(tvb, pinfo, tree)
	local head = size("wire_bulk")
	local item = tree:add(barerack, tvb(0, head), "Barerack BULK")
	local id = tvb(10, 4):le_uint()
	local p = pull[stream_in(pinfo, tvb(6, 4):le_uint()) .. id]

	add("wire_bulk", tvb, item)
	item:add(fields.kind, tvb(0, 1))
	local value, names = add_flags(tvb, item)
	if p then
		item:add(fields.asked, p.frame):set_generated()
	end
	if tvb:len() > head then
		add_data(tvb(head):tvb(), item,
		    p and p.of and { sealed = p.of.sealed })
	end
	check_sum(tvb, head - 4, item, bit.band(value, WIRE_SUMMED) ~= 0)
	pinfo.cols.info = "BULK pull " .. id .. " chunk " ..
	    tvb(14, 4):le_uint() .. names ..
	    (p and p.of and p.of.type and " of " .. p.of.type or "")
end

local function dissect_head(kind, tvb, pinfo, tree)
	local head, len = size("wire_head"), tvb(2, 2):le_uint()
	local seq = tvb(16, 4):le_uint()
	local item = tree:add(barerack, tvb(0, head), "Barerack " ..
	    (kinds[kind] or kind))
	local text = false

	add("wire_head", tvb, item)
	item:add(fields.version, tvb(0, 1))
	item:add(fields.kind, tvb(0, 1))
	local value, names = add_flags(tvb, item)
	if tvb:len() == head + len then
		local rest = len > 0 and tvb(head):tvb() or
		    ByteArray.new():tvb("none")

		text = add_payload(kind, value, rest, pinfo, item, tvb)
	end
	if not text then
		item:add_proto_expert_info(bad_frame)
	end
	check_sum(tvb, head - 4, item)
	pinfo.cols.info = kinds[kind] .. " seq " .. seq .. " ack " ..
	    tvb(20, 4):le_uint() .. names .. (text or " malformed")
end

function barerack.dissector(tvb, pinfo, tree)
	local first = tvb:len() > 0 and tvb(0, 1):uint() or 0
	local kind = first % 16

	if math.floor(first / 16) ~= WIRE_VERSION or not kinds[kind] or
	    tvb:len() < size(kind == WIRE_BULK and "wire_bulk" or "wire_head")
	then
		return 0
	end
	pinfo.cols.protocol = "Barerack"
	if kind == WIRE_BULK then
		dissect_bulk(tvb, pinfo, tree)
	else
		dissect_head(kind, tvb, pinfo, tree)
	end
	return tvb:len()
end

DissectorTable.get("udp.port"):add(PORTS, barerack)

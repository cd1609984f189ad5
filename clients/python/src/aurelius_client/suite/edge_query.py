"""Refuses a query that says one thing twice, which Envoy's transcoder does not.

It takes the last of two values without a word, and lets `?name=` replace the
name in the path.
"""

from aurelius_client.suite import contract

_SCRIPT = """\
local bound = {%(bound)s}
local repeated = {%(repeated)s}
local function byte(hex) return string.char(tonumber(hex, 16)) end
local function plain(name)
  name = name:gsub("%%%%(%%x%%x)", byte)
  return (name:gsub("%%u", function(letter) return "_" .. letter:lower() end))
end
function envoy_on_request(handle)
  local path = handle:headers():get(":path")
  local mark = path and path:find("?", 1, true)
  if not mark then return end
  local seen = {}
  for pair in path:sub(mark + 1):gmatch("[^&]+") do
    local name = plain(pair:match("^[^=]*"))
    if bound[name] or (seen[name] and not repeated[name]) then
      handle:respond({[":status"] = "400"}, name)
      return
    end
    seen[name] = true
  end
end
"""


def bound_fields() -> frozenset[str]:
    """Returns the fields that a path sets.

    Raises:
        ValueError: An RPC sets one by its path, and another by its query.
    """
    rpcs = contract.rpcs()
    bound = frozenset(name for rpc in rpcs for name in rpc.bound)
    for rpc in rpcs:
        if not rpc.body and (free := bound & rpc.fields - rpc.bound):
            raise ValueError(f"{rpc.path} takes {sorted(free)} by query, which a path sets too")
    return bound


def query_check() -> str:
    """Returns the script, in Lua, with the field names of the contract."""
    repeated = {name for rpc in contract.rpcs() for name in rpc.repeated}
    return _SCRIPT % {"bound": _table(bound_fields()), "repeated": _table(repeated)}


def _table(names: set[str] | frozenset[str]) -> str:
    return ", ".join(f"{name} = true" for name in sorted(names))

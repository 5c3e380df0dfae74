# What jq defines and jaq does not, or defines otherwise. `_assign`, `_modify`, `_index`, `_key`, `setpath`, `delpaths`,
# `tostring` and `tojson` are native: see natives.rs.

# Paths
def del(f): delpaths([path(f)]);
def to_entries: [key_values[] as [$key, $value] | {$key, $value}];
def from_entries:
  def named($names): . as $entry | first(($names[] | select($entry[.] != null)), ($names[] | select(in($entry))), null);
  reduce .[] as $entry ({};
    ($entry | .[named(["key", "k", "name", "Name", "Key", "K"])] | if type == "string" then . else tojson end) as $key
    | .[$key] = ($entry | .[named(["value", "v", "Value", "V"])]));
def with_entries(f): to_entries | map(f) | from_entries;
def pick(f): . as $whole | reduce path(f) as $path (null; setpath($path; $whole | getpath($path)));
def leaf_paths: paths(scalars);

# Streams
def tostream:
  def events($at):
    if (type == "array" or type == "object") and length > 0 then
      keys_unsorted as $keys | ($keys[] as $key | .[$key] | events($at + [$key])), [$at + [$keys[-1]]]
    else [$at, .] end;
  events([]);
def fromstream(events):
  foreach events as $event ({whole: null, over: false};
    (if .over then {whole: null, over: false} else . end)
    | if ($event | length) == 2
      then .over = ($event[0] | length == 0) | .whole = (.whole | setpath($event[0]; $event[1]))
      else .over = ($event[0] | length == 1) end;
    if .over then .whole else empty end);
def truncate_stream(events): . as $depth | null | events | select(.[0] | length > $depth) | .[0] |= .[$depth:];
def truncate_stream($depth; events): $depth | truncate_stream(events);
def nth($n; f): if $n < 0 then error("nth counts from 0") else first(skip($n; f)) end;

# Lists
def IN(s): any(s == .; .);
def IN(source; s): any(source == s; .);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] = $row);
def INDEX(f): INDEX(.[]; f);
def JOIN($index; f): [.[] | [., $index[f]]];
def JOIN($index; stream; f): stream | [., $index[f]];
def JOIN($index; stream; f; join): stream | [., $index[f]] | join;
def join($separator):
  reduce .[] as $item (null;
    (if . == null then "" else . + $separator end)
    + ($item | if type == "boolean" or type == "number" then tostring else . // "" end)) // "";
def toarray: if type == "array" then . else [.] end;
def recurse_down: recurse;
def isvalid(f): try (f | true) catch false;

# Strings
def ascii: [.] | implode;
def ltrimstr($start):
  if type == "string" and ($start | type) == "string" and startswith($start) then .[($start | length):] else . end;
def rtrimstr($end):
  if type == "string" and ($end | type) == "string" and endswith($end) then .[:length - ($end | length)] else . end;
def trimstr($both): ltrimstr($both) | rtrimstr($both);
def match(re; flags): matches(re; flags // "")[] | .[0] + {captures: [.[1:][] | {offset, length, string, name}]};
def match($re): if $re | type == "array" then match($re[0]; $re[1]) else match($re; null) end;
def test(re; flags): matches(re; flags // "") | any;
def test($re): if $re | type == "array" then test($re[0]; $re[1]) else test($re; null) end;
def capture(re; flags): matches(re; flags // "")[] | capture_of_match;
def capture($re): if $re | type == "array" then capture($re[0]; $re[1]) else capture($re; null) end;

# Formats
def _row(f; name):
  if type == "array"
  then map(if type == "array" or type == "object" then error("\(type) (\(tojson)) is not valid in a \(name) row")
    elif . == null then "" elif type == "string" then f else tostring end)
  else error("\(type) (\(tojson)) cannot be \(name)-formatted, only an array can be") end;
def @csv: _row("\"" + (split("\"") | join("\"\"")) + "\""; "csv") | join(",");
def @tsv: _row((split("\\") | join("\\\\")) | (split("\t") | join("\\t")) | (split("\n") | join("\\n"))
  | (split("\r") | join("\\r")); "tsv") | join("\t");
def @sh: [if type == "array" then .[] end | if type == "string" then "'\(escape_sh)'"
  elif type == "array" or type == "object" then error("\(type) (\(tojson)) can not be escaped for shell")
  else tostring end] | join(" ");
def @text: tostring;
def @base32: tostring | encode_base32;
def @base32d: tostring | decode_base32;
def @json: tojson;
def format($name):
  if $name == "text" then @text elif $name == "json" then @json elif $name == "csv" then @csv elif $name == "tsv" then @tsv
  elif $name == "html" then @html elif $name == "uri" then @uri elif $name == "urid" then @urid elif $name == "sh" then @sh
  elif $name == "base64" then @base64 elif $name == "base64d" then @base64d elif $name == "base32" then @base32
  elif $name == "base32d" then @base32d else error("\($name) is not a valid format") end;

# Dates
def date: todate;
def dateadd(unit; $seconds): . + $seconds;
def datesub(unit; $seconds): . - $seconds;

# Properties of the implementation
def have_literal_numbers: true;
def have_decnum: true;

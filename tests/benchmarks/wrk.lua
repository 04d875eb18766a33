-- Sends the requests of a file one after the other, from the place that the second argument names.
--
--   wrk … -s wrk.lua URL -- FILE PLACE
--
-- The file has a request line and a body on each line, between them a tab; at the end come the figures as JSON.

local requests, place = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local method, path, kind, body = line:match("^(%S+) (%S+)\t(%S*)\t(.*)$")
    local headers = kind ~= "" and { ["Content-Type"] = kind } or nil
    requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
  end
  place = tonumber(arguments[2]) or 0
end

function request()
  place = place + 1
  return requests[(place - 1) % #requests + 1]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "seconds": %.6f, "bytes": %d, "failed": %d, "p50_ms": %.3f, "p99_ms": %.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
end

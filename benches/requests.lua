-- The requests that wrk sends. Arguments after `--`: kind, Authorization, Accept.
--   read      GET of one of the accounts `bench-…`
--   create    POST of a new account; each run and each thread has names of its own
--   property  PUT of one of the properties `bench.…`, a new value each time
--   roster    PUT of one of the roster items of `bench-0-0`, a new nickname each time

local threads = 0
local next_request = 0
local run = os.time()
local base = "/plugins/restapi/v1"
local prepared = {}

local makers = {}

function makers.read(headers)
    for name in io.lines(os.getenv("ACCOUNTS")) do
        prepared[#prepared + 1] = wrk.format("GET", base .. "/users/" .. name, headers)
    end
end

function makers.create(headers)
    for n = 1, 20000 do
        local body = '{"username":"bench-' .. run .. "-" .. number .. "-" .. n .. '","password":"benchmark",'
            .. '"name":"Bench Mark","email":"bench@example.org","properties":[{"key":"desk","value":"4"}]}'
        prepared[n] = wrk.format("POST", base .. "/users", headers, body)
    end
end

function makers.property(headers)
    for n = 1, 4000 do
        local key = "bench." .. n % 1000
        local body = '{"key":"' .. key .. '","value":"' .. number .. "-" .. n .. '"}'
        prepared[n] = wrk.format("PUT", base .. "/system/properties/" .. key, headers, body)
    end
end

function makers.roster(headers)
    for n = 1, 4000 do
        local contact = "c" .. n % 1000 .. "@example.net"
        local body = '{"nickname":"' .. number .. "-" .. n .. '","subscriptionType":3,"groups":["Friends"]}'
        prepared[n] = wrk.format("PUT", base .. "/users/bench-0-0/roster/" .. contact, headers, body)
    end
end

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(arguments)
    local headers = { ["Authorization"] = arguments[2], ["Accept"] = arguments[3] }
    if arguments[1] ~= "read" then
        headers["Content-Type"] = "application/json"
    end
    makers[arguments[1]](headers)
end

function request()
    next_request = next_request % #prepared + 1
    return prepared[next_request]
end

function done(summary)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.stderr:write(string.format("%.1f %d\n", summary.requests / summary.duration * 1e6, failed))
end

-- The requests that wrk sends. Arguments after `--`: kind, Authorization, Accept.
--   read      GET of one of the accounts `bench-…`
--   create    POST of a new account; each run and each thread has names of its own
--   property  PUT of one of the properties `bench.…`, a new value each time
--   roster    PUT of one of the roster items of `bench-0-0`, a new nickname each time

local threads = 0
local made = 0
local run = os.time()
local base = "/plugins/restapi/v1"
local kind, headers, prepared

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(arguments)
    kind = arguments[1]
    headers = { ["Authorization"] = arguments[2], ["Accept"] = arguments[3] }
    if kind == "read" then
        prepared = {}
        for line in io.lines(os.getenv("ACCOUNTS")) do
            prepared[#prepared + 1] = wrk.format("GET", base .. "/users/" .. line, headers)
        end
    else
        headers["Content-Type"] = "application/json"
    end
    math.randomseed(number + 1)
end

local makers = {}

function makers.read()
    return prepared[math.random(#prepared)]
end

function makers.create()
    local body = '{"username":"bench-' .. run .. "-" .. number .. "-" .. made .. '","password":"benchmark","name":"Bench Mark",'
        .. '"email":"bench@example.org","properties":[{"key":"desk","value":"4"}]}'
    return wrk.format("POST", base .. "/users", headers, body)
end

function makers.property()
    local key = "bench." .. made % 1000
    local body = '{"key":"' .. key .. '","value":"' .. number .. "-" .. made .. '"}'
    return wrk.format("PUT", base .. "/system/properties/" .. key, headers, body)
end

function makers.roster()
    local contact = "c" .. made % 1000 .. "@example.net"
    local body = '{"nickname":"' .. number .. "-" .. made .. '","subscriptionType":3,"groups":["Friends"]}'
    return wrk.format("PUT", base .. "/users/bench-0-0/roster/" .. contact, headers, body)
end

function request()
    made = made + 1
    return makers[kind]()
end

function done(summary)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.stderr:write(string.format("%.1f %d\n", summary.requests / summary.duration * 1e6, failed))
end

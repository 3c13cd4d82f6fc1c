-- wrk: handles user0 … user(N-1), drawn from the first SPREAD of them, as a reverse proxy passes them on.
local spread = tonumber(os.getenv("SPREAD"))
local step = 7919
local at = 0
local headers = {["X-Forwarded-For"] = "192.0.2.7"}
request = function()
  at = (at + step) % spread
  return wrk.format("GET", "/api/v1/lookup?handle=@user" .. at .. "@host" .. (at % 300) .. ".example", headers)
end

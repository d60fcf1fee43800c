/**
 * What scripts do not get: files, processes, the environment, other modules, the debug library, and bytecode, which could
 * harm the virtual machine itself.
 */
export const sandbox = `
os = { time = os.time, clock = os.clock, date = os.date, difftime = os.difftime }
io, package, require, dofile, loadfile, debug, string.dump = nil
do
  local load_any = load
  function load(chunk, name, _, ...)
    return load_any(chunk, name, "t", ...)
  end
end
`;

/** Gives the names of all global functions. */
export const globalFunctions = `
local names = {}
for name, value in pairs(_G) do
  if type(name) == "string" and type(value) == "function" then names[#names + 1] = name end
end
return names
`;

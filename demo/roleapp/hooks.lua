-- Exchanged while the role apps run: a changed file takes effect at once. To keep out the roles whose ids end in 1:
--   return role_id % 10 ~= 1
function RoleHook(role_id)
  return true
end

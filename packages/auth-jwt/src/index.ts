export { type JwtAuthOptions, type JwtPlayer, jwtAuth } from "./jwt-auth.ts";

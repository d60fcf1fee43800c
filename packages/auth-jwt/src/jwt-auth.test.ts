import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { Code } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { jwtAuth } from "./jwt-auth.ts";

const secret = new Uint8Array(32).fill(7);
const expected = { issuer: "https://id.example", audience: "game" };
const check = jwtAuth({ keys: secret, ...expected });

/** A good token, changed by `change`. */
function token(change: (jwt: SignJWT) => SignJWT = (jwt) => jwt, key = secret): Promise<string> {
  const jwt = new SignJWT({ rank: 3 }).setProtectedHeader({ alg: "HS256" }).setSubject("june");
  const good = jwt.setIssuer(expected.issuer).setAudience(expected.audience).setExpirationTime("1m");
  return change(good).sign(key);
}

test("a good token says who the player is", async () => {
  expect(await check(await token())).toMatchObject({ id: "june", claims: { rank: 3 } });
});

test.each<[string, (jwt: SignJWT) => SignJWT]>([
  ["expired", (jwt) => jwt.setExpirationTime("-1m")],
  ["of another issuer", (jwt) => jwt.setIssuer("https://evil.example")],
  ["for another audience", (jwt) => jwt.setAudience("other")],
  ["of nobody", (jwt) => jwt.setSubject("")],
])("a token that is %s is refused", async (_what, change) => {
  await expect(check(await token(change))).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
});

test("a token without an end, with another key, without a signature, or none at all is refused, and never quoted", async () => {
  const endless = new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject("june");
  const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"june"}')}.`;
  const bad = [
    await endless.setIssuer(expected.issuer).setAudience(expected.audience).sign(secret),
    await token((jwt) => jwt, new Uint8Array(32).fill(8)),
    ...[unsigned, "no token", ""],
  ];
  for (const text of bad) {
    const error = await check(text).catch((caught) => caught);
    expect(error).toMatchObject({ code: Code.UNAUTHENTICATED });
    if (text !== "") expect(error.message).not.toContain(text);
  }
});

test("keys come from a JWK set, and a set that can't be had is no fault of the token", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "ES256" };
  const server = createServer((_request, response) => void response.end(JSON.stringify({ keys: [jwk] })));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const jwt = new SignJWT({}).setProtectedHeader({ alg: "ES256", kid: "one" }).setSubject("june");
  const good = await jwt
    .setIssuer(expected.issuer)
    .setAudience(expected.audience)
    .setExpirationTime("1m")
    .sign(privateKey);
  expect((await jwtAuth({ keys: new URL(`http://127.0.0.1:${port}/`), ...expected })(good)).id).toBe("june");
  const nowhere = jwtAuth({ keys: new URL("http://127.0.0.1:1/"), ...expected });
  await expect(nowhere(good)).rejects.toMatchObject({ code: Code.UNAVAILABLE });
});

test("a short secret is refused at once", () => {
  expect(() => jwtAuth({ keys: new Uint8Array(8), ...expected })).toThrow(RangeError);
});

import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Certificates of an authority of its own, as files. Disposing deletes them. */
export interface Certificates extends AsyncDisposable {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** True when the `openssl` command is there. */
export function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Makes an authority and a certificate of it for one address. */
export async function makeCertificates(address = "127.0.0.1"): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), "m3-certificates-"));
  const file = (name: string) => join(folder, name);
  const [ca, caKey, cert, key] = [file("ca.pem"), file("ca.key"), file("app.pem"), file("app.key")];
  const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  await run("openssl", [...request, "-keyout", caKey, "-out", ca, "-subj", "/CN=m3 test authority"]);
  const signed = ["-CA", ca, "-CAkey", caKey, "-addext", `subjectAltName=IP:${address}`];
  await run("openssl", [...request, ...signed, "-keyout", key, "-out", cert, "-subj", "/CN=m3 test app"]);
  return { ca, cert, key, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

// cspell:ignore Acreateserial extfile
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Certificate {
  readonly CertFile: string;
  readonly KeyFile: string;
}

/** A folder of certificates made by openssl, removed when disposed. */
export class Certificates implements AsyncDisposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<Certificates> {
    return new Certificates(await mkdtemp(join(tmpdir(), "m3game-certificates-")));
  }

  /** A self-signed authority. */
  async authority(name: string): Promise<Certificate> {
    const files = this.#files(name);
    await openssl("req", "-x509", "-days", "2", ...newKey(files), "-out", files.CertFile, "-subj", `/CN=${name}`);
    return files;
  }

  /** A certificate of this authority for 127.0.0.1 and localhost. */
  async signed(name: string, authority: Certificate): Promise<Certificate> {
    const files = this.#files(name);
    const request = join(this.#folder, `${name}.csr`);
    const extensions = join(this.#folder, `${name}.ext`);
    await writeFile(extensions, "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
    await openssl("req", ...newKey(files), "-out", request, "-subj", `/CN=${name}`);
    const signer = ["-CA", authority.CertFile, "-CAkey", authority.KeyFile, "-CAcreateserial"];
    await openssl(
      "x509",
      "-req",
      "-days",
      "2",
      "-in",
      request,
      ...signer,
      "-extfile",
      extensions,
      "-out",
      files.CertFile,
    );
    return files;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  #files(name: string): Certificate {
    return { CertFile: join(this.#folder, `${name}.pem`), KeyFile: join(this.#folder, `${name}.key`) };
  }
}

function newKey({ KeyFile }: Certificate): readonly string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", KeyFile];
}

async function openssl(...args: readonly string[]): Promise<void> {
  await run("openssl", args);
}

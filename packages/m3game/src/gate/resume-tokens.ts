import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type ResumeTicket, ResumeTicketSchema } from "../../gen/m3/gate_control_pb.js";

const algorithm = "aes-256-gcm";
const ivBytes = 12;
const tagBytes = 16;

/** Makes the tokens by which a client continues its session: encrypted and signed, so that any gate with the secret can read them. */
export class ResumeTokens {
  /** One for all tokens: made of bytes anew it would cost more than the token. */
  readonly #key: KeyObject;

  constructor(secret: string | undefined) {
    const digest = () => createHash("sha256").update(`m3game resume token\0${secret}`).digest();
    this.#key = createSecretKey(secret === undefined ? randomBytes(32) : digest());
  }

  seal(ticket: MessageInitShape<typeof ResumeTicketSchema>): Uint8Array {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, this.#key, iv);
    const text = cipher.update(toBinary(ResumeTicketSchema, create(ResumeTicketSchema, ticket)));
    cipher.final();
    return Buffer.concat([iv, cipher.getAuthTag(), text]);
  }

  /** The ticket in a token, undefined when this gate's secret did not make it. */
  open(token: Uint8Array): ResumeTicket | undefined {
    try {
      const decipher = createDecipheriv(algorithm, this.#key, token.subarray(0, ivBytes));
      decipher.setAuthTag(token.subarray(ivBytes, ivBytes + tagBytes));
      const text = Buffer.concat([decipher.update(token.subarray(ivBytes + tagBytes)), decipher.final()]);
      return fromBinary(ResumeTicketSchema, text);
    } catch {
      return undefined;
    }
  }
}

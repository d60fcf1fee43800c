import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import {
  create,
  type DescMessage,
  type DescMethodBiDiStreaming,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { ChannelCredentials, type ChannelOptions, Client, type ClientDuplexStream, Metadata } from "@grpc/grpc-js";
import { systemClock } from "m3game";
import { reasonError } from "m3game/internal";
import { Auth, KV, RangeRequestSchema } from "../gen/etcdserverpb/rpc_pb.js";
import type { EtcdAccess } from "./access.ts";
import { decoder, encoder } from "./codec.ts";
import { isCancelled, isLeaderChange, isRefusal, wantsLogin } from "./etcd-error.ts";

const channelOptions: ChannelOptions = {
  // A connection of its own: to begin anew must mean a new connection.
  "grpc.use_local_subchannel_pool": 1,
  // Nothing is ever sent twice behind the back of the plugin's logic.
  "grpc.enable_retries": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.enable_http_proxy": 0,
  "grpc.enable_channelz": 0,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 2000,
  // etcd closes connections that ping more often than every 5 s.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5000,
};

/** Where there are others: after so long without an answer a member has to show that it is there, in milliseconds, */
const patienceMs = 1000;
/** and has so long for that. */
const signMs = 500;

/**
 * Requests to one etcd cluster, over one connection at a time. After a failure that is no answer the next request goes to the
 * next member, over a new connection: the old one may be half open. A member that hangs is found out within 1.5 s. Nothing is sent again.
 */
export class EtcdClient implements Disposable {
  readonly #access: EtcdAccess;
  readonly #streams = new Map<{ cancel(): void }, Client>();
  #member = 0;
  #client: Client | undefined;
  #login: Promise<string> | undefined;
  #isDisposed = false;

  constructor(access: EtcdAccess) {
    this.#access = access;
  }

  /** One request and its answer. Rejects with what grpc-js says, an answer that takes too long included. */
  async ask<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    let login: Promise<string> | undefined;
    try {
      const metadata = await this.#metadata();
      login = this.#login;
      return await this.#askOnce(method, request, metadata);
    } catch (error) {
      if (this.#access.login === undefined || !wantsLogin(error)) throw error;
      // The token was refused, so nothing was done. Another request may have got a new one since.
      if (this.#login === login) this.#login = undefined;
      return await this.#askOnce(method, request, await this.#metadata());
    }
  }

  /** A stream on the connection of the moment. It errors when that is given up. None is opened for who has aborted `signal` by then. */
  async stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
    signal?: AbortSignal,
  ): Promise<ClientDuplexStream<MessageShape<I>, MessageShape<O>>> {
    const metadata = await this.#metadata();
    signal?.throwIfAborted();
    // A member that lost the others ends the stream, which would stay silent otherwise.
    metadata.set("hasleader", "true");
    const client = this.#connection();
    const stream = client.makeBidiStreamRequest(
      ...([pathOf(method), encoder(method.input), decoder(method.output), metadata] as const),
    );
    this.#streams.set(stream, client);
    stream.once("error", (error) => {
      this.#streams.delete(stream);
      if (wantsLogin(error)) this.#login = undefined;
      if (!isRefusal(error) && !isCancelled(error)) this.#giveUp(client);
    });
    stream.once("end", () => this.#streams.delete(stream));
    return stream;
  }

  /** The next request uses a new connection. */
  reconnect(): void {
    if (this.#client !== undefined) this.#giveUp(this.#client);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.reconnect();
  }

  async #askOnce<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    metadata: Metadata,
  ): Promise<MessageShape<O>> {
    const client = this.#connection();
    const { promise, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
    const { timeoutMs, endpoints } = this.#access;
    const address = this.#address();
    const fail = (ms: number) => {
      reject(new Error(`${address} did not answer within ${ms} ms`));
      call.cancel();
      this.#giveUp(client);
    };
    // Not a deadline of grpc-js: those follow the wall clock.
    const timer = systemClock.after(timeoutMs, () => fail(timeoutMs));
    const doubt =
      endpoints.length > 1
        ? systemClock.after(patienceMs, () => this.#expectSign(client, metadata, () => fail(patienceMs + signMs)))
        : undefined;
    const call = client.makeUnaryRequest(
      ...([pathOf(method), encoder(method.input), decoder(method.output)] as const),
      create(method.input, request),
      metadata,
      (error, answer) => {
        timer.cancel();
        doubt?.cancel();
        if (answer !== undefined) return resolve(answer);
        if (!isRefusal(error) && !isLeaderChange(error)) this.#giveUp(client);
        reject(error);
      },
    );
    return promise;
  }

  /** Asks what a member knows without the others: one that waits for these, as while they elect a leader, does not hang. */
  #expectSign(client: Client, metadata: Metadata, onSilence: () => void): void {
    // Another request has found out.
    if (this.#client !== client) return onSilence();
    const timer = systemClock.after(signMs, () => {
      call.cancel();
      onSilence();
    });
    const request = create(RangeRequestSchema, { key: Uint8Array.of(0), serializable: true });
    const { method } = KV;
    const coding = [encoder(method.range.input), decoder(method.range.output)] as const;
    // Whatever it answers is a sign; a connection that broke ends the request itself.
    const call = client.makeUnaryRequest(pathOf(method.range), ...coding, request, metadata, () => timer.cancel());
  }

  async #metadata(): Promise<Metadata> {
    const metadata = new Metadata();
    if (this.#access.login === undefined) return metadata;
    this.#login ??= this.#authenticate(this.#access.login);
    try {
      metadata.set("token", await this.#login);
    } catch (error) {
      this.#login = undefined;
      throw error;
    }
    return metadata;
  }

  async #authenticate(login: { readonly name: string; readonly password: string }): Promise<string> {
    const { token } = await this.#askOnce(Auth.method.authenticate, login, new Metadata());
    return token;
  }

  #address(): string {
    return this.#access.endpoints[this.#member]?.address ?? "etcd";
  }

  #connection(): Client {
    if (this.#isDisposed) {
      const { plugin } = this.#access;
      throw reasonError("PLUGIN_FAILED", `${plugin} is stopped: the app that owns it has ended`);
    }
    this.#client ??= this.#connect();
    return this.#client;
  }

  #connect(): Client {
    const { endpoints, tls } = this.#access;
    const { address, secure } = endpoints[this.#member] ?? { address: "", secure: false };
    if (!secure) return new Client(address, ChannelCredentials.createInsecure(), channelOptions);
    const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
    const [ca, key, cert] = [pem(tls?.ca), pem(tls?.key), pem(tls?.cert)];
    const host = address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");
    if (!isIP(host)) return new Client(address, ChannelCredentials.createSsl(ca, key, cert), channelOptions);
    // grpc-js sends the host as the TLS server name, which must not be an address: Node warns of it on the console.
    const credentials = ChannelCredentials.createSsl(ca, key, cert, {
      checkServerIdentity: (_name, peer) => checkServerIdentity(host, peer),
    });
    return new Client(address, credentials, { ...channelOptions, "grpc.ssl_target_name_override": "address.invalid" });
  }

  #giveUp(client: Client): void {
    for (const [stream, owner] of [...this.#streams]) if (owner === client) stream.cancel();
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#member = (this.#member + 1) % this.#access.endpoints.length;
    client.close();
  }
}

function pathOf(method: { readonly parent: { readonly typeName: string }; readonly name: string }): string {
  return `/${method.parent.typeName}/${method.name}`;
}

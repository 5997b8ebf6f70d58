import type { IncomingHttpHeaders, OutgoingHttpHeader, ServerResponse } from 'node:http';

/** The part of a Fastify request that is used here. */
export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** The part of a Fastify reply that is used here. */
export interface Reply {
  readonly raw: ServerResponse;
  status(code: number): this;
  header(name: string, value: string): this;
  headers(values: Readonly<Record<string, string>>): this;
  getHeaders(): Record<string, OutgoingHttpHeader | undefined>;
  hijack(): this;
  send(body: unknown): this;
}

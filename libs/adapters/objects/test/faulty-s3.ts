import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Stored {
  body: Buffer;
  readonly etag: string;
  readonly putId: string | undefined;
  readonly sha256: string | undefined;
}

/**
 * What happens to a request: an answer with this status and code; the connection reset or left hanging, before or after
 * the request was carried out; half of the body; another body under the true checksum; or an answer of this text.
 */
export type Fault =
  | { readonly status: number; readonly code: string; readonly message?: string }
  | { readonly text: string }
  | 'reset'
  | 'reset-after'
  | 'hang'
  | 'hang-after'
  | 'cut'
  | 'corrupt';

export interface Seen {
  readonly method: string;
  /** Key and query, decoded. */
  readonly path: string;
}

const md5 = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

/** A small S3 in memory that does what a test tells it to do wrong. Path style, one bucket of any name. */
export class FaultyS3 {
  readonly objects = new Map<string, Stored>();
  readonly uploads = new Map<string, { key: string; putId: string | undefined; parts: Map<number, Buffer> }>();
  readonly seen: Seen[] = [];
  /** Passes over conditions without a word, as some servers do. */
  ignoresConditions = false;
  /** Checks no SHA-256, and says that it has. */
  ignoresChecksums = false;
  readonly #faults: { readonly matches: RegExp; readonly fault: Fault; left: number }[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** The next `times` requests of which `METHOD key?query` matches go wrong. */
  fail(matches: RegExp, fault: Fault, times = 1): void {
    this.#faults.push({ matches, fault, left: times });
  }

  count(matches: RegExp): number {
    return this.seen.filter(({ method, path }) => matches.test(`${method} ${path}`)).length;
  }

  put(key: string, text: string): void {
    const body = Buffer.from(text);
    this.objects.set(key, { body, etag: md5(body), putId: undefined, sha256: undefined });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://host');
    const key = decodeURIComponent(url.pathname).split('/').slice(2).join('/');
    const query = decodeURIComponent(url.search);
    this.seen.push({ method: request.method ?? '', path: `${key}${query}` });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const line = `${request.method} ${key}${query}`;
    const due = this.#faults.find(({ matches, left }) => left > 0 && matches.test(line));
    if (due !== undefined) due.left -= 1;
    const fault = due?.fault;
    if (fault === 'hang') return;
    if (fault === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (typeof fault === 'object') {
      if ('text' in fault) response.writeHead(200, { 'content-type': 'application/xml' }).end(fault.text);
      else this.#error(response, fault.status, fault.code, fault.message);
      return;
    }
    const answer = this.#answer(request, { key, params: url.searchParams, body: Buffer.concat(chunks) });
    if (fault === 'hang-after') return;
    if (fault === 'reset-after') {
      request.socket.resetAndDestroy();
      return;
    }
    this.#send(response, answer, fault);
  }

  #send(response: ServerResponse, answer: Answer, fault: 'cut' | 'corrupt' | undefined): void {
    const { status, headers = {}, body = Buffer.alloc(0), code } = answer;
    if (code !== undefined) {
      this.#error(response, status, code);
      return;
    }
    const sent = Buffer.from(body);
    if (fault === 'corrupt' && sent.length > 0) sent[0] = (sent[0] ?? 0) ^ 1;
    response.writeHead(status, { 'content-length': body.length, ...headers });
    if (fault !== 'cut') {
      response.end(sent);
      return;
    }
    response.write(sent.subarray(0, sent.length >> 1), () => response.destroy());
  }

  #error(response: ServerResponse, status: number, code: string, message = 'as the test wants it'): void {
    response.writeHead(status, { 'content-type': 'application/xml' });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
  }

  #answer(request: IncomingMessage, asked: Asked): Answer {
    const { key, params } = asked;
    if (key === '') return this.#list(params);
    if (params.has('uploads') || params.has('uploadId')) return this.#multipart(request, asked);
    if (request.method === 'PUT') return this.#put(request, asked);
    if (request.method === 'DELETE') {
      this.objects.delete(key);
      return { status: 204 };
    }
    const found = this.objects.get(key);
    if (found === undefined) return { status: 404, code: 'NoSuchKey' };
    const headers = {
      etag: found.etag,
      ...(found.putId === undefined ? {} : { 'x-amz-meta-portcullis-put': found.putId }),
      ...(found.sha256 === undefined ? {} : { 'x-amz-checksum-sha256': found.sha256 }),
    };
    if (request.method === 'HEAD') return { status: 200, headers: { ...headers, 'content-length': found.body.length } };
    return { status: 200, headers, body: found.body };
  }

  #put({ headers }: IncomingMessage, { key, body }: Asked): Answer {
    const there = this.objects.get(key);
    const fails = headers['if-none-match'] === '*' ? there !== undefined : false;
    const differs = headers['if-match'] !== undefined && headers['if-match'] !== there?.etag;
    if (!this.ignoresConditions && (fails || differs)) return { status: 412, code: 'PreconditionFailed' };
    const sha256 = headers['x-amz-checksum-sha256'] as string | undefined;
    const isRight = sha256 === undefined || sha256 === createHash('sha256').update(body).digest('base64');
    if (!isRight && !this.ignoresChecksums) return { status: 400, code: 'BadDigest' };
    const putId = headers['x-amz-meta-portcullis-put'] as string | undefined;
    this.objects.set(key, { body, etag: md5(body), putId, sha256 });
    return { status: 200, headers: { etag: md5(body) } };
  }

  #multipart({ method, headers }: IncomingMessage, { key, params, body }: Asked): Answer {
    if (params.has('uploads')) {
      const id = randomUUID();
      this.uploads.set(id, { key, putId: headers['x-amz-meta-portcullis-put'] as string, parts: new Map() });
      return xml(`<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
    }
    const id = params.get('uploadId') ?? '';
    const upload = this.uploads.get(id);
    if (upload === undefined) return { status: 404, code: 'NoSuchUpload' };
    if (method === 'PUT') {
      upload.parts.set(Number(params.get('partNumber')), body);
      return { status: 200, headers: { etag: md5(body) } };
    }
    if (method === 'DELETE') {
      this.uploads.delete(id);
      return { status: 204 };
    }
    const fails = headers['if-none-match'] === '*' && this.objects.has(key);
    if (fails) return { status: 412, code: 'PreconditionFailed' };
    this.uploads.delete(id);
    const parts = [...upload.parts].sort(([one], [other]) => one - other).map(([, part]) => part);
    const whole = Buffer.concat(parts);
    const etag = `${md5(whole).slice(0, -1)}-${parts.length}"`;
    this.objects.set(key, { body: whole, etag, putId: upload.putId, sha256: undefined });
    return xml(`<CompleteMultipartUploadResult><ETag>${etag}</ETag></CompleteMultipartUploadResult>`);
  }

  #list(params: URLSearchParams): Answer {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(params.get('prefix') ?? '')).sort();
    const contents = keys.map((key) => {
      const { body, etag } = this.objects.get(key) ?? { body: Buffer.alloc(0), etag: '' };
      return `<Contents><Key>${key}</Key><Size>${body.length}</Size><ETag>${etag}</ETag></Contents>`;
    });
    return xml(`<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`);
  }
}

interface Asked {
  readonly key: string;
  readonly params: URLSearchParams;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly headers?: Record<string, string | number>;
  readonly body?: Buffer;
}

function xml(text: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: Buffer.from(`<?xml version="1.0"?>${text}`),
  };
}

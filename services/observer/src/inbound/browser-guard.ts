import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Reply, Request } from './http.ts';

/** Names by which this machine may be asked. A name of somebody else's that points here (DNS rebinding) is refused. */
const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
  'cache-control': 'no-store',
} as const;

/** Headers on every answer, and no answer to those who call us by a name that is not ours. There is no CORS: nobody else's page may read. */
export function guardBrowsers(app: NestFastifyApplication, host: string): void {
  const names = new Set([...LOOPBACK_NAMES, host]);
  const server = app.getHttpAdapter().getInstance();
  server.addHook('onRequest', (request: Request, reply: Reply, done: () => void) => {
    reply.headers(SECURITY_HEADERS);
    if (names.has(hostNameOf(request.headers.host))) return done();
    void reply.status(421).send({ error: `${request.headers.host ?? '(no host)'} is not a name of this server` });
  });
}

function hostNameOf(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '');
}

/**
 * Whether a request that changes something was meant: it carries a header that other sites' pages cannot send without
 * asking first (and nobody answers that question), and if a browser says where it comes from, it is our own page.
 */
export function meantByOurPage(headers: Readonly<Record<string, string | undefined>>): boolean {
  const { origin, host } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return false;
  if (headers['x-portcullis-request'] === '1') return true;
  const isJson = (headers['content-type'] ?? '').startsWith('application/json');
  return isJson && (headers['sec-fetch-site'] === 'same-origin' || origin !== undefined);
}

import type { FastifyInstance } from 'fastify';
import { Registry, collectDefaultMetrics } from 'prom-client';

/** What a service tells about itself over HTTP. */
export interface HealthSource {
  /** Undefined while the service can do its work, else the reason why not. */
  notReady(): string | undefined;
}

/** A metrics registry of one service with the process's own metrics in it. */
export function serviceRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Adds `/health/live`, `/health/ready` (503 with the reason while not ready) and `/metrics` to a server. */
export function addHealthRoutes(server: FastifyInstance, source: HealthSource, registry: Registry): void {
  server.get('/health/live', () => ({ status: 'ok' }));
  server.get('/health/ready', (_request, reply) => {
    const reason = source.notReady();
    return reply
      .status(reason === undefined ? 200 : 503)
      .send(reason === undefined ? { status: 'ok' } : { status: 'not ready', reason });
  });
  server.get('/metrics', async (_request, reply) => {
    const text = await registry.metrics();
    return reply.header('content-type', registry.contentType).send(text);
  });
}

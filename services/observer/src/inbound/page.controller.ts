import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { Controller, Get, NotFoundException, Param, Res } from '@nestjs/common';
import type { Reply } from './http.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const require = createRequire(import.meta.url);
const webFolder = join(import.meta.dirname, '../../web');
const CHART_LIBRARY = 'dist/lightweight-charts.standalone.production.mjs';

interface File {
  readonly type: string;
  readonly body: Buffer;
}

/** The page: a handful of static files, read once, named by a list so that no path of a request ever reaches the disk. */
@Controller()
export class PageController {
  readonly #files = new Map<string, File>();

  constructor() {
    for (const name of readdirSync(webFolder)) {
      const type = TYPES[extname(name)];
      if (type !== undefined) this.#files.set(name, { type, body: readFileSync(join(webFolder, name)) });
    }
    const library = dirname(require.resolve('lightweight-charts/package.json'));
    this.#files.set('lightweight-charts.js', {
      type: TYPES['.js'] ?? '',
      body: readFileSync(join(library, CHART_LIBRARY)),
    });
  }

  @Get()
  index(@Res() reply: Reply): void {
    this.#send(reply, 'index.html');
  }

  @Get('web/:name')
  file(@Param('name') name: string, @Res() reply: Reply): void {
    this.#send(reply, name);
  }

  #send(reply: Reply, name: string): void {
    const file = this.#files.get(name);
    if (file === undefined) throw new NotFoundException({ error: 'there is no such file' });
    void reply.header('content-type', file.type).send(file.body);
  }
}

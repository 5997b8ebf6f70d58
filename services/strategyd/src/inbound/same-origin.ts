import { type CanActivate, type ExecutionContext, HttpException, Injectable } from '@nestjs/common';

const READING = ['GET', 'HEAD'];

/** Pages of other origins that a browser on this machine shows have no business here. */
@Injectable()
export class NoForeignPages implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context
      .switchToHttp()
      .getRequest<{ readonly method: string; readonly headers: Readonly<Record<string, unknown>> }>();
    if (READING.includes(method) || headers['origin'] === undefined) return true;
    throw new HttpException({ error: 'requests of web pages are not taken' }, 403);
  }
}

import { ConsoleLogger } from '@nestjs/common';

/** One JSON object a line on standard output; secrets never reach it because they print as `***` (see `Secret`). */
export function jsonLogger(service: string): ConsoleLogger {
  return new ConsoleLogger(service, { json: true, colors: false, logLevels: ['log', 'warn', 'error', 'fatal'] });
}

import type { Command } from '../command.ts';
import { clear } from './clear.ts';
import { kill } from './kill.ts';
import { status } from './status.ts';
import { up } from './up.ts';

/** Every command, in the order of `--help`. */
export const commands: readonly Command[] = [up, status, kill, clear];

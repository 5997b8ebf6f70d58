import type { Command } from '../command.ts';
import { backtest } from './backtest.ts';
import { clear } from './clear.ts';
import { collect } from './collect.ts';
import { compare } from './compare.ts';
import { dataCheck } from './data-check.ts';
import { dataCompact } from './data-compact.ts';
import { dataExport } from './data-export.ts';
import { dataImport } from './data-import.ts';
import { dataLs } from './data-ls.ts';
import { dataQuality } from './data-quality.ts';
import { dataVerify } from './data-verify.ts';
import { kill } from './kill.ts';
import { newStrategy } from './new-strategy.ts';
import { replay } from './replay.ts';
import { status } from './status.ts';
import { sweep } from './sweep.ts';
import { testStrategy } from './test-strategy.ts';
import { up } from './up.ts';

/** Every command, in the order of `--help`. */
export const commands: readonly Command[] = [
  up,
  collect,
  status,
  kill,
  clear,
  dataCheck,
  dataImport,
  dataLs,
  dataQuality,
  dataCompact,
  dataVerify,
  dataExport,
  newStrategy,
  testStrategy,
  backtest,
  sweep,
  compare,
  replay,
];

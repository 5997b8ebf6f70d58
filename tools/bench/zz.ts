import { benchBarsReplay } from './replay-bars.ts';
process.env.NO_PEER = '1';
console.log(await benchBarsReplay());

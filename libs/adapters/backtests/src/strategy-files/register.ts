import { registerUserFiles } from './module-hooks.ts';

// For `node --import`: files that Node starts with find the platform's packages, as strategies do that the platform loads.
registerUserFiles(true);

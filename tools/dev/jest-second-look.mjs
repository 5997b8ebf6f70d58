import { expect, jest } from '@jest/globals';

// Tests with real processes share two cores with whatever else runs there. One that fails is run once more, with its first
// error printed: what fails twice is a failure, what passes the second time is in the log for somebody to look into.
if (/\.(int|e2e)\.spec\.ts$/.test(expect.getState().testPath ?? '')) jest.retryTimes(1, { logErrorsBeforeRetry: true });

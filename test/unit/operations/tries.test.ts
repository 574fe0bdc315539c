import { describe, expect, it } from '@jest/globals';
import { UserError, type ErrorCode } from '../../../src/errors.js';
import { withTries } from '../../../src/operations/tries.js';
import { recordingLog } from '../../support/recording-log.js';

const failure = (code: ErrorCode) => new UserError(code, `It is ${code}.`, 'a hint');
const { signal } = new AbortController();

/** Work that fails with each of `codes` and then succeeds; how often it ran, and what it was told. */
function failing(codes: readonly ErrorCode[]) {
  const told: string[][] = [];
  const work = (failures: readonly UserError[]): Promise<string> => {
    const code = codes[told.length];
    told.push(failures.map((error) => error.code));
    return code === undefined ? Promise.resolve('good') : Promise.reject(failure(code));
  };
  return { told, work };
}

describe('withTries', () => {
  it.each<ErrorCode>(['DDL_DURING_BACKUP', 'REDO_OVERWRITTEN', 'LOCK_WAIT_TIMEOUT'])(
    'starts again after %s, and says so',
    async (code) => {
      const { told, work } = failing([code]);
      const log = recordingLog();
      expect(await withTries(2, { log, signal }, work)).toBe('good');
      expect(told).toEqual([[], [code]]);
      expect(log.lines).toEqual([
        `warning: It is ${code}. Nothing of it is kept. Trying again from the start: try 2 of 2.`,
      ]);
    },
  );

  it('gives up after the last try, with its error', async () => {
    const { told, work } = failing(['DDL_DURING_BACKUP', 'LOCK_WAIT_TIMEOUT', 'REDO_OVERWRITTEN']);
    await expect(withTries(3, { log: recordingLog(), signal }, work)).rejects.toMatchObject({
      code: 'REDO_OVERWRITTEN',
    });
    expect(told).toHaveLength(3);
  });

  it.each<[string, number, ErrorCode, boolean]>([
    ['only one try is wanted', 1, 'DDL_DURING_BACKUP', false],
    ['it would fail again', 5, 'PRIVILEGE_MISSING', false],
    ['the run was cancelled', 5, 'DDL_DURING_BACKUP', true],
  ])('does not start again when %s', async (_, tries, code, isCancelled) => {
    const { told, work } = failing([code]);
    const edge = { log: recordingLog(), signal: isCancelled ? AbortSignal.abort() : signal };
    await expect(withTries(tries, edge, work)).rejects.toMatchObject({ code });
    expect(told).toHaveLength(1);
    expect(edge.log.lines).toEqual([]);
  });

  it('leaves a defect as it is', async () => {
    const error = new TypeError('a defect');
    await expect(withTries(2, { log: recordingLog(), signal }, () => Promise.reject(error))).rejects.toBe(
      error,
    );
  });
});

import { Readable } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { githubLog } from '../../../src/actions/github-log.js';
import { annotateFailure } from '../../../src/actions/report.js';
import { UserError } from '../../../src/errors.js';
import { harmless, printable, readLines } from '../../../src/pipeline/output-lines.js';
import { controlCharacter, hostileText, runnerCommands } from '../../support/hostile-text.js';
import { collectGarbage } from '../../support/live-memory.js';
import { RunnerLog } from '../../support/runner-log.js';

/** What a program, a server or a manifest says never becomes a command of the runner or of a terminal. */

/** What `work` prints, as the runner reads it: it takes \n, \r and both for the end of a line. */
async function asTheRunnerReads(work: () => unknown): Promise<RunnerLog> {
  const printed: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.push(String(text));
    return true;
  });
  try {
    await work();
  } finally {
    write.mockRestore();
  }
  const log = new RunnerLog([]);
  for (const line of printed.join('').split(/\r\n|\n|\r/)) log.add(line);
  return log;
}

const names = (log: RunnerLog): string[] => log.commands.map(({ name }) => name);

describe('the log on GitHub', () => {
  it('has no command that did not come from here', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, fc.boolean(), async (text, verbose) => {
        const log = githubLog(verbose);
        expect(names(await asTheRunnerReads(() => log.info(text)))).toEqual([]);
        expect(names(await asTheRunnerReads(() => log.debug(text)))).toEqual(verbose ? [] : ['debug']);
        expect(names(await asTheRunnerReads(() => log.warning(text)))).toEqual(['warning']);
        const group = asTheRunnerReads(() => log.group(text, () => Promise.resolve(log.info(text))));
        expect(names(await group)).toEqual(['group', 'endgroup']);
      }),
    );
  });

  it('has one annotation of a failure, whatever its message and hint are', async () => {
    const before = process.exitCode;
    await fc.assert(
      fc.asyncProperty(hostileText, hostileText, async (message, hint) => {
        for (const error of [new UserError('BACKUP_FAILED', message, hint), new Error(message), message]) {
          const log = await asTheRunnerReads(() => annotateFailure('backup', error));
          expect(names(log)).toEqual(['error']);
        }
      }),
    );
    process.exitCode = before;
  });

  it.each(runnerCommands)('shows %s as text', async (command) => {
    const { shown } = await asTheRunnerReads(() => githubLog(false).info(`a\n${command}`));
    expect(shown.join('\n')).toContain('injected');
  });
});

describe('a line for a terminal', () => {
  it('has nothing that a terminal obeys, and no second line', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(printable(text)).not.toMatch(controlCharacter);
        const line = harmless(text);
        expect(line).not.toMatch(controlCharacter);
        expect(line).not.toContain('##[');
        expect(line.length).toBeLessThanOrEqual(4096);
      }),
    );
  });

  it('keeps what is no command', () => {
    const text = 'Tabelle «größe»\t100 % 漢字 😀\nnext';
    expect(printable(text)).toBe(text);
  });
});

describe('what a program says', () => {
  async function linesOf(chunks: Iterable<Uint8Array>): Promise<string[]> {
    const lines: string[] = [];
    await readLines(Readable.from(chunks), (line) => lines.push(line));
    return lines;
  }

  it('is lines without control characters, however it is cut in pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(fc.uint8Array({ maxLength: 20 }), hostileText)), async (pieces) => {
        for (const line of await linesOf(pieces.map((piece) => Buffer.from(piece)))) {
          expect(line).not.toMatch(controlCharacter);
          expect(line).not.toMatch(/[\r\n]/);
        }
      }),
    );
  });

  it('100 MB without the end of a line is one line, which is cut, and is not kept', async () => {
    function* endless() {
      const block = Buffer.alloc(1024 * 1024, 0xff);
      for (let count = 0; count < 100; count += 1) yield block;
    }
    collectGarbage();
    const heapBefore = process.memoryUsage().heapUsed;
    const lines = await linesOf(endless());
    expect(lines.map(({ length }) => length)).toEqual([4096]);
    collectGarbage();
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(20 * 1024 * 1024);
  });
});

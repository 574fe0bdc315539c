import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sendThroughPrograms, writeToPrograms } from '../../src/pipeline/pipeline.js';
import type { Program } from '../../src/pipeline/child.js';
import {
  cat,
  eventually,
  failureOf,
  programWorld,
  sh,
  zeros,
  type ProgramWorld,
} from '../support/program-world.js';

/** Data that goes into programs, and comes back from them. */

let world: ProgramWorld;
beforeEach(async () => {
  world = await programWorld();
});
afterEach(() => world.close());

const seconds = 30_000;

async function* source(...chunks: (string | Buffer)[]): AsyncGenerator<Uint8Array, void> {
  for (const chunk of chunks) {
    await Promise.resolve();
    yield Buffer.from(chunk);
  }
}

async function read(from: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of from) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const through = (from: AsyncIterable<Uint8Array>, ...programs: Program[]) =>
  sendThroughPrograms(from, programs, world.options);

describe('sendThroughPrograms', () => {
  it('gives what the programs make of the source', async () => {
    const gunzip = { program: 'gzip', arguments: ['-d'] };
    const made = await read(through(source(gzipSync('abc')), gunzip, sh('tr a-c x-z')));
    expect(made.toString()).toBe('xyz');
  });

  it(
    'more than all pipes can hold, into further programs',
    async () => {
      let bytes = 0;
      async function* counted(from: AsyncIterable<Uint8Array>) {
        for await (const chunk of from) {
          bytes += chunk.length;
          yield chunk;
        }
      }
      await writeToPrograms(counted(through(zeros(40), cat, cat)), [sh('cat > /dev/null')], world.options);
      expect(bytes).toBe(40 * 1024 * 1024);
    },
    seconds,
  );

  it.each([0, 1])('names the program that failed at place %i', async (place) => {
    const programs = [cat, cat].with(place, sh('head -c 9; echo why >&2; exit 4'));
    const error = await failureOf(read(through(zeros(50), ...programs)));
    expect(error.failure).toMatchObject({ program: 'sh', exitStatus: 4, stderrTail: 'why' });
  });

  it('throws what the source threw, though the programs end well', async () => {
    const torn = new Error('torn');
    async function* failing(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('a');
      await Promise.resolve();
      throw torn;
    }
    await expect(read(through(failing(), sh('cat; exit 0')))).rejects.toBe(torn);
    const further = writeToPrograms(through(failing(), cat), [sh('cat > /dev/null')], world.options);
    await expect(further).rejects.toBe(torn);
  });

  it('a program that ends before all data was read is no success', async () => {
    const error: unknown = await read(through(zeros(50), sh('head -c 9'))).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'PIPELINE_FAILED' });
  });

  it('a further program that fails ends these, and is the one that is named', async () => {
    const error = await failureOf(
      writeToPrograms(through(zeros(50), cat, cat), [sh('head -c 9 > /dev/null; exit 5')], world.options),
    );
    expect(error.failure.exitStatus).toBe(5);
    await eventually(async () => (await world.living()).length === 0, 'no process is left');
  });

  it('an abort ends all', async () => {
    async function* stalling(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('a');
      await new Promise<void>((resolve) => world.abort.signal.addEventListener('abort', () => resolve()));
      throw new Error('aborted');
    }
    const reading = read(through(stalling(), sh(`touch ${world.path}/ready; cat`)));
    await eventually(() => world.exists('ready'), 'the program runs');
    world.abort.abort();
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await world.living()).toEqual([]);
  });
});

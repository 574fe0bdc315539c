import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UserError } from '../../src/errors.js';
import { Meter } from '../../src/pipeline/meter.js';
import { runProgram, writeToPrograms } from '../../src/pipeline/pipeline.js';
import {
  cat,
  eventually,
  failureOf,
  missing,
  programWorld,
  sh,
  zeros,
  type ProgramWorld,
} from '../support/program-world.js';

async function* source(...chunks: string[]): AsyncGenerator<Uint8Array, void> {
  for (const chunk of chunks) {
    await Promise.resolve();
    yield Buffer.from(chunk);
  }
}

const seconds = 30_000;
let world: ProgramWorld;
beforeEach(async () => {
  world = await programWorld();
});
afterEach(() => world.close());

describe('writeToPrograms', () => {
  it('feeds the first program, and tells how all ended', async () => {
    const out = join(world.path, 'out');
    const ended = await writeToPrograms(
      source('a', 'b', 'c'),
      [cat, sh(`cat > ${out}; echo stored >&2; echo loudly`)],
      world.options,
    );
    expect(await readFile(out, 'utf8')).toBe('abc');
    expect(ended.map(({ exitStatus }) => exitStatus)).toEqual([0, 0]);
    expect(ended[1]?.stderrTail.split('\n').sort()).toEqual(['loudly', 'stored']);
  });

  it('asks for the next piece only when the one before is written to its end, also a small one', async () => {
    const pieces = 4000;
    const sent = createHash('sha256');
    async function* overAndOver() {
      const memory = Buffer.alloc(100);
      for (let count = 0; count < pieces; count++) {
        sent.update(memory.fill(`${count} `));
        yield await Promise.resolve(memory);
      }
    }
    const out = join(world.path, 'out');
    // More than a pipe holds waits for the program meanwhile.
    await writeToPrograms(overAndOver(), [sh(`sleep 0.5; cat > ${out}`)], world.options);
    const arrived = await readFile(out);
    expect(arrived.length).toBe(pieces * 100);
    expect(createHash('sha256').update(arrived).digest('hex')).toBe(sent.digest('hex'));
  });

  it.each([0, 1, 2])(
    'names the program that failed at place %i while data still came',
    async (place) => {
      const programs = [cat, cat, sh('cat > /dev/null')].with(place, sh('head -c 9; echo why >&2; exit 4'));
      const error = await failureOf(writeToPrograms(zeros(50), programs, world.options));
      expect(error.failure).toMatchObject({ program: 'sh', exitStatus: 4, stderrTail: 'why' });
    },
    seconds,
  );

  it.each([0, 1, 2])(
    'names the program that is not there, at place %i',
    async (place) => {
      const programs = [cat, cat, sh('cat > /dev/null')].with(place, missing);
      const error = await failureOf(writeToPrograms(zeros(5), programs, world.options));
      expect(error.failure.program).toBe('to-be-found');
    },
    seconds,
  );

  it('fails when the programs end well before they have read all', async () => {
    await expect(writeToPrograms(zeros(50), [sh('head -c 9')], world.options)).rejects.toMatchObject({
      code: 'PIPELINE_FAILED',
      message: 'sh ended well before all data was read.',
    });
  });

  it(
    'does not wait for one that closed its input and goes on',
    async () => {
      const deaf = sh('exec <&-; sleep 600');
      const error = await failureOf(writeToPrograms(zeros(50), [deaf], world.options));
      expect(error.failure.program).toBe('sh');
    },
    seconds,
  );

  it('throws what the source throws, and ends the programs', async () => {
    const torn = new UserError('LINK_CORRUPT', 'another hash', 'restore');
    async function* failing(): AsyncGenerator<Uint8Array, void> {
      yield* zeros(1);
      throw torn;
    }
    await expect(writeToPrograms(failing(), [cat, sh('cat > /dev/null')], world.options)).rejects.toBe(torn);
  });

  it('closes its source when a program fails', async () => {
    let closed = false;
    async function* watched(): AsyncGenerator<Uint8Array, void> {
      try {
        yield* zeros(50);
      } finally {
        closed = true;
      }
    }
    await failureOf(writeToPrograms(watched(), [sh('exit 1')], world.options));
    expect(closed).toBe(true);
  });

  it.each([1, 50])('hears of a program that ended long ago, with %i MiB to come', async (mebibytes) => {
    async function* late(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('x');
      await eventually(() => world.exists('gone'), 'it is gone');
      await new Promise((resolve) => setTimeout(resolve, 300));
      yield* zeros(mebibytes);
    }
    const ending = sh(`head -c 1 > /dev/null; touch ${world.path}/gone; echo why >&2; exit 4`);
    const error = await failureOf(writeToPrograms(late(), [ending], world.options));
    expect(error.failure).toMatchObject({ exitStatus: 4, stderrTail: 'why' });
  });

  it('is cancelled while the source waits', async () => {
    async function* stalling(): AsyncGenerator<Uint8Array, void> {
      yield Buffer.from('x');
      await new Promise<void>((resolve) => world.abort.signal.addEventListener('abort', () => resolve()));
      throw new Error('aborted');
    }
    const writing = writeToPrograms(stalling(), [sh(`touch ${world.path}/ready; cat`)], world.options);
    writing.catch(() => undefined);
    await eventually(() => world.exists('ready'), 'it is ready');
    world.abort.abort();
    await expect(writing).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('starts nothing when it is aborted already', async () => {
    world.abort.abort();
    const writing = writeToPrograms(source('x'), [sh(`touch ${world.path}/begun`)], world.options);
    await expect(writing).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await world.exists('begun')).toBe(false);
  });

  it(
    'holds the source back when the programs are slow',
    async () => {
      const meter = new Meter();
      const gate = join(world.path, 'gate');
      const writing = writeToPrograms(
        meter.measure(zeros(100)),
        [cat, sh(`while ! [ -e ${gate} ]; do sleep 0.05; done; cat > /dev/null`)],
        world.options,
      );
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(meter.bytes).toBeLessThan(8 * 1024 * 1024);
      await writeFile(gate, '');
      await writing;
      expect(meter.bytes).toBe(100 * 1024 * 1024);
    },
    seconds,
  );
});

describe('runProgram', () => {
  it('logs what the program says on both, and returns its last line', async () => {
    const ended = await runProgram(sh('echo to stdout; sleep 0.3; echo completed OK! >&2'), world.options);
    expect(ended).toMatchObject({ exitStatus: 0, lastLine: 'completed OK!' });
    expect(world.log.lines).toEqual(['debug: [sh] to stdout', 'debug: [sh] completed OK!']);
  });

  it('fails with the status, the signal, or the program that is not there', async () => {
    expect((await failureOf(runProgram(sh('exit 9'), world.options))).failure.exitStatus).toBe(9);
    expect((await failureOf(runProgram(sh('kill -TERM $$'), world.options))).failure.signal).toBe('SIGTERM');
    expect((await failureOf(runProgram(missing, world.options))).message).toBe(
      'to-be-found could not be started',
    );
  });

  it('makes what the program says harmless', async () => {
    const error = await failureOf(
      runProgram(sh("printf '##[error]x\\n\\033[31mred\\n'; exit 1"), world.options),
    );
    expect(error.failure.stderrTail).toBe('## [error]x\nred');
    expect(world.log.lines).toEqual(['debug: [sh] ## [error]x', 'debug: [sh] red']);
  });

  it('is cancelled, before and during', async () => {
    const running = runProgram(sh(`touch ${world.path}/ready; sleep 600`), world.options);
    running.catch(() => undefined);
    await eventually(() => world.exists('ready'), 'it is ready');
    world.abort.abort();
    await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(runProgram(sh(`touch ${world.path}/begun`), world.options)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(await world.exists('begun')).toBe(false);
  });
});

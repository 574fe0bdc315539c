import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UserError } from '../../src/errors.js';
import type { Ended } from '../../src/pipeline/child.js';
import { cat, failureOf, missing, programWorld, sh, type ProgramWorld } from '../support/program-world.js';

const seconds = 30_000;
let world: ProgramWorld;
beforeEach(async () => {
  world = await programWorld();
});
afterEach(() => world.close());

describe('readFromPrograms', () => {
  it('hands out what comes out of the last program, and how each ended', async () => {
    let how: readonly Ended[] = [];
    const data = await world.read([sh('echo one; echo said >&2'), cat, sh('tr a-z A-Z')], (ended) => {
      how = ended;
      return Promise.resolve();
    });
    expect(data.toString()).toBe('ONE\n');
    expect(how.map(({ exitStatus, signal }) => [exitStatus, signal])).toEqual([
      [0, null],
      [0, null],
      [0, null],
    ]);
    expect(how[0]).toMatchObject({ lastLine: 'said', stderrTail: 'said' });
    expect(world.log.lines).toContain('debug: [sh] said');
    expect(world.started).toHaveLength(3);
  });

  it.each([0, 1, 2])(
    'names the program that failed, at place %i, and its exit status',
    async (place) => {
      const programs = [sh('echo x; exit 0'), cat, cat].with(place, sh('cat; echo why >&2; exit 3'));
      const error = await failureOf(world.read(programs));
      expect(error.failure).toMatchObject({ program: 'sh', exitStatus: 3, signal: null, stderrTail: 'why' });
      expect(error.message).toBe('sh failed with exit status 3');
    },
    seconds,
  );

  it.each([0, 1, 2])(
    'names the program that was killed, at place %i',
    async (place) => {
      const programs = [sh('echo x'), cat, cat].with(place, sh('cat; kill -KILL $$'));
      const error = await failureOf(world.read(programs));
      expect(error.failure).toMatchObject({ program: 'sh', exitStatus: null, signal: 'SIGKILL' });
    },
    seconds,
  );

  it.each([0, 1, 2])(
    'names the program that is not there, at place %i',
    async (place) => {
      const programs = [sh('yes || exit 0'), cat, cat].with(place, missing);
      const error = await failureOf(world.read(programs));
      expect(error.failure).toMatchObject({ program: 'to-be-found', exitStatus: null, signal: null });
      expect(error.message).toBe('to-be-found could not be started');
      expect(error.failure.stderrTail).toContain('ENOENT');
    },
    seconds,
  );

  it('says so when no program is there', async () => {
    expect((await failureOf(world.read([missing]))).failure.program).toBe('to-be-found');
    expect((await failureOf(world.read([missing, missing, missing]))).failure.program).toBe('to-be-found');
  });

  it(
    'does not take a broken pipe for the cause',
    async () => {
      // yes dies by SIGPIPE, cat by the message, and the last is why.
      const error = await failureOf(
        world.read([{ program: 'yes', arguments: [] }, cat, sh('head -c 9; exit 5')]),
      );
      expect(error.failure).toMatchObject({ program: 'sh', exitStatus: 5 });
      const ignoring = sh("trap '' PIPE; exec yes");
      const again = await failureOf(
        world.read([ignoring, sh("trap '' PIPE; exec cat"), sh('head -c 9; exit 6')]),
      );
      expect(again.failure).toMatchObject({ program: 'sh', exitStatus: 6 });
    },
    seconds,
  );

  it(
    'does not take what it had to end itself for the cause',
    async () => {
      const error = await failureOf(world.read([sh('sleep 600'), sh('echo bad key >&2; exit 7')]));
      expect(error.failure).toMatchObject({ exitStatus: 7, stderrTail: 'bad key' });
    },
    seconds,
  );

  it('names a program that only felt a broken pipe when nothing else failed', async () => {
    const error = await failureOf(world.read([{ program: 'yes', arguments: [] }, sh('head -c 9')]));
    expect(error.failure.program).toBe('yes');
  });

  it.each(['write error: Broken pipe', 'Errcode: 104 "Connection reset by peer"', 'write: errno 32'])(
    'knows by «%s» who only felt it',
    async (complaint) => {
      const victim = sh(`echo '${complaint}' >&2; exit 1`);
      const error = await failureOf(world.read([victim, sh('echo why >&2; exit 2')]));
      expect(error.failure).toMatchObject({ exitStatus: 2, stderrTail: 'why' });
    },
  );

  it('throws what verify throws, after all the data, and only then ends', async () => {
    const chunks: Buffer[] = [];
    const doubt = new UserError('BACKUP_FAILED', 'not completed', 'again');
    const reading = (async () => {
      for await (const chunk of world.reading([sh('echo whole')], () => Promise.reject(doubt))) {
        chunks.push(chunk);
      }
    })();
    await expect(reading).rejects.toBe(doubt);
    expect(Buffer.concat(chunks).toString()).toBe('whole\n');
  });

  it('does not ask verify when a program failed', async () => {
    let asked = false;
    const verify = () => {
      asked = true;
      return Promise.resolve();
    };
    await failureOf(world.read([sh('echo completed OK! >&2; exit 1')], verify));
    expect(asked).toBe(false);
  });
});

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Ended } from '../../src/pipeline/child.js';
import { writeToPrograms } from '../../src/pipeline/pipeline.js';
import {
  cat,
  eventually,
  failureOf,
  missing,
  programWorld,
  sh,
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

describe('readFromPrograms', () => {
  it(
    'drains a stderr of many megabytes',
    async () => {
      let lines = 0;
      const loud = {
        ...sh('yes "a line of some thirty characters" | head -n 700000 >&2; echo done; echo last >&2'),
        onLine: () => void (lines += 1),
      };
      const quiet = { ...world.log, debug: () => undefined };
      const chunks: Buffer[] = [];
      let how: readonly Ended[] = [];
      const verify = (ended: readonly Ended[]) => Promise.resolve(void (how = ended));
      for await (const chunk of world.reading([loud], verify, { log: quiet })) {
        chunks.push(chunk);
      }
      expect(Buffer.concat(chunks).toString()).toBe('done\n');
      expect(lines).toBe(700_001);
      expect(how[0]?.lastLine).toBe('last');
      expect(how[0]?.stderrTail.split('\n')).toHaveLength(40);
    },
    seconds,
  );

  it(
    'passes 200 MB unchanged',
    async () => {
      const bytes = 200_000_000;
      const script = `head -c ${bytes} /dev/zero | openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 2>/dev/null`;
      const hash = createHash('sha256');
      let count = 0;
      const programs = [sh(`${script} | tee "${world.path}/sent"`), cat, cat];
      for await (const chunk of world.reading(programs)) {
        hash.update(chunk);
        count += chunk.length;
      }
      const sent = await world.read([{ program: 'sha256sum', arguments: [join(world.path, 'sent')] }]);
      expect(count).toBe(bytes);
      expect(hash.digest('hex')).toBe(sent.toString().split(' ')[0]);
    },
    2 * seconds,
  );

  it(
    'does not read ahead of a slow reader',
    async () => {
      const produced = join(world.path, 'produced');
      // Says after each megabyte how many it has got rid of.
      const script = `i=0; while [ $i -lt 100 ]; do head -c 1000000 /dev/zero; i=$((i+1)); echo $i > ${produced}; done`;
      let taken = 0;
      for await (const chunk of world.reading([sh(script), cat])) {
        taken += chunk.length;
        if (taken > 500_000) break;
        await new Promise((resolve) => setTimeout(resolve, 200));
        // Pipes and Node's buffers hold less than a megabyte.
        expect(Number(await readFile(produced, 'utf8').catch(() => '0'))).toBeLessThan(4);
      }
      expect(taken).toBeGreaterThan(0);
    },
    seconds,
  );

  it('starts nothing when it is aborted already', async () => {
    world.abort.abort();
    const reading = world.read([sh(`touch ${world.path}/begun; echo x`)]);
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await world.exists('begun')).toBe(false);
    expect(world.started).toEqual([]);
  });

  it('starts nothing before somebody reads', async () => {
    const generator = world.reading([sh(`touch ${world.path}/begun`)]);
    await generator.return();
    expect(await world.exists('begun')).toBe(false);
  });

  it(
    'ends every program when it is aborted, also one that ignores SIGINT and SIGTERM, and its children',
    async () => {
      const stubborn = sh(
        `trap '' INT TERM; (trap '' INT TERM HUP; sleep 600) & touch ${world.path}/ready; while :; do sleep 600; done`,
      );
      const reading = world.read([stubborn, cat]);
      reading.catch(() => undefined);
      await eventually(() => world.exists('ready'), 'it is ready');
      expect((await world.living()).length).toBeGreaterThanOrEqual(3);
      world.abort.abort();
      await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
      await eventually(async () => (await world.living()).length === 0, 'all have ended');
    },
    seconds,
  );

  it(
    'is a cancel, and no success, when a program ends with 0 after SIGINT',
    async () => {
      let verified = false;
      const polite = sh(`trap 'exit 0' INT; touch ${world.path}/ready; while :; do sleep 0.1; done`);
      const reading = world.read([polite], () => {
        verified = true;
        return Promise.resolve();
      });
      reading.catch(() => undefined);
      await eventually(() => world.exists('ready'), 'it is ready');
      world.abort.abort();
      await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(verified).toBe(false);
    },
    seconds,
  );

  it(
    'ends every program when the reader stops early',
    async () => {
      const generator = world.reading([sh('yes & wait'), cat]);
      for await (const chunk of generator) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      expect(await world.living()).toEqual([]);
    },
    seconds,
  );

  it(
    'leaves no grandchild of a program that ended well',
    async () => {
      expect((await world.read([sh('sleep 600 & echo x')])).toString()).toBe('x\n');
      await eventually(async () => (await world.living()).length === 0, 'it has ended');
    },
    seconds,
  );

  it(
    'does not wait for one that left the group and holds stderr',
    async () => {
      const programs = [sh('setsid sleep 20 > /dev/null & echo x; echo last >&2')];
      let how: readonly Ended[] = [];
      const data = await world.read(programs, (ended) => Promise.resolve(void (how = ended)));
      expect(data.toString()).toBe('x\n');
      expect(how[0]?.lastLine).toBe('last');
      for (const { pid } of await world.living()) process.kill(pid, 'SIGKILL');
    },
    seconds,
  );

  it('hands a secret over by descriptor 3, and shows it nowhere', async () => {
    const secret = 'correct horse';
    const showing = {
      ...sh('cat <&3; tr "\\0" "\\n" < /proc/$$/environ; tr "\\0" "\\n" < /proc/$$/cmdline'),
      secret,
    };
    const shown = (await world.read([showing])).toString();
    expect(shown.indexOf(secret)).toBe(0);
    expect(shown.lastIndexOf(secret)).toBe(0);
    expect(world.log.lines.join('\n')).not.toContain(secret);
  });

  it('keeps a secret out of the error of a program that does not take it', async () => {
    const error = await failureOf(world.read([{ ...sh('exit 1'), secret: 's3cr3t-'.repeat(50_000) }]));
    expect(JSON.stringify(error)).not.toContain('s3cr3t');
    await failureOf(world.read([{ ...missing, secret: 's3cr3t' }]));
  });

  it(
    'leaves no descriptor open, however it ends',
    async () => {
      const descriptors = async () => (await readdir('/proc/self/fd')).length;
      const rounds = async (count: number) => {
        for (let round = 0; round < count; round += 1) {
          await world.read([sh('echo x'), cat]);
          await failureOf(world.read([sh('exit 1'), cat]));
          await failureOf(world.read([missing, { ...cat, secret: 'x' }]));
          for await (const chunk of world.reading([sh('echo x; echo y'), cat])) {
            expect(chunk.length).toBeGreaterThan(0);
            break;
          }
          await writeToPrograms(source('x'), [cat, cat], world.options);
        }
      };
      await rounds(2);
      const before = await descriptors();
      await rounds(50);
      await eventually(async () => (await descriptors()) <= before, 'the descriptors are closed');
    },
    2 * seconds,
  );
});

import { describe, expect, it } from '@jest/globals';
import { whyNewestIsBad } from '../../../src/chain/chains.js';
import { gapSince, newestGood } from '../../../src/chain/freshness.js';
import { StoredBackups } from '../../support/manifests.js';

/** Each backup takes a minute. */
const at = (time: string) => new Date(`2026-11-22T${time}Z`);

function twoHours(): StoredBackups {
  const stored = new StoredBackups();
  stored.full('2026-11-22/00', { to: '100' });
  stored.incremental('2026-11-22/01', '2026-11-22/00', { to: '200' });
  return stored;
}

describe('the newest good backup', () => {
  it('is the one that ended last, whatever its name', () => {
    const stored = twoHours();
    expect(newestGood(stored.graph(), at('02:00:00'))?.id).toBe('2026-11-22/01');
    stored.incremental('2026-11-21/23', '2026-11-22/01', {
      to: '300',
      startedAt: '2026-11-22T01:30:00.000Z',
    });
    expect(newestGood(stored.graph(), at('02:00:00'))?.id).toBe('2026-11-21/23');
  });

  it('is none that cannot be restored', () => {
    const stored = twoHours();
    stored.objects.delete(stored.manifest('2026-11-22/01').objects[0]?.key ?? '');
    expect(newestGood(stored.graph(), at('02:00:00'))?.id).toBe('2026-11-22/00');
    stored.objects.clear();
    expect(newestGood(stored.graph(), at('02:00:00'))).toBeUndefined();
  });

  it('is none that a wrong clock put into the future, where it would hide that no more come', () => {
    const stored = twoHours();
    stored.full('2027-11-22/00', { to: '300' });
    expect(newestGood(stored.graph(), at('02:00:00'))?.id).toBe('2026-11-22/01');
    // Two clocks may differ a little.
    expect(newestGood(stored.graph(), at('00:01:30'))?.id).toBe('2026-11-22/01');
    expect(newestGood(stored.graph(), at('00:00:30'))?.id).toBe('2026-11-22/00');
  });
});

describe('a gap', () => {
  const gap = (time: string, maxMinutes: number) => {
    const last = newestGood(twoHours().graph(), at(time));
    return last && gapSince(last, at(time), maxMinutes);
  };

  it('is counted from the end of the last good backup', () => {
    expect(gap('04:01:00', 180)).toBeUndefined();
    expect(gap('04:01:01', 180)).toEqual({ sinceId: '2026-11-22/01', seconds: 10_801, maxMinutes: 180 });
    expect(gap('01:30:00', 1)).toMatchObject({ seconds: 29 * 60 });
  });

  it('is none when nobody wants to know, or the clock was set back', () => {
    expect(gap('23:00:00', 0)).toBeUndefined();
    expect(gap('00:30:00', 1)).toBeUndefined();
  });
});

describe('the newest chain is bad', () => {
  it('when one of its links is; not for a link of an older one', () => {
    const stored = twoHours();
    stored.full('2026-11-23/00', { to: '300' });
    stored.objects.delete(stored.manifest('2026-11-22/01').objects[0]?.key ?? '');
    expect(whyNewestIsBad(stored.graph())).toBeUndefined();
    stored.texts.delete('2026-11-23/00');
    expect(whyNewestIsBad(stored.graph())).toMatch(
      /^The newest chain, 2026-11-22\/00, is not good: its object .* is missing\.$/,
    );
  });

  it('when its full is gone', () => {
    const stored = twoHours();
    stored.texts.delete('2026-11-22/00');
    expect(whyNewestIsBad(stored.graph())).toMatch(/its parent 2026-11-22\/00 is missing/);
  });

  it('not where there is nothing', () => {
    expect(whyNewestIsBad(new StoredBackups().graph())).toBeUndefined();
  });
});

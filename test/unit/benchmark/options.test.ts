import { describe, expect, it } from '@jest/globals';
import { parseOptions, partNames } from '../../../script/benchmark/options.js';

const parse = (...words: string[]) => parseOptions(words, '/home/me');

describe('the options of script/bench', () => {
  it('have defaults', () => {
    expect(parse()).toEqual({
      options: {
        sizeMib: 2048,
        runs: 3,
        only: undefined,
        parts: partNames,
        streamsMib: [1024, 4096, 16_384],
        jsonFile: undefined,
        plotFile: undefined,
      },
    });
  });

  it.each([
    ['200m', 200],
    ['1g', 1024],
    ['20G', 20_480],
  ])('--size %s is %d MiB', (text, sizeMib) => {
    expect(parse('--size', text)).toMatchObject({ options: { sizeMib } });
  });

  it('name files from where the user is', () => {
    expect(parse('--json=figures.json', '--plot', '/tmp/plot.svg')).toMatchObject({
      options: { jsonFile: '/home/me/figures.json', plotFile: '/tmp/plot.svg' },
    });
  });

  it('name contenders of both parts', () => {
    expect(parse('--only', 'limit,by-hand,s3cmd', '--runs', '5')).toMatchObject({
      options: { only: ['limit', 'by-hand', 's3cmd'], runs: 5 },
    });
  });

  it('name parts', () => {
    expect(parse('--parts', 'idle,backup')).toMatchObject({ options: { parts: ['idle', 'backup'] } });
  });

  it('name the sizes of streams', () => {
    expect(parse('--streams', '64m,2g,64m')).toMatchObject({ options: { streamsMib: [64, 2048] } });
  });

  it('draw nothing where neither backup nor restore is measured', () => {
    const problem = '--plot draws backup and restore: --parts names neither';
    expect(parse('--parts=idle', '--plot=a.svg')).toEqual({ problems: [problem] });
    expect(parse('--parts=idle,restore', '--plot=a.svg')).toHaveProperty('options');
  });

  it('are all judged at once', () => {
    const parsed = parse(
      '--size',
      '21g',
      '--runs',
      '0',
      '--only=limit,dd',
      '--parts=apply,restore',
      '--plot',
      'a.png',
      '--fast',
      'now',
      '--json',
    );
    expect(parsed).toEqual({
      problems: [
        'unknown option: --fast',
        'unknown argument: now',
        '--json needs a value',
        '--size is a number with m or g, from 1m to 20g, not 21g',
        '--runs is a number from 1 to 99, not 0',
        expect.stringMatching(/^--only knows no dd; there are limit, xbackup, /),
        expect.stringMatching(/^--parts knows no apply; there are backup, restore, idle, /),
        '--plot writes an SVG: its name must end with .svg',
      ],
    });
  });

  it.each(['2', '2t', '0m', '-1g', '1.5g', 'g'])('--size=%s is refused', (size) => {
    expect(parse(`--size=${size}`)).toEqual({ problems: [expect.stringContaining('--size')] });
  });

  it.each(['--only=,', '--parts=,'])('%s is refused', (word) => {
    expect(parse(word)).toEqual({ problems: [expect.stringContaining('names nothing')] });
  });

  it.each(['1g,', '1g,much', '21g', ','])('--streams=%s is refused', (sizes) => {
    expect(parse(`--streams=${sizes}`)).toHaveProperty('problems.0', expect.stringContaining('--streams'));
  });

  it.each(['', '1.5', 'x', '100', '-1'])('--runs=%s is refused', (runs) => {
    expect(parse(`--runs=${runs}`)).toEqual({ problems: [expect.stringContaining('--runs')] });
  });
});

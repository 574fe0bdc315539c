import { describe, expect, it } from '@jest/globals';
import { parseOptions } from '../../../script/benchmark/options.js';

const parse = (...words: string[]) => parseOptions(words, '/home/me');

describe('the options of script/bench', () => {
  it('have defaults', () => {
    expect(parse()).toEqual({
      options: { sizeMib: 2048, runs: 3, only: undefined, jsonFile: undefined, plotFile: undefined },
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

  it('are all judged at once', () => {
    const parsed = parse(
      '--size',
      '21g',
      '--runs',
      '0',
      '--only=limit,dd',
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
        '--plot writes an SVG: its name must end with .svg',
      ],
    });
  });

  it.each(['2', '2t', '0m', '-1g', '1.5g', 'g'])('--size=%s is refused', (size) => {
    expect(parse(`--size=${size}`)).toEqual({ problems: [expect.stringContaining('--size')] });
  });

  it.each(['', '1.5', 'x', '100', '-1'])('--runs=%s is refused', (runs) => {
    expect(parse(`--runs=${runs}`)).toEqual({ problems: [expect.stringContaining('--runs')] });
  });
});

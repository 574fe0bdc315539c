import { describe, expect, it } from '@jest/globals';
import { hasOption, lineFor, lineOf, toolLines, whyNoLine, type ToolLine } from '../../../src/tools/lines.js';
import { isAtLeast, isCalendarVersion, parseVersion } from '../../../src/tools/versions.js';
import { readPage } from '../../support/markdown-page.js';

describe('parseVersion', () => {
  it.each<[string, [number, number, number, number] | undefined]>([
    ['8.0.35-31', [8, 0, 35, 31]],
    ['8.0.35-33.1', [8, 0, 35, 33]],
    ['2.4.29', [2, 4, 29, 0]],
    ['9.7.1', [9, 7, 1, 0]],
    ['26.7', [26, 7, 0, 0]],
    ['26.10.0', [26, 10, 0, 0]],
    ['10.11.19-MariaDB-0+deb12u1-log', [10, 11, 19, 0]],
    ['5.7.44-48-log', [5, 7, 44, 48]],
    // The packager's own count, not a build.
    ['8.0.42-0ubuntu0.22.04.1', [8, 0, 42, 0]],
    ['8.4.6-6', [8, 4, 6, 6]],
    ['8', undefined],
    ['', undefined],
    ['Ver 8.0', undefined],
  ])('%s', (text, parts) => {
    const [major, minor, patch, build] = parts ?? [];
    expect(parseVersion(text)).toEqual(parts === undefined ? undefined : { major, minor, patch, build });
  });
});

describe('isAtLeast', () => {
  it.each<[string, string, boolean]>([
    ['8.0.35-33', '8.0.35-33', true],
    ['8.0.35-34', '8.0.35-33', true],
    ['8.0.35', '8.0.35-33', false],
    ['8.0.9', '8.0.30-23', false],
    ['8.1.0', '8.0.30-23', true],
    ['10.11.2', '9.7', true],
    ['none', '0.0', false],
  ])('%s and %s: %s', (version, least, expected) => {
    expect(isAtLeast(version, least)).toBe(expected);
  });
});

it('a calendar version begins with a year', () => {
  expect(['26.7', '26.10.0', '27.1'].every(isCalendarVersion)).toBe(true);
  expect(['9.7.4', '11.8.9-MariaDB', '8.4.0'].some(isCalendarVersion)).toBe(false);
});

describe('the lines', () => {
  it.each(toolLines)('$tool $name is found by its version, and takes its server', (line) => {
    const server = line.tool === 'xtrabackup' ? { '2.4': '5.7.44' }[line.name] : undefined;
    const version = line.name.includes('.') ? `${line.name}.99` : `${line.name}.4.2`;
    const flavor = line.tool === 'xtrabackup' ? 'mysql' : 'mariadb';
    expect(lineOf(line.tool, version)).toBe(line);
    expect(lineFor({ flavor, version: server ?? version })).toBe(line);
    expect(line.takes({ flavor, version: server ?? version }, version)).toBe(true);
  });

  it.each([
    ['xtrabackup', '8.1.0-1'],
    ['xtrabackup', '26.7.0-1'],
    ['xtrabackup', 'unknown'],
  ] as const)('there is none for %s %s', (tool, version) => {
    expect(lineOf(tool, version)).toBeUndefined();
  });

  it('2.4 has few of the options, since it would ignore the others silently', () => {
    const line = lineOf('xtrabackup', '2.4.29') as ToolLine;
    expect(Object.keys(line.options).sort()).toEqual([
      'apply-log-only',
      'ftwrl-wait-timeout',
      'no-version-check',
    ]);
    expect(hasOption(line, '2.4.29', 'parallel-prepare')).toBe(false);
  });

  it('an option is there from its version on', () => {
    const line = lineOf('xtrabackup', '8.4.0-6') as ToolLine;
    expect(hasOption(line, '8.4.0-5', 'check-tables')).toBe(false);
    expect(hasOption(line, '8.4.0-6', 'check-tables')).toBe(true);
  });

  it('says why there is none', () => {
    expect(whyNoLine({ flavor: 'mysql', version: '26.7.0' })).toMatch(/innovation release/);
    expect(whyNoLine({ flavor: 'percona', version: '8.1.0' })).toMatch(/percona 8\.1\.0 that is known/);
  });
});

describe('docs/tools.md', () => {
  const { blocks, prose } = readPage('docs/tools.md');
  const statements = blocks.filter(({ language }) => language === 'sql').map(({ text }) => text.trim());

  it.each(toolLines)('has the package and the privileges of $tool $name', (line) => {
    const everywhere = line.privileges.filter(({ on }) => on === '*.*').map(({ privilege }) => privilege);
    const tables = line.privileges.filter(({ on }) => on !== '*.*');
    const user = "TO 'xbackup'@'localhost';";
    const expected = [
      `GRANT ${everywhere.join(', ')} ON *.* ${user}`,
      ...tables.map(({ privilege, on }) => `GRANT ${privilege} ON ${on} ${user}`),
    ];
    expect(statements).toContain(expected.join('\n'));
    expect(prose).toContain(`\`${line.package.name}\``);
  });
});

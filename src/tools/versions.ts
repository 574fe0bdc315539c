/** Versions of servers and backup tools, compared number by number. */

export interface Version {
  major: number;
  minor: number;
  patch: number;
  /** Percona's own count: the 31 of 8.0.35-31. 0 where there is none. */
  build: number;
}

/** Reads `8.0.35-31`, `10.11.19-MariaDB-log`, `26.7.0`; undefined when it begins with no two numbers. */
export function parseVersion(text: string): Version | undefined {
  // «-0ubuntu0.22.04.1» is the packager's, and no build.
  const found = /^(\d+)\.(\d+)(?:\.(\d+)(?:-(\d+)(?![\da-z]))?)?/.exec(text);
  if (found === null) return undefined;
  const [major = 0, minor = 0, patch = 0, build = 0] = found
    .slice(1)
    .map((digits: string | undefined) => Number(digits ?? 0));
  return { major, minor, patch, build };
}

/** Is `version` at least `least`? Versions that cannot be read are not. */
export function isAtLeast(version: string, least: string): boolean {
  const [one, other] = [parseVersion(version), parseVersion(least)];
  if (one === undefined || other === undefined) return false;
  for (const part of ['major', 'minor', 'patch', 'build'] as const) {
    if (one[part] !== other[part]) return one[part] > other[part];
  }
  return true;
}

/** MySQL counts its innovation releases by year and month since 2026: 26.7 is that of July. */
export function isCalendarVersion(version: string): boolean {
  return (parseVersion(version)?.major ?? 0) >= 26;
}

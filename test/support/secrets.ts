import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Looks for secrets in what an action shows, leaves, and tells its children: in every run of every test. */

/** Secrets that a job may have in its environment and that no action of ours needs. */
export const ambientSecrets: Readonly<Record<string, string>> = {
  GITHUB_TOKEN: 'ghs_planted0by0the0tests0000000000001',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'planted-id-token-of-the-tests',
  REGISTRY_PASSWORD: 'planted-password-of-another-step',
};

const secretInputs = ['mysql-password', 'encrypt-passphrase', 'decrypt-passphrase', 'decrypt-identity'];
const secretVariables = [
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'MYSQL_PWD',
  ...Object.keys(ambientSecrets),
  ...secretInputs.map((name) => `INPUT_${name.toUpperCase()}`),
];
/** Shorter ones, such as `secret`, may be a word of a message. */
const shortest = 8;

/** The secrets in an action's environment, in each form in which one may be seen. */
export function secretsIn(env: Readonly<Record<string, string>>): string[] {
  const secrets = secretVariables
    .flatMap((name) => (env[name] ?? '').split('\n'))
    // The path of a key's file is none.
    .filter((secret) => secret.length >= shortest && !secret.startsWith('/') && !secret.startsWith('#'));
  return [...new Set(secrets)].flatMap((secret) => [
    secret,
    Buffer.from(secret).toString('base64'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]);
}

/**
 * Those that no child may have in its environment. Where there is a cache, its library starts tar to pack an entry, with
 * the environment that the library needs itself.
 */
export function secretsOfNoChild(env: Readonly<Record<string, string>>): string[] {
  return secretsIn(env['ACTIONS_RESULTS_URL'] === undefined ? env : { ...env, ACTIONS_RUNTIME_TOKEN: '' });
}

/** `what has a secret: …`, for each text that has one. */
export function leaksIn(secrets: readonly string[], texts: Readonly<Record<string, string>>): string[] {
  return Object.entries(texts).flatMap(([what, text]) => {
    const found = secrets.find((secret) => text.includes(secret));
    if (found === undefined) return [];
    const at = text.indexOf(found);
    return [`${what} has a secret: …${text.slice(Math.max(0, at - 80), at + found.length)}`];
  });
}

/** Every text in the files below a directory, by path. */
export async function textsBelow(dir: string): Promise<Record<string, string>> {
  const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const texts = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path, await readFile(path, 'latin1').catch(() => '')] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

/** What others on this host can see of the descendants of a process while they live. */
export interface Seen {
  arguments: string;
  /** Without that of the action itself, which is the runner's doing. */
  environments: string;
}

/**
 * Looks at all processes with `marker` in their environment until it is stopped.
 * @param own folders of the action's code: what runs it has the action's environment.
 */
export function watchChildren(marker: string, own: readonly string[], intervalMs = 100): { stop(): Seen } {
  const seen = { arguments: new Set<string>(), environments: new Set<string>() };
  /** How often a process was looked at: once may have been before its exec. */
  const looks = new Map<string, number>();
  const look = async (pid: string): Promise<void> => {
    looks.set(pid, (looks.get(pid) ?? 0) + 1);
    const commandNow = () => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const command = await commandNow();
    const environ = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    // Another command, or none, after it: the environment may belong to either.
    if (!environ.includes(marker) || command === '' || (await commandNow()) !== command) return;
    seen.arguments.add(command.replaceAll('\0', ' ').trim());
    // (So has a child before its exec; and the cache's own process needs the runner's token.)
    if (!own.some((folder) => command.includes(folder))) seen.environments.add(environ);
  };
  let isLooking = false;
  const lookAtAll = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    await Promise.all(pids.filter((pid) => (looks.get(pid) ?? 0) < 3).map(look));
    isLooking = false;
  };
  const timer = setInterval(() => void lookAtAll(), intervalMs).unref();
  return {
    stop: () => {
      clearInterval(timer);
      return { arguments: [...seen.arguments].join('\n'), environments: [...seen.environments].join('\n') };
    },
  };
}

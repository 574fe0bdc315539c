import { describe, expect, it } from '@jest/globals';
import { childEnvironment } from '../../../src/pipeline/environment.js';

describe('childEnvironment', () => {
  it.each([
    'INPUT_MYSQL-PASSWORD',
    'INPUT_DECRYPT-IDENTITY',
    'STATE_leftovers',
    'XBACKUP_ENCRYPT_PASSPHRASE',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_ACCESS_KEY_ID',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'ACTIONS_RUNTIME_TOKEN',
    'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    'GITHUB_TOKEN',
    'GITHUB_ENV',
    'GH_TOKEN',
    'MYSQL_PWD',
    'MYSQL_ROOT_PASSWORD',
    'DB_PASSWD',
    'DB_PASS',
    'SSHPASS',
    'ADMIN_PW',
    'GH_PAT',
    'SLACK_WEBHOOK_URL',
    'BACKUP_ENCRYPTION_KEY',
    'BACKUP_PASSPHRASE',
    'npm_config_authtoken',
    'VAULT_TOKEN',
    'SOME_API_KEY',
    'PRIVATE_KEY',
    'NODE_OPTIONS',
  ])('does not pass %s on', (name) => {
    expect(childEnvironment({ [name]: 'hidden', PATH: '/bin' })).toEqual({ PATH: '/bin', LC_ALL: 'C' });
  });

  it('passes on what programs need, and asks for English', () => {
    const needed = {
      PATH: '/bin',
      HOME: '/root',
      TMPDIR: '/tmp',
      TZ: 'UTC',
      RUNNER_TRACKING_ID: 'x',
      PWD: '/work',
      SSH_AUTH_SOCK: '/run/ssh',
      LANG: 'de',
    };
    expect(childEnvironment({ ...needed, LC_ALL: 'de_DE.UTF-8' })).toEqual({ ...needed, LC_ALL: 'C' });
  });
});

/** Inputs, credentials and tokens of the action: no child of ours needs any of them. */
const ours = /^(INPUT_|STATE_|XBACKUP_|AWS_|ACTIONS_|GITHUB_|NODE_OPTIONS$|MYSQL_PWD$)/i;
/** What a job may have in its environment for other steps. */
const secretLike =
  /PASS|SECRET|TOKEN|CREDENTIAL|WEBHOOK|(API|ACCESS|PRIVATE|ENCRYPTION|SIGNING|SSH)_?KEY|_(PW|PAT)$/i;

/**
 * The environment of the programs that we start: ours, without what could hold a secret. Messages are parsed,
 * so they are asked for in English.
 */
export function childEnvironment(own: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const names = Object.keys(own).filter((name) => !ours.test(name) && !secretLike.test(name));
  return { ...Object.fromEntries(names.map((name) => [name, own[name]])), LC_ALL: 'C' };
}

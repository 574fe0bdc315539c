import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { readPage } from './markdown-page.js';
import type { S3Server } from './s3-server.js';

/** The roles of docs/security.md, with the policies that stand there, on a real store. */

export type RoleName = 'backs up' | 'only writes' | 'restores' | 'watches' | 'prunes';

interface Statement {
  Action: string | string[];
  Resource: string;
}

/** All that anybody could do with backups. (Ceph 16 does not heed NotAction.) */
const actions = [
  ...['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
  ...['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
  ...['s3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
  ...['s3:PutObjectRetention', 's3:GetObjectRetention', 's3:BypassGovernanceRetention'],
];

/** What a role has as credentials, as the environment of a run. */
export type Credentials = Record<string, string>;

/**
 * Gives a bucket a user for each role. A user of Ceph owns what it stores, and may then do everything with it;
 * a role of AWS does not. So each is also denied whatever its policy does not name.
 */
export async function takeRoles<Name extends RoleName>(
  s3: S3Server,
  bucket: string,
  names: readonly Name[],
): Promise<Record<Name, Credentials>> {
  const roles: Partial<Record<Name, Credentials>> = {};
  // What others have stored is not its owner's by itself.
  const owner = { Effect: 'Allow', Principal: { AWS: [s3.owner] }, Action: 's3:*' };
  const statements: object[] = [{ ...owner, Resource: `arn:aws:s3:::${bucket}/*` }];
  for (const name of names) {
    const user = await s3.createUser(`role-${randomUUID().slice(0, 8)}`);
    const principal = { Principal: { AWS: [user.arn] } };
    const allowed = statementsOf(name, bucket);
    const allowedActions = allowed.flatMap(({ Action }) => Action);
    statements.push(...allowed.map((statement) => ({ ...statement, ...principal })));
    statements.push({
      ...{ Effect: 'Deny', ...principal },
      Action: actions.filter((action) => !allowedActions.includes(action)),
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    });
    roles[name] = { AWS_ACCESS_KEY_ID: user.accessKeyId, AWS_SECRET_ACCESS_KEY: user.secretAccessKey };
  }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await s3.client().send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  return roles as Record<Name, Credentials>;
}

/** The page's first policy under the role's heading, for this bucket. */
function statementsOf(name: RoleName, bucket: string): Statement[] {
  const heading = `A role that ${name}`;
  const block = readPage('docs/security.md').blocks.find(({ headings }) => headings.at(-1) === heading);
  if (block === undefined) throw new Error(`docs/security.md has no policy under "${heading}"`);
  const { Statement } = JSON.parse(block.text.replaceAll('my-backups', bucket)) as { Statement: Statement[] };
  return Statement;
}

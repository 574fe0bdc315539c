import type { UserError } from '../errors.js';
import type { StoreFacts } from '../repository/store-facts.js';

/** Why a store refuses, and what mends it, ready to be copied. */

/** The bucket is in another region than the one that was asked. */
export function isElsewhere(error: UserError): boolean {
  return ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'].includes(
    nameOf(error),
  );
}

/** The store's code, which its error carries as a name. */
function nameOf({ cause }: UserError): string {
  return cause instanceof Error ? cause.name : '';
}

/** The action that was refused: as AWS says it, which may be one of KMS, else the one that was asked for. */
export function missingAction({ cause }: UserError, asked: string): string {
  return refusal(cause)?.action ?? asked;
}

/** The statement for the policy of the user or role. */
export function policy({ bucket, prefix }: StoreFacts, { cause }: UserError, asked: string): string {
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const own = { action: asked, resource: asked === 's3:ListBucket' ? bucketArn : `${bucketArn}/${prefix}*` };
  const told = refusal(cause);
  const { action, resource } = told === undefined || told.action.startsWith('s3:') ? own : told;
  return JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource });
}

/** From «User: … is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:… because …». */
function refusal(cause: unknown): { action: string; resource: string } | undefined {
  const message = cause instanceof Error ? cause.message : '';
  const [, action, resource = '*'] =
    /\bperform: (\w+:\w+)(?: on resource: "?(arn:[^\s"]+))?/.exec(message) ?? [];
  return action === undefined ? undefined : { action, resource };
}

/** A command of the AWS command line, for this bucket. */
export function aws({ bucket, endpoint, region }: StoreFacts, operation: string, options = ''): string {
  return [
    `aws s3api ${operation} --bucket ${bucket}`,
    ...(endpoint === undefined ? [] : [`--endpoint-url ${endpoint}`]),
    ...(region === undefined ? [] : [`--region ${region}`]),
    ...(options === '' ? [] : [options]),
  ].join(' ');
}

/** us-east-1 and stores that are not AWS want no location. */
export function createBucket(facts: StoreFacts): string {
  const { endpoint, region } = facts;
  const isElsewhere = endpoint === undefined && region !== undefined && region !== 'us-east-1';
  return aws(
    facts,
    'create-bucket',
    isElsewhere ? `--create-bucket-configuration LocationConstraint=${region}` : '',
  );
}

export function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

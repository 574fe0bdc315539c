import type { BenchPlace } from './place.js';
import type { Store } from './store.js';

/** How each program that speaks S3 is told where the server is. Keys are never in a command line. */
export function clientEnvironment(place: BenchPlace, store: Store): Record<string, string> {
  const { endpoint, accessKeyId, secretAccessKey } = store;
  const host = new URL(endpoint).host;
  const s3cmd = place.writePrivate(
    's3cmd.conf',
    [
      '[default]',
      `access_key = ${accessKeyId}`,
      `secret_key = ${secretAccessKey}`,
      `host_base = ${host}`,
      `host_bucket = ${host}`,
      'use_https = False',
      '',
    ].join('\n'),
  );
  const aws = place.writePrivate(
    'aws.conf',
    '[default]\nregion = us-east-1\ns3 =\n  addressing_style = path\n',
  );
  const curl = place.writePrivate(
    'curl.conf',
    [
      `user = "${accessKeyId}:${secretAccessKey}"`,
      'aws-sigv4 = "aws:amz:us-east-1:s3"',
      // It does not send this by itself, and S3 wants it.
      'header = "x-amz-content-sha256: UNSIGNED-PAYLOAD"',
      '',
    ].join('\n'),
  );
  return {
    CURL_CONFIG: curl,
    S3CMD_CONFIG: s3cmd,
    S3_ENDPOINT: endpoint,
    AWS_CONFIG_FILE: aws,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    RCLONE_CONFIG: place.writePrivate('rclone.conf', ''),
    RCLONE_CONFIG_STORE_TYPE: 's3',
    RCLONE_CONFIG_STORE_PROVIDER: 'Ceph',
    RCLONE_CONFIG_STORE_ENDPOINT: endpoint,
    RCLONE_CONFIG_STORE_ACCESS_KEY_ID: accessKeyId,
    RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: secretAccessKey,
    // For xbcloud.
    ACCESS_KEY_ID: accessKeyId,
    SECRET_ACCESS_KEY: secretAccessKey,
    ENDPOINT: endpoint,
  };
}

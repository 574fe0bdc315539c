import { threads, xbackup, type Contender } from './contender.js';
import type { BackupName } from './options.js';

/**
 * The ways to bring a full backup of the server into `$BUCKET`. Variables: see contender.ts and s3-clients.ts.
 */

const options = `--no-defaults --backup --user=root --socket="$SOCKET" --parallel=${threads}`;
const toStream = '--stream=xbstream --target-dir="$SCRATCH/tool"';
const tool = `run tool mariadb-backup ${options}`;
const stream = `${tool} ${toStream}`;
const folder = `${tool} --target-dir="$SCRATCH/full"`;
const zstd = `run compressor zstd -1 -T${threads} -q -c`;
const s3cmd = 'run uploader s3cmd -q -c "$S3CMD_CONFIG" put';

/** Nothing can be faster with this tool and compression: what it makes goes nowhere. */
export const limit = `${stream} | ${zstd} > /dev/null`;

/** The same for an incremental on what the server was at `$LSN`, by the tool at `$TOOL`. */
export const limitOfIncremental = `run tool "$TOOL" ${options} ${toStream} --incremental-lsn="$LSN" | ${zstd} > /dev/null`;

export const ours = (endpoint: string, type = 'full') =>
  `${xbackup} backup --type ${type} --server bench --s3-bucket "$BUCKET" --s3-endpoint "${endpoint}"` +
  ` --mysql-socket "$SOCKET" --mysql-user root --parallel ${threads}`;

export const backupContenders: readonly Contender<BackupName>[] = [
  { name: 'limit', programs: [], script: limit },
  { name: 'xbackup', programs: [], script: ours('$S3_ENDPOINT') },
  // To a server that reads and drops what it is sent: what is left when S3 costs nothing.
  { name: 'xbackup-null-sink', programs: [], script: ours('$NULL_SINK') },
  {
    name: 'sketch',
    programs: ['s3cmd'],
    script: `${folder}
run archiver tar -czf "$SCRATCH/full.tar.gz" -C "$SCRATCH" full
${s3cmd} "$SCRATCH/full.tar.gz" "s3://$BUCKET/full.tar.gz"`,
  },
  {
    name: 'old-script',
    programs: ['pzstd', 's3cmd'],
    script: `${folder}
run archiver tar -cf - -C "$SCRATCH" full | run compressor pzstd -q -c | ${s3cmd} - "s3://$BUCKET/full.tar.zst"`,
  },
  {
    name: 's3cmd',
    programs: ['s3cmd'],
    script: `${stream} | ${zstd} | ${s3cmd} - "s3://$BUCKET/full.xbstream.zst"`,
  },
  {
    name: 'rclone',
    programs: ['rclone'],
    script: `${stream} | ${zstd} | run uploader rclone rcat "store:$BUCKET/full.xbstream.zst"`,
  },
  {
    name: 'aws',
    programs: ['aws'],
    script:
      `${stream} | ${zstd} | run uploader aws --endpoint-url "$S3_ENDPOINT" s3 cp --only-show-errors - ` +
      `"s3://$BUCKET/full.xbstream.zst"`,
  },
  // The SDK's own way, on the same Node as ours.
  {
    name: 'lib-storage',
    programs: [],
    script: `${stream} | ${zstd} | run uploader "$NODE" --no-warnings "$LIB_STORAGE" "$BUCKET" full.xbstream.zst`,
  },
  // It takes the stream apart, so it can only send it as the tool made it: not compressed.
  {
    name: 'xbcloud',
    programs: ['xbcloud'],
    script: `${stream} | run uploader xbcloud put --storage=s3 --s3-bucket="$BUCKET" --s3-bucket-lookup=path full`,
  },
  // It compresses by itself, and starts the tool.
  {
    name: 'wal-g',
    programs: ['wal-g'],
    script: `export WALG_STREAM_CREATE_COMMAND="mariadb-backup --no-defaults --backup --user=root --socket=$SOCKET \\
  --parallel=${threads} --stream=xbstream --target-dir=$SCRATCH/tool"
export WALG_MYSQL_DATASOURCE_NAME="root@unix($SOCKET)/mysql"
export WALG_S3_PREFIX="s3://$BUCKET" AWS_ENDPOINT=$S3_ENDPOINT AWS_REGION=us-east-1 AWS_S3_FORCE_PATH_STYLE=true
run tool wal-g backup-push`,
  },
];

import { threads, xbackup, type Contender } from './contender.js';
import type { RestoreName } from './options.js';

/**
 * The ways from a full and its incrementals to data that a server can start on, in `$SCRATCH`. `$LINKS` holds the
 * objects as files, `$LAST` is the number of the last link (the full is 0), `$BUCKET` has what each one reads.
 */

/** The same for all: by default mariadb-backup takes 100 MB, and xbackup a quarter of what is free. */
const useMemory = '1G';

/** It also says where below `$SCRATCH` the prepared data is when it has ended. */
export type RestoreContender = Contender<RestoreName> & { result: string };

const prepare = `prepare() {
  local incremental=()
  [ "$1" = 0 ] || incremental=("--incremental-dir=$SCRATCH/$1")
  run tool mariadb-backup --prepare --use-memory=${useMemory} "--target-dir=$SCRATCH/0" "\${incremental[@]}"
}
`;
const decompressor = 'run compressor zstd -dcq';

/** `source` writes the object of link `$1`, decompressed. */
const steps = (source: string) => `${prepare}
extract() {
  mkdir "$SCRATCH/$1"
  ${source} | run extractor mbstream -x -p ${threads} -C "$SCRATCH/$1"
}`;

/** Each link is extracted while those before it are prepared. */
const overlapping = (source: string) => `${steps(source)}
exec 3< <(for ((link = 0; link <= LAST; link++)); do extract $link >&2; echo $link; done)
for ((link = 0; link <= LAST; link++)); do
  read -r -u 3 || exit 1 # an extraction failed
  prepare $link
done`;

export const restoreContenders: readonly RestoreContender[] = [
  {
    // From local files: nothing waits for a network.
    name: 'limit',
    result: '0',
    programs: [],
    script: overlapping(`${decompressor} "$LINKS/$1.zst"`),
  },
  {
    name: 'xbackup',
    result: 'recovery',
    programs: [],
    script:
      `${xbackup} prepare --date latest --server bench --s3-bucket "$BUCKET" --s3-endpoint "$S3_ENDPOINT"` +
      ` --target-dir "$SCRATCH/recovery" --use-memory ${useMemory} --parallel ${threads}`,
  },
  {
    // The limit, with the least that a download costs; what arrives is not checked.
    name: 'curl',
    result: '0',
    programs: [],
    script: overlapping(
      `run downloader curl -sSf -K "$CURL_CONFIG" "$S3_ENDPOINT/$BUCKET/$(<"$LINKS/$1.key")" | ${decompressor}`,
    ),
  },
  {
    name: 'sketch',
    result: '0',
    programs: ['s3cmd'],
    script: `${prepare}
for ((link = 0; link <= LAST; link++)); do
  run downloader s3cmd -q -c "$S3CMD_CONFIG" get "s3://$SKETCH_BUCKET/$link.tar.gz" "$SCRATCH/$link.tar.gz"
  run archiver tar -xzf "$SCRATCH/$link.tar.gz" -C "$SCRATCH"
  prepare $link
done`,
  },
  {
    // As docs/restore-by-hand.md tells it: the same objects as xbackup reads, one after the other.
    name: 'by-hand',
    result: '0',
    programs: ['aws'],
    script: `${steps(
      'run downloader aws --endpoint-url "$S3_ENDPOINT" s3 cp --only-show-errors "s3://$BUCKET/$(<"$LINKS/$1.key")" - |' +
        ` ${decompressor}`,
    )}
for ((link = 0; link <= LAST; link++)); do
  extract $link
  prepare $link
done`,
  },
];

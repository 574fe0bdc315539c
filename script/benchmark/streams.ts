import { wrappedTool } from '../../test/support/wrapped-tool.js';
import { ours } from './backup-contenders.js';
import { rowsOf, toMb, type Rows, type RunFigures } from './figures.js';
import { inTurns, placesOf, tell, type Ground } from './ground.js';
import { measure } from './measured-run.js';
import { Bucket } from './store.js';

/** Streams of other sizes than that of the data, by xbackup into the null sink: what grows with the stream. */

/** More than zstd looks back at its level 1, so what is emitted again does not compress either. */
const noiseMib = 16;

/** @param sizesMib of the streams; each is rounded up to whole pieces of noise. */
export async function measureStreams(ground: Ground, sizesMib: readonly number[]): Promise<Rows<RunFigures>> {
  const bucket = await new Bucket(ground.nullSink, 'streams').create();
  const rows = await Promise.all(
    sizesMib.map(async (sizeMib) => ({ name: nameOf(sizeMib), tool: await toolOf(ground, sizeMib) })),
  );
  const measured = new Map(rows.map(({ name }) => [name, [] as RunFigures[]]));
  await inTurns(rows, ground.runs, async ({ name, tool }, round) => {
    const env = { ...ground.env, BUCKET: bucket.name, NULL_SINK: ground.nullSink.endpoint, TOOL: tool };
    const script = `${ours('$NULL_SINK')} --compress-level 1 --tool-path "$TOOL"`;
    const figures = await measure({ ...placesOf(ground, `streams-${name}`), script, env });
    const storedMb = toMb(await bucket.sizeBytes());
    await bucket.empty();
    measured.get(name)?.push({ ...figures, storedMb });
    tell(ground, 'streams', round, name, figures);
  });
  return rowsOf(measured);
}

/** As --streams has it. */
function nameOf(sizeMib: number): string {
  return sizeMib % 1024 === 0 ? `${sizeMib / 1024}g` : `${sizeMib}m`;
}

/** The real tool's backup comes first, for its checkpoints and what it says; then its stream is replaced. */
function toolOf({ place }: Ground, sizeMib: number): Promise<string> {
  return wrappedTool(
    place.path('tools'),
    `noise=$lsn_dir/noise
head -c ${noiseMib}M /dev/urandom >"$noise" || exit 1
"$real" "$@" 2>"$lsn_dir/said" >/dev/null || exit 1
for ((piece = 0; piece < ${Math.ceil(sizeMib / noiseMib)}; piece++)); do cat "$noise" || exit 1; done
rm "$noise"
cat "$lsn_dir/said" >&2`,
  );
}

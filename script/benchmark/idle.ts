import { readFile } from 'node:fs/promises';
import { wrappedTool } from '../../test/support/wrapped-tool.js';
import { limitOfIncremental, ours } from './backup-contenders.js';
import { linksInOrder } from './chain.js';
import { rowsOf, toMb, type Rows, type RunFigures } from './figures.js';
import { inTurns, placesOf, tell, type Ground } from './ground.js';
import { bytesBelow } from './looks.js';
import { measure } from './measured-run.js';
import { Bucket } from './store.js';

/** What the incremental of an hour costs in which nothing was written: by the tool alone, and by xbackup. */

export interface IdleFigures extends RunFigures {
  /** What the backup tool has read, by whatever calls, and what there is to read. */
  toolReadMb: number;
  dataMb: number;
}

/** Of InnoDB, Aria and MyISAM: no logs, and nothing temporary. */
const tableFiles = /^ibdata\d+$|^undo\d+$|\.(ibd|MAD|MAI|MYD|MYI)$/;

export async function measureIdle(ground: Ground): Promise<Rows<IdleFigures>> {
  const { place, store, env } = ground;
  const bucket = await new Bucket(store, 'idle').create();
  const readFigure = place.path('idle-read');
  // The kernel adds what the tool has read to what its parent has when it has ended: to this script's.
  const tool = await wrappedTool(
    place.path('tools'),
    `"$real" "$@"; status=$?; sed -n 's/^rchar: //p' /proc/$$/io >'${readFigure}'; exit $status`,
  );
  const scripts = {
    tool: limitOfIncremental,
    xbackup: `${ours('$S3_ENDPOINT', 'incremental')} --tool-path "$TOOL"`,
  };
  const common = { ...env, BUCKET: bucket.name, TOOL: tool };

  ground.say('Making the full that the idle incrementals follow.');
  await measure({ ...placesOf(ground, 'idle-full'), script: ours('$S3_ENDPOINT'), env: common });
  const dataMb = toMb(await bytesBelow(ground.server.datadir, tableFiles));
  const measured = new Map(Object.keys(scripts).map((name) => [name, [] as IdleFigures[]]));
  await inTurns(Object.entries(scripts), ground.runs, async ([name, script], round) => {
    const LSN = (await linksInOrder(bucket)).at(-1)?.lsn.to ?? '';
    const storedBefore = await bucket.sizeBytes();
    const figures = await measure({ ...placesOf(ground, `idle-${name}`), script, env: { ...common, LSN } });
    const storedMb = toMb((await bucket.sizeBytes()) - storedBefore);
    const toolReadMb = toMb(Number(await readFile(readFigure, 'utf8')));
    measured.get(name)?.push({ ...figures, storedMb, toolReadMb, dataMb });
    tell(ground, 'idle', round, name, figures);
  });
  await bucket.empty();
  return rowsOf(measured);
}

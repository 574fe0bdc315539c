import { limit, ours } from './backup-contenders.js';
import { median, rowsOf, toMb, type Rows } from './figures.js';
import { inTurns, placesOf, tell, type Ground } from './ground.js';
import { pacedName, type LinkFigures } from './link-figures.js';
import { measure } from './measured-run.js';
import { startPortProgram } from './port-program.js';
import { Bucket } from './store.js';

/** A full backup by xbackup through links that are slower than its stream, into the null sink. */

interface Row {
  name: string;
  endpoint: string;
  options: string;
  boundMbPerSecond: number | undefined;
}

/** Of the stream's rate, which is what is stored to the limit's wall time. */
const shares = [1, 0.5, 0.1];
const roundTripMs = 50;
const paceShare = 0.5;
const mibInMb = 1.048576;

export async function measureLinks(ground: Ground): Promise<Rows<LinkFigures>> {
  const bucket = await new Bucket(ground.nullSink, 'links').create();
  const limitSeconds = await secondsOfLimit(ground);
  const backUp = async ({ name, endpoint, options, boundMbPerSecond }: Row): Promise<LinkFigures> => {
    const env = { ...ground.env, BUCKET: bucket.name, LINK: endpoint };
    const places = placesOf(ground, `links-${name}`);
    const figures = await measure({ ...places, script: `${ours('$LINK')} ${options}`, env });
    const storedMb = toMb(await bucket.sizeBytes());
    const sentMbPerSecond = await sentRate(bucket);
    await bucket.empty();
    const leastSeconds = Math.max(limitSeconds, storedMb / (boundMbPerSecond ?? Infinity));
    return {
      ...figures,
      storedMb,
      ...(boundMbPerSecond === undefined ? {} : { boundMbPerSecond }),
      sentMbPerSecond,
      leastSeconds,
      ratioToLeast: figures.wallSeconds / leastSeconds,
    };
  };

  const direct = {
    name: 'direct',
    endpoint: ground.nullSink.endpoint,
    options: '',
    boundMbPerSecond: undefined,
  };
  // How fast the links are follows from how much there is to send.
  const { storedMb } = await backUp(direct);
  const links = await startLinks(ground, storedMb / limitSeconds);
  const rows = [direct, ...links.rows, pacedRow(direct, storedMb / limitSeconds)];
  const measured = new Map(rows.map(({ name }) => [name, [] as LinkFigures[]]));
  await inTurns(rows, ground.runs, async (row, round) => {
    const figures = await backUp(row);
    measured.get(row.name)?.push(figures);
    tell(ground, 'links', round, row.name, figures);
  });
  links.stop();
  return rowsOf(measured);
}

async function secondsOfLimit(ground: Ground): Promise<number> {
  const seconds: number[] = [];
  await inTurns(['limit'], ground.runs, async (name, round) => {
    const figures = await measure({ ...placesOf(ground, `links-${name}`), script: limit, env: ground.env });
    seconds.push(figures.wallSeconds);
    tell(ground, 'links', round, name, figures);
  });
  return median(seconds);
}

async function startLinks({ nullSink }: Ground, streamMbPerSecond: number) {
  const target = new URL(nullSink.endpoint).port;
  const start = async (name: string, boundMbPerSecond: number | undefined, delayMs: number) => {
    const bytesPerSecond = (boundMbPerSecond ?? Infinity) * 1e6;
    const program = await startPortProgram('link', [target, String(bytesPerSecond), String(delayMs)]);
    const row: Row = { name, endpoint: `http://127.0.0.1:${program.port}`, options: '', boundMbPerSecond };
    return { row, program };
  };
  const links = await Promise.all([
    ...shares.map((share) => start(`rate-${share}`, streamMbPerSecond * share, 0)),
    start(`delay-${roundTripMs}ms`, undefined, roundTripMs / 2),
  ]);
  return {
    rows: links.map(({ row }) => row),
    stop: () => {
      for (const { program } of links) program.stop();
    },
  };
}

function pacedRow(direct: Row, streamMbPerSecond: number): Row {
  const mib = Math.max(1, Math.round((streamMbPerSecond * paceShare) / mibInMb));
  return {
    ...direct,
    name: pacedName,
    options: `--max-upload-mib-per-second ${mib}`,
    boundMbPerSecond: mib * mibInMb,
  };
}

/** Of the largest object: the stream. Only the null sink tells when it came. */
async function sentRate(bucket: Bucket): Promise<number> {
  const [stream] = (await bucket.list()).sort((a, b) => (b.Size ?? 0) - (a.Size ?? 0));
  const url = `${bucket.store.endpoint}/${bucket.name}/${stream?.Key ?? ''}`;
  const { headers } = await fetch(url, { method: 'HEAD' });
  return toMb(stream?.Size ?? 0) / Number(headers.get('x-received-seconds'));
}

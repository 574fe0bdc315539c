import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Table } from './figures.js';
import type { Results } from './results.js';

/** Draws the results: for each part the wall and CPU time of every contender, as bars with their figures. */

interface Bar {
  part: string;
  contender: string;
  kind: string;
  measure: string;
  seconds: number;
  label: string;
}

const measures = { wall: 'Wall time, seconds (and its ratio to the limit)', cpu: 'CPU time, seconds' };
const kinds = { limit: 'the limit', xbackup: 'xbackup', others: 'others' };
const colours = { limit: '#9aa5b1', xbackup: '#1f6feb', others: '#d9a441' };

/** In pixels: room for the longest name, as wide as Vega takes it to be, so that both parts begin at the same place. */
const namesWidth = 175;

/** @returns an SVG. */
export async function plot({ backup, restore }: Pick<Results, 'backup' | 'restore'>): Promise<string> {
  const bars = [...barsOf('Backup', backup), ...barsOf('Restore', restore)];
  const parts = ['Backup', 'Restore'].filter((part) => bars.some((bar) => bar.part === part));
  const { spec } = compile({
    background: 'white',
    padding: 12,
    spacing: 28,
    data: { values: bars },
    vconcat: parts.map((part) => ({
      title: { text: part, anchor: 'start', fontSize: 15, offset: 8 },
      spacing: 36,
      // Labels reach over: the panels of both parts are to stand below each other all the same.
      bounds: 'flush',
      hconcat: [panel(part, measures.wall, bars, true), panel(part, measures.cpu, bars, false)],
    })),
    config: {
      font: 'sans-serif',
      view: { stroke: null },
      axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal', grid: false, tickCount: 5 },
    },
  } as TopLevelSpec);
  const view = new View(parse(spec), { renderer: 'none' });
  return view.toSVG();
}

function panel(part: string, measure: string, bars: readonly Bar[], withNames: boolean): object {
  const shown = bars.filter((bar) => bar.part === part && bar.measure === measure);
  const longest = Math.max(...shown.map(({ seconds }) => seconds));
  const contenders = shown.map(({ contender }) => contender);
  const y = {
    field: 'contender',
    type: 'nominal',
    sort: contenders,
    title: null,
    axis: withNames ? { domain: false, ticks: false, labelPadding: 8, minExtent: namesWidth } : null,
  };
  // Room for the label of the longest bar.
  const scale = { domain: [0, longest * 1.3], nice: false };
  const x = { field: 'seconds', type: 'quantitative', title: measure, scale };
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: Object.values(kinds), range: Object.values(colours) },
    legend: null,
  };
  return {
    width: withNames ? 420 : 260,
    height: { step: 24 },
    transform: [
      {
        filter: {
          and: [
            { field: 'part', equal: part },
            { field: 'measure', equal: measure },
          ],
        },
      },
    ],
    encoding: { y },
    layer: [
      { mark: { type: 'bar', height: 16 }, encoding: { x, color } },
      {
        mark: { type: 'text', align: 'left', dx: 5, fontSize: 12 },
        encoding: { x, text: { field: 'label' } },
      },
    ],
  };
}

function barsOf(part: string, table: Table<string>): Bar[] {
  return Object.entries(table).flatMap(([contender, figures]) => {
    if (figures === undefined) return [];
    const { wallSeconds, cpuSeconds, ratioToLimit } = figures;
    const kind =
      contender === 'limit' ? kinds.limit : contender.startsWith('xbackup') ? kinds.xbackup : kinds.others;
    const bar = { part, contender, kind };
    const ratio = ratioToLimit === null ? '' : `  (${ratioToLimit.toFixed(2)} ×)`;
    return [
      { ...bar, measure: measures.wall, seconds: wallSeconds, label: `${wallSeconds.toFixed(1)}${ratio}` },
      { ...bar, measure: measures.cpu, seconds: cpuSeconds, label: cpuSeconds.toFixed(1) },
    ];
  });
}

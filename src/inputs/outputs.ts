import type { ActionCommand } from './input-definition.js';

export interface OutputDefinition {
  description: string;
}

/** Where the data ends in the binary log of its server. */
const coordinates = {
  'binlog-file': { description: 'The binary log file to replay from, when the server wrote one.' },
  'binlog-position': { description: 'The position in that file.' },
  gtid: { description: 'The GTID set or position of the data.' },
} as const;

/** What each action gives to the steps after it. Every value is text. */
export const outputDefinitions = {
  backup: {
    'backup-id': { description: 'The id, such as 2026-11-22/01.' },
    type: { description: 'full or incremental.' },
    reason: { description: 'Why it was that type.' },
    'object-key': { description: 'The key of the stored stream.' },
    'manifest-key': { description: 'The key of the manifest.' },
    'from-lsn': { description: 'The LSN that it starts from (0 for a full).' },
    'to-lsn': { description: 'The LSN that the next incremental starts from.' },
    'size-bytes': { description: 'The bytes stored.' },
    'duration-seconds': { description: 'How long it took.' },
  },
  prepare: {
    'prepared-dir': { description: 'The directory to give to apply.' },
    'backup-id': { description: 'The backup that was prepared.' },
    links: { description: 'How many backups of the chain were applied.' },
    'to-lsn': { description: 'The LSN that the data is at.' },
    ...coordinates,
  },
  apply: {
    'old-datadir': { description: 'Where the old data is kept. It stays until you remove it.' },
    'server-version': { description: 'The version that answered after the start.' },
    ...coordinates,
    'rolled-back': { description: 'true when the restore failed and the old data was put back.' },
    'duration-seconds': { description: 'How long it took, from the first check to the healthy server.' },
  },
  check: {
    good: { description: 'How many findings are green.' },
    warnings: { description: 'How many things work, with a risk.' },
    bad: { description: 'How many findings are red. With any the action fails.' },
    unknown: { description: 'How many things could not be told.' },
  },
  prune: {
    'chains-kept': { description: 'How many chains stay.' },
    'chains-removed': { description: 'How many went, or would go with `dry-run`.' },
    'bytes-removed': { description: 'The bytes of all that went, or would go.' },
  },
  list: {
    restorable: { description: 'How many backups can be restored.' },
    broken: { description: 'How many cannot.' },
    'newest-backup-id': { description: 'The one that can be restored and ended last.' },
    'newest-age-minutes': { description: 'How long ago that was.' },
  },
} as const satisfies Record<ActionCommand, Record<string, OutputDefinition>>;

export type OutputName<C extends keyof typeof outputDefinitions> = keyof (typeof outputDefinitions)[C];

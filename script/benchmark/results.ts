import type { Rows, RunFigures, Table } from './figures.js';
import type { IdleFigures } from './idle.js';
import type { LinkFigures } from './link-figures.js';
import type { LoadFigures } from './load-figures.js';
import type { BackupName, RestoreName } from './options.js';

/** Of each part what was measured; nothing of those that were not asked for. */
export interface Results {
  backup: Table<BackupName>;
  restore: Table<RestoreName>;
  idle: Rows<IdleFigures>;
  links: Rows<LinkFigures>;
  streams: Rows<RunFigures>;
  load: Rows<LoadFigures>;
}

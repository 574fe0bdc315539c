import { buildGraph } from '../chain/links.js';
import { restorePoints, type RestorePoint } from '../chain/plan-restore.js';
import { listDays, loadDays } from '../repository/catalog.js';
import type { Repository } from '../repository/repository.js';

export interface ListInputs {
  s3Prefix: string;
  server: string;
}

/** Every backup of a server, and whether it can be restored; oldest first. */
export async function list(inputs: ListInputs, repository: Repository): Promise<RestorePoint[]> {
  const place = { prefix: inputs.s3Prefix, server: inputs.server };
  const catalog = await loadDays(repository, place, await listDays(repository, place));
  return restorePoints(buildGraph({ ...place, ...catalog }));
}

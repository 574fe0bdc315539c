import type { LifecycleRule as SdkRule } from '@aws-sdk/client-s3';
import type { LifecycleRule } from './store-facts.js';

/** Storage classes whose objects have to be restored for hours before they can be read. */
const archives = ['GLACIER', 'DEEP_ARCHIVE'];

/** What a rule does to backups; undefined when it does not apply to them. */
export function ruleOf(rule: SdkRule): LifecycleRule | undefined {
  const { Filter, Expiration, AbortIncompleteMultipartUpload } = rule;
  // Backups have no tags.
  const hasTags = Filter?.Tag !== undefined || (Filter?.And?.Tags ?? []).length > 0;
  if (rule.Status !== 'Enabled' || hasTags) return undefined;
  const expires = whenOf(Expiration);
  const archive = rule.Transitions?.find(({ StorageClass }) => archives.includes(StorageClass ?? ''));
  const abortDays = AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  return {
    id: rule.ID ?? '',
    // The field beside Filter is the older form.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    prefix: Filter?.Prefix ?? Filter?.And?.Prefix ?? rule.Prefix ?? '',
    ...(expires !== undefined && { expires }),
    ...(archive !== undefined && {
      archives: { storageClass: archive.StorageClass ?? '', after: whenOf(archive) ?? 'at once' },
    }),
    ...(abortDays !== undefined && { abortsUploadsAfterDays: abortDays }),
  };
}

/** `after 30 days`, `on 2026-11-22`; undefined when nothing expires (a rule for delete markers only). */
function whenOf(
  rule: { Days?: number | undefined; Date?: Date | undefined } | undefined,
): string | undefined {
  if (rule?.Date !== undefined) return `on ${rule.Date.toISOString().slice(0, 10)}`;
  if (rule?.Days === undefined) return undefined;
  return rule.Days === 1 ? 'after 1 day' : `after ${rule.Days} days`;
}

/** A privilege that a server says is missing. */
export interface MissingPrivilege {
  privilege: string;
  /** `*.*` or `schema.table`, as GRANT takes it. */
  on: string;
}

/**
 * Reads a server's refusal (errors 1227 and 1142); undefined when the text holds none.
 * @param context Where the table may stand with its schema, which MySQL leaves out: the statement, or the log.
 */
export function missingPrivilege(text: string, context = text): MissingPrivilege | undefined {
  const anyOf = /Access denied; you need \(at least one of\) the ([\w ,]+?) privilege/.exec(text)?.[1];
  if (anyOf !== undefined) {
    // «SUPER, REPLICATION CLIENT», «RELOAD or FLUSH_TABLES»: the backup tools want the first that is not SUPER.
    const names = anyOf.split(/, | or /);
    return { privilege: names.find((name) => name !== 'SUPER') ?? 'SUPER', on: '*.*' };
  }
  const denied = /\b([A-Z]+) command denied to user .*? for table [`']?(?:(\w+)[`']?\.[`']?)?(\w+)/.exec(
    text,
  );
  if (denied === null) return undefined;
  const [, privilege = '', schema, table = ''] = denied;
  // The backup tools read no others than those of performance_schema.
  const named = new RegExp(`\\b(\\w+)[\`"]?\\.[\`"]?${table}\\b`).exec(context)?.[1];
  return { privilege, on: `${schema ?? named ?? 'performance_schema'}.${table}` };
}

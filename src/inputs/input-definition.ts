import type { z } from 'zod';

export const commands = ['backup', 'prepare', 'apply', 'list'] as const;
export type Command = (typeof commands)[number];

export interface InputDefinition {
  /** The commands that take it. */
  commands: readonly Command[];
  description: string;
  /** What a value must look like, for messages and help. */
  accepts: string;
  schema: z.ZodType<unknown, string>;
  required?: true;
  /** The value when none is given. */
  default?: string | (() => string);
  /** How the default reads in documents, where it is computed. */
  defaultText?: string;
  /** Never shown, masked in logs. */
  secret?: true;
}

import type { z } from 'zod';

/** The commands that are actions. The root action has `command` to say which. */
export const actionCommands = ['backup', 'prepare', 'apply', 'check', 'prune', 'list'] as const;
export type ActionCommand = (typeof actionCommands)[number];

/** The commands of the command line: the same. */
export const commands = actionCommands;
export type Command = ActionCommand;

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
  /** The actions do not have it. */
  commandLineOnly?: true;
}

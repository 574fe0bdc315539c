import { inputDefinitions, type InputDefinition, type InputName } from './definition.js';
import { yesOrNo } from './schemas.js';

/** How one input is called on each side: `s3-bucket`, `XBACKUP_S3_BUCKET` and `s3Bucket`. */

export type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** The name of an input's value in code: `s3-bucket` is `s3Bucket`. */
export function camelCase<Name extends string>(name: Name): CamelCase<Name> {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) as CamelCase<Name>;
}

/** The variable that gives an input on the command line: `XBACKUP_S3_BUCKET`. */
export function environmentVariable(name: InputName): string {
  return `XBACKUP_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Whether an input is true or false, so that its flag may stand alone (`--json`). */
export function isSwitch(name: InputName): boolean {
  return definitionOf(name).schema === yesOrNo;
}

/** An input's definition with every optional field to be asked for. */
export function definitionOf(name: InputName): InputDefinition {
  return inputDefinitions[name];
}

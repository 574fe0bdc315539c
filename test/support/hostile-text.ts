import fc from 'fast-check';

/** Text that somebody may put where a name, a version or a path is expected. */

/** What a runner would execute, if it were printed at the beginning of a line. */
export const runnerCommands = [
  '::set-output name=backup-id::injected',
  '::error title=injected::injected',
  '::add-mask::injected',
  '::add-path::/injected',
  '::save-state name=leftovers::injected',
  '::stop-commands::injected',
  '##[error]injected',
  '##[command]injected',
  '##[add-mask]injected',
] as const;

export const shellCode = [
  '$(touch injected)',
  '`touch injected`',
  '; touch injected #',
  '" && touch injected "',
] as const;

export const markup = [
  '<img src=x onerror=alert(1)>',
  '</details>',
  '<!--',
  '[injected](javascript:alert(1))',
  '![injected](//example.com/x.png)',
  '[injected]: x',
  '`',
  '```',
  '| a | b |',
  '**injected**',
  '_injected_',
  '~~injected~~',
  '# injected',
  '> [!CAUTION]',
  '- [x] injected',
  '1. injected',
  '---',
  '===',
  '    injected',
  '&lt;b&gt;',
  '\\',
] as const;

/** What ends a line for some, and what is not seen. */
export const breaks = [
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\r\r',
  '\u0085',
  '\u2028',
  '\u2029',
  '\v',
  '\f',
  '\0',
  '\u001b[2K\u001b[1A',
  '\u009b31m',
  '\u0007',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\t',
] as const;

export const longText = 'x'.repeat(100_000);

/** Pieces of all of these, in any order. */
export const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom<string>(...breaks),
      fc.constantFrom<string>(...runnerCommands),
      fc.constantFrom<string>(...shellCode),
      fc.constantFrom<string>(...markup),
      fc.constantFrom('a', ' ', '8.0.42', "'", '"', '../', '${{ secrets.X }}', '%0A', '\ud800'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));

/** Control characters, but for the ends of lines and tabs. */
// eslint-disable-next-line no-control-regex -- these are what is looked for
export const controlCharacter = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

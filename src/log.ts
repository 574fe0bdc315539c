/** Where an operation tells what it does. GitHub's log and the terminal each have one. */
export interface Log {
  debug(message: string): void;
  info(message: string): void;
  /** Something a person should look at; on GitHub an annotation. */
  warning(message: string): void;
  /** Shows what `work` logs under one heading. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}
